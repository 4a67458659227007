package s3readtest

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	// The reflected polynomial of CRC-64/NVME, which S3 documents as its own.
	crc64nvme = crc64.MakeTable(0x9a6c9329ac4bc9b5)
)

// newHash is nil for an algorithm that the Server doesn't have, and for NoChecksum.
func newHash(algorithm types.ChecksumAlgorithm) hash.Hash {
	switch algorithm {
	case types.ChecksumAlgorithmCrc32:
		return crc32.NewIEEE()
	case types.ChecksumAlgorithmCrc32c:
		return crc32.New(castagnoli)
	case types.ChecksumAlgorithmCrc64nvme:
		return crc64.New(crc64nvme)
	case types.ChecksumAlgorithmSha1:
		return sha1.New()
	case types.ChecksumAlgorithmSha256:
		return sha256.New()
	}
	return nil
}

// linear reports whether a multipart object can have a full object checksum: those of CRCs can be
// joined from the parts' own, those of SHAs can't (S3 User Guide, "Checking object integrity").
func linear(algorithm types.ChecksumAlgorithm) bool {
	return strings.HasPrefix(string(algorithm), "CRC")
}

// checksumHeader is the header that S3 sends a checksum in.
func checksumHeader(algorithm types.ChecksumAlgorithm) string {
	return "x-amz-checksum-" + strings.ToLower(string(algorithm))
}

// checksum is the object's checksum in the form of S3's header, "" if it has none. It is computed
// when first asked for.
func (v *version) checksum() (string, error) {
	v.whole.Do(func() {
		if v.ChecksumType != types.ChecksumTypeComposite || v.parts() == 0 {
			v.wholeSum, v.wholeErr = v.checksumOf(0, v.Size)
			return
		}
		h := newHash(v.ChecksumAlgorithm)
		if h == nil {
			return
		}
		for n := range v.parts() {
			sum, err := v.sum(v.part(n + 1))
			if err != nil {
				v.wholeErr = err
				return
			}
			h.Write(sum)
		}
		v.wholeSum = fmt.Sprintf("%s-%d", base64.StdEncoding.EncodeToString(h.Sum(nil)), v.parts())
	})
	return v.wholeSum, v.wholeErr
}

// checksumOf is the checksum of a part of the object.
func (v *version) checksumOf(offset, length int64) (string, error) {
	sum, err := v.sum(offset, length)
	return base64.StdEncoding.EncodeToString(sum), err
}

func (v *version) sum(offset, length int64) ([]byte, error) {
	h := newHash(v.ChecksumAlgorithm)
	if h == nil {
		return nil, nil
	}
	if _, err := io.CopyBuffer(h, io.NewSectionReader(v.Content, offset, length), make([]byte, 256<<10)); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}
