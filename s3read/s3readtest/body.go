package s3readtest

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/seed-15cba5db/irsa-go/internal/awschunked"
)

// A payload is the body of a write, decoded, with the checksum that came with it.
type payload struct {
	data      []byte
	algorithm types.ChecksumAlgorithm // "": none came with it
	sum       string                  // in base64, as it came
}

// maxBody bounds what is kept in memory of one request. S3's own limit is 5 GiB.
const maxBody = 1 << 30

// payload reads the body and compares it with everything that is said of it: Content-Length, the
// decoded length, X-Amz-Content-Sha256, Content-MD5, and the checksums of headers and trailers.
func (c *call) payload() (*payload, *failure) {
	h := c.r.Header
	hash := h.Get("X-Amz-Content-Sha256")
	chunked := strings.HasPrefix(hash, "STREAMING-") || slices.Contains(encodings(h), "aws-chunked")
	switch {
	// In chunks the length is the decoded one, whether HTTP knows its own or not: so minio-go and
	// the SDK for Java send some bodies.
	case c.r.ContentLength < 0 && !chunked:
		return nil, fail("MissingContentLength")
	case c.r.ContentLength > maxBody:
		return nil, fail("EntityTooLarge")
	}
	raw, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
	if err != nil || int64(len(raw)) < c.r.ContentLength {
		return nil, fail("IncompleteBody")
	}
	if len(raw) > maxBody {
		return nil, fail("EntityTooLarge")
	}
	p := &payload{data: raw}
	sums := h
	if chunked {
		body, err := awschunked.Read(bytes.NewReader(raw))
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fail("IncompleteBody")
		} else if err != nil {
			return nil, fail("InvalidRequest").withMessage("%v", err)
		}
		if f := checkChunks(body.Chunks); f != nil {
			return nil, f
		}
		p.data = body.Data()
		length, err := strconv.ParseInt(h.Get("X-Amz-Decoded-Content-Length"), 10, 64)
		switch {
		case err != nil:
			return nil, fail("MissingContentLength")
		case length != int64(len(p.data)):
			return nil, fail("IncompleteBody")
		}
		sums = h.Clone()
		for name := range strings.SplitSeq(h.Get("X-Amz-Trailer"), ",") {
			name = strings.TrimSpace(name)
			if name != "" && body.Trailer.Get(name) == "" {
				return nil, fail("MalformedTrailerError")
			}
			sums.Set(name, body.Trailer.Get(name))
		}
	} else if f := checkHash(hash, raw); f != nil {
		return nil, f
	}
	if f := checkMD5(h.Get("Content-MD5"), p.data); f != nil {
		return nil, f
	}
	if f := p.checkSums(sums); f != nil {
		return nil, f
	}
	if asked := h.Get("x-amz-sdk-checksum-algorithm"); asked != "" && p.algorithm == "" {
		return nil, fail("InvalidRequest").withMessage("x-amz-sdk-checksum-algorithm specified, " +
			"but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	}
	return p, nil
}

// minChunk is how large every chunk of data but the last must be: S3 API reference, "Signature
// calculations for the Authorization header: transferring payload in multiple chunks".
const minChunk = 8 << 10

// checkChunks answers as S3 does in github.com/aws/aws-sdk-cpp/issues/2727, with status 403. It
// finds a chunk too small when the next one comes, and counts that one:
// github.com/versity/versitygw/issues/1683.
func checkChunks(chunks []awschunked.Chunk) *failure {
	for i, chunk := range chunks[:max(0, len(chunks)-2)] { // the last of all is empty
		if len(chunk.Data) < minChunk {
			return fail("InvalidChunkSizeError",
				"Chunk", strconv.Itoa(i+2), "BadChunkSize", strconv.Itoa(len(chunk.Data)))
		}
	}
	return nil
}

// encodings are the elements of Content-Encoding.
func encodings(h http.Header) (list []string) {
	for each := range strings.SplitSeq(h.Get("Content-Encoding"), ",") {
		if each = strings.TrimSpace(each); each != "" {
			list = append(list, each)
		}
	}
	return list
}

// checkHash compares a body with the hash that its signature covers, where that is one.
func checkHash(hash string, body []byte) *failure {
	if hash == "" || hash == "UNSIGNED-PAYLOAD" {
		return nil
	}
	want, err := hex.DecodeString(hash)
	if err != nil || len(want) != sha256.Size {
		return fail("InvalidArgument", "ArgumentName", "x-amz-content-sha256", "ArgumentValue", hash).
			withMessage("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-…, or a valid sha256 value.")
	}
	if got := sha256.Sum256(body); [sha256.Size]byte(want) != got {
		return fail("XAmzContentSHA256Mismatch",
			"ClientComputedContentSHA256", hash, "S3ComputedContentSHA256", hex.EncodeToString(got[:]))
	}
	return nil
}

func checkMD5(header string, body []byte) *failure {
	if header == "" {
		return nil
	}
	want, err := base64.StdEncoding.DecodeString(header)
	if err != nil || len(want) != md5.Size {
		return fail("InvalidDigest", "Content-MD5", header)
	}
	if got := md5.Sum(body); [md5.Size]byte(want) != got {
		return fail("BadDigest", "ExpectedDigest", header,
			"CalculatedDigest", base64.StdEncoding.EncodeToString(got[:]))
	}
	return nil
}

// algorithms are those that S3 takes checksums of.
var algorithms = []types.ChecksumAlgorithm{
	types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme,
	types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256,
}

// checkSums compares the body with the one checksum that may come with it.
func (p *payload) checkSums(h http.Header) *failure {
	for name := range h {
		algorithm, ok := strings.CutPrefix(strings.ToLower(name), "x-amz-checksum-")
		if ok && algorithm != "type" && newHash(types.ChecksumAlgorithm(strings.ToUpper(algorithm))) == nil {
			return fail("NotImplemented").withMessage("s3readtest doesn't implement x-amz-checksum-%s", algorithm)
		}
	}
	given := slices.DeleteFunc(slices.Clone(algorithms), func(a types.ChecksumAlgorithm) bool {
		return h.Get(checksumHeader(a)) == ""
	})
	if len(given) > 1 {
		return fail("InvalidRequest").
			withMessage("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
	}
	for _, algorithm := range given {
		sum := h.Get(checksumHeader(algorithm))
		hash := newHash(algorithm)
		hash.Write(p.data)
		p.algorithm, p.sum = algorithm, base64.StdEncoding.EncodeToString(hash.Sum(nil))
		switch raw, err := base64.StdEncoding.DecodeString(sum); {
		case err != nil || len(raw) != hash.Size():
			return fail("InvalidRequest").withMessage("Value for %s header is invalid.", checksumHeader(algorithm))
		case p.sum != sum:
			return fail("BadDigest").
				withMessage("The %s you specified did not match the calculated checksum.", algorithm)
		}
	}
	return nil
}
