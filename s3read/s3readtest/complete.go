package s3readtest

import (
	"encoding/xml"
	"net/http"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A completion is what the body of CompleteMultipartUpload says. The checksums of parts are
// compared where they are given.
type completion struct {
	XMLName xml.Name `xml:"CompleteMultipartUpload"`
	Part    []struct {
		PartNumber                                  int
		ETag                                        string
		ChecksumCRC32, ChecksumCRC32C, ChecksumSHA1 string
		ChecksumSHA256, ChecksumCRC64NVME           string
	}
}

// completeUpload answers CompleteMultipartUpload. S3 answers 200 before it has judged the object;
// as nothing takes long here, an error has its own status.
func (c *call) completeUpload(b *bucket) (*answer, *failure) {
	// The checksum in a header is the object's, not this body's.
	want, algorithm := c.objectSum()
	p, f := c.payload()
	if f != nil {
		return nil, f
	}
	var asked completion
	if xml.Unmarshal(p.data, &asked) != nil || len(asked.Part) == 0 || len(asked.Part) > maxParts {
		return nil, fail("MalformedXML")
	}
	c.server.mu.RLock()
	up, f := c.upload(b)
	var o Object
	if f == nil {
		o, f = up.whole(asked)
	}
	c.server.mu.RUnlock()
	if f != nil {
		return nil, f
	}
	if want != "" {
		candidate := &version{Object: o.withDefaults()}
		if got, _ := candidate.checksum(); algorithm == candidate.ChecksumAlgorithm && got != want {
			return nil, fail("BadDigest").
				withMessage("The %s you specified did not match the calculated checksum.", algorithm)
		}
	}
	if f := c.checkSize(o); f != nil {
		return nil, f
	}
	v, f := c.store(b, o)
	if f != nil {
		return nil, f
	}
	c.server.mu.Lock()
	delete(b.uploads, up.id)
	c.server.mu.Unlock()
	sum, _ := v.checksum() // of bytes in memory
	body := []byte(xmlDeclaration + `<CompleteMultipartUploadResult xmlns="` + xmlNamespace + `">`)
	body = appendElement(body, "Location", "http://"+c.r.Host+"/"+b.Name+"/"+v.Key)
	body = appendElement(body, "Bucket", b.Name)
	body = appendElement(body, "Key", v.Key)
	body = appendElement(body, "ETag", v.ETag)
	body = appendElement(body, "Checksum"+string(v.ChecksumAlgorithm), sum)
	body = appendElement(body, "ChecksumType", string(v.ChecksumType))
	a := newXML(http.StatusOK, append(body, "</CompleteMultipartUploadResult>"...))
	v.stored(a)
	a.Header.Del("ETag") // it is in the body
	return a, nil
}

// checkSize compares the size that the request may name with that of all parts: S3 API reference,
// CompleteMultipartUpload, x-amz-mp-object-size.
func (c *call) checkSize(o Object) *failure {
	header := c.r.Header.Get("x-amz-mp-object-size")
	if header == "" || header == strconv.Itoa(len(o.Body)) {
		return nil
	}
	return fail("InvalidRequest").withMessage("The provided 'x-amz-mp-object-size' header does not match "+
		"what was computed: %d", len(o.Body))
}

// objectSum takes the checksum of the whole object out of the headers.
func (c *call) objectSum() (sum string, algorithm types.ChecksumAlgorithm) {
	for _, each := range algorithms {
		if s := c.r.Header.Get(checksumHeader(each)); s != "" {
			sum, algorithm = s, each
			c.r.Header.Del(checksumHeader(each))
		}
	}
	return sum, algorithm
}

// whole puts the parts together that a completion names. The caller holds mu.
func (up *upload) whole(asked completion) (Object, *failure) {
	if f := up.judge(asked); f != nil {
		return Object{}, f
	}
	o := up.object
	o.Body = []byte{}
	for _, p := range asked.Part {
		data := up.parts[p.PartNumber].data
		o.Body = append(o.Body, data...)
		o.sizes = append(o.sizes, int64(len(data)))
	}
	return o, nil
}

// judge compares a completion with what was uploaded: the order first, then that all parts are
// there, and then their sizes.
func (up *upload) judge(asked completion) *failure {
	last := 0
	for _, p := range asked.Part {
		if p.PartNumber <= last {
			return fail("InvalidPartOrder", "UploadId", up.id)
		}
		last = p.PartNumber
	}
	for _, p := range asked.Part {
		got, ok := up.parts[p.PartNumber]
		sums := p.ChecksumCRC32 + p.ChecksumCRC32C + p.ChecksumSHA1 + p.ChecksumSHA256 + p.ChecksumCRC64NVME
		if !ok || !matches(p.ETag, got.etag, true) || sums != "" && sums != got.sum {
			return fail("InvalidPart", "UploadId", up.id,
				"PartNumber", strconv.Itoa(p.PartNumber), "ETag", p.ETag)
		}
	}
	for _, p := range asked.Part[:len(asked.Part)-1] {
		if got := up.parts[p.PartNumber]; len(got.data) < minPart {
			return fail("EntityTooSmall", "ProposedSize", strconv.Itoa(len(got.data)),
				"MinSizeAllowed", strconv.Itoa(minPart), "PartNumber", strconv.Itoa(p.PartNumber), "ETag", got.etag)
		}
	}
	return nil
}
