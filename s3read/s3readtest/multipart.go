package s3readtest

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// minPart is how large every part but the last must be: S3 User Guide, "Multipart upload limits".
const minPart = 5 << 20

// maxParts is how many parts an upload can have.
const maxParts = 10000

// An upload is a multipart upload that has begun. The Server's mu guards it.
type upload struct {
	id     string
	object Object // what it will be, without content
	parts  map[int]part

	initiated time.Time
}

// A part is one that has been uploaded.
type part struct {
	data []byte
	etag string
	sum  string // by the upload's algorithm, in base64

	modified time.Time // when it was uploaded
}

// createUpload answers CreateMultipartUpload.
func (c *call) createUpload(b *bucket) (*answer, *failure) {
	o, f := c.described()
	if f != nil {
		return nil, f
	}
	h := c.r.Header
	o.ChecksumAlgorithm = types.ChecksumAlgorithm(h.Get("x-amz-checksum-algorithm"))
	o.ChecksumType = types.ChecksumType(h.Get("x-amz-checksum-type"))
	if o.ChecksumAlgorithm != "" && newHash(o.ChecksumAlgorithm) == nil {
		return nil, fail("InvalidRequest").withMessage("Checksum algorithm provided is unsupported. " +
			"Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
	}
	asked := o.ChecksumAlgorithm != ""
	if o.ChecksumType == "" && asked && o.ChecksumAlgorithm != types.ChecksumAlgorithmCrc64nvme {
		o.ChecksumType = types.ChecksumTypeComposite // the default of all but CRC64NVME, which has no other
	}
	full := o.ChecksumType == types.ChecksumTypeFullObject
	if asked && full && !linear(o.ChecksumAlgorithm) ||
		o.ChecksumAlgorithm == types.ChecksumAlgorithmCrc64nvme && o.ChecksumType == types.ChecksumTypeComposite {
		return nil, fail("InvalidRequest").withMessage(
			"The %s checksum type cannot be used with the %s checksum algorithm.",
			o.ChecksumType, o.ChecksumAlgorithm)
	}
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	up := &upload{id: "upload-" + s.newVersionID(), object: o, parts: map[int]part{}, initiated: time.Now().UTC()}
	if b.uploads == nil {
		b.uploads = map[string]*upload{}
	}
	b.uploads[up.id] = up
	body := []byte(xmlDeclaration + `<InitiateMultipartUploadResult xmlns="` + xmlNamespace + `">`)
	body = appendElement(body, "Bucket", b.Name)
	body = appendElement(body, "Key", c.key)
	body = appendElement(body, "UploadId", up.id)
	a := newXML(http.StatusOK, append(body, "</InitiateMultipartUploadResult>"...))
	a.Header.Set("x-amz-server-side-encryption", "AES256")
	if asked {
		o := o.withDefaults()
		a.Header.Set("x-amz-checksum-algorithm", string(o.ChecksumAlgorithm))
		a.Header.Set("x-amz-checksum-type", string(o.ChecksumType))
	}
	return a, nil
}

// upload is the one that a request names. The caller holds mu.
func (c *call) upload(b *bucket) (*upload, *failure) {
	up := b.uploads[c.param("uploadId")]
	if up == nil || up.object.Key != c.key {
		return nil, fail("NoSuchUpload", "UploadId", c.param("uploadId"))
	}
	return up, nil
}

// uploadPart answers UploadPart, and UploadPartCopy, which is one with the name of a source.
func (c *call) uploadPart(b *bucket) (*answer, *failure) {
	n, err := strconv.Atoi(c.param("partNumber"))
	if err != nil || n < 1 || n > maxParts {
		return nil, fail("InvalidArgument", "ArgumentName", "partNumber", "ArgumentValue", c.param("partNumber")).
			withMessage("Part number must be an integer between 1 and 10000, inclusive")
	}
	copies := c.r.Header.Get("x-amz-copy-source") != ""
	var p *payload
	var from *version
	var f *failure
	if copies {
		p, from, f = c.copiedPart()
	} else {
		p, f = c.payload()
	}
	if f != nil {
		return nil, f
	}
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	up, f := c.upload(b)
	if f != nil {
		return nil, f
	}
	algorithm := up.object.ChecksumAlgorithm
	if algorithm != "" && p.algorithm != "" && algorithm != p.algorithm {
		return nil, fail("InvalidRequest").withMessage(
			"Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum Type: %s",
			algorithm, p.algorithm)
	}
	made := Object{Key: c.key, Body: p.data, ChecksumAlgorithm: algorithm}
	if algorithm == "" {
		made.ChecksumAlgorithm = p.algorithm
	}
	v := &version{Object: made.withDefaults()}
	sum, _ := v.checksum() // of bytes in memory
	up.parts[n] = part{data: p.data, etag: v.ETag, sum: sum, modified: v.LastModified}
	if copies {
		return c.copied("CopyPartResult", v, from)
	}
	a := newAnswer(http.StatusOK, nil)
	v.stored(a)
	if algorithm != "" || p.algorithm != "" {
		a.Header.Set(checksumHeader(v.ChecksumAlgorithm), sum)
	}
	return a, nil
}

// copiedPart is the content of a part that is copied: the source, or the range of it that
// x-amz-copy-source-range names, which has to be in it.
func (c *call) copiedPart() (*payload, *version, *failure) {
	_, v, f := c.source()
	if f != nil {
		return nil, nil, f
	}
	offset, length := int64(0), v.Size
	if header := c.r.Header.Get("x-amz-copy-source-range"); header != "" {
		var first, last int64
		n, err := fmt.Sscanf(header, "bytes=%d-%d", &first, &last)
		if err != nil || n != 2 || first < 0 || last < first || last >= v.Size {
			return nil, nil, fail("InvalidArgument",
				"ArgumentName", "x-amz-copy-source-range", "ArgumentValue", header).
				withMessage("Range specified is not valid for source object of size: %d", v.Size)
		}
		offset, length = first, last-first+1
	}
	data := make([]byte, length)
	if n, err := v.Content.ReadAt(data, offset); int64(n) < length {
		return nil, nil, fail("InternalError").withMessage("read the content of %s: %v", v.Key, err)
	}
	return &payload{data: data}, v, nil
}

// abortUpload answers AbortMultipartUpload.
func (c *call) abortUpload(b *bucket) (*answer, *failure) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	up, f := c.upload(b)
	if f != nil {
		return nil, f
	}
	delete(b.uploads, up.id)
	return newAnswer(http.StatusNoContent, nil), nil
}
