package s3readtest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// object answers GetObject and HeadObject.
func (c *call) object(b *bucket) (*answer, *failure) {
	c.server.mu.RLock()
	v, f := c.version(b)
	c.server.mu.RUnlock()
	if f != nil {
		return nil, f
	}
	if f := wrongKey(c.r.Header, v.Object); f != nil {
		return nil, f
	}
	if notModified, f := precondition(c.r.Header, v); f != nil {
		return nil, f
	} else if notModified {
		a := newAnswer(http.StatusNotModified, nil)
		c.describe(a, b, v)
		return a, nil
	}
	archived := v.StorageClass == types.StorageClassGlacier || v.StorageClass == types.StorageClassDeepArchive
	if archived && c.op.name == "GetObject" {
		return nil, fail("InvalidObjectState", "StorageClass", string(v.StorageClass))
	}

	a := newAnswer(http.StatusOK, nil)
	a.Content, a.Size = v.Content, v.Size
	c.describe(a, b, v)
	if f := c.override(a); f != nil {
		return nil, f
	}
	checked := c.r.Header.Get("x-amz-checksum-mode") == "ENABLED" && v.ChecksumAlgorithm != NoChecksum
	checksum := v.checksum
	if header := c.r.Header.Get("Range"); header != "" {
		offset, length, ok := parseRange(header, v.Size)
		switch {
		case ok && length == 0:
			return nil, fail("InvalidRange", "RangeRequested", header,
				"ActualObjectSize", strconv.FormatInt(v.Size, 10))
		case ok:
			a.limit(offset, length)
			checked = false // S3 stores checksums of whole objects and of parts, not of ranges
		}
	} else if c.has("partNumber") {
		offset, length, f := c.part(a, v)
		if f != nil {
			return nil, f
		}
		if v.parts() > 0 {
			checksum = func() (string, error) { return v.checksumOf(offset, length) }
		}
		a.limit(offset, length)
	}
	if checked {
		sum, err := checksum()
		if err != nil {
			return nil, fail("InternalError").withMessage("read the content of %s: %v", v.Key, err)
		}
		a.Header.Set(checksumHeader(v.ChecksumAlgorithm), sum)
		a.Header.Set("x-amz-checksum-type", string(v.ChecksumType))
	}
	return a, nil
}

// version is the version of the object that is asked for. The caller holds mu.
func (c *call) version(b *bucket) (*version, *failure) {
	newest := b.newest(c.key)
	if !c.has("versionId") {
		switch {
		case newest == nil:
			return nil, fail("NoSuchKey", "Key", c.key)
		case newest.marker:
			return nil, fail("NoSuchKey", "Key", c.key).
				withHeader("x-amz-delete-marker", "true").withHeader("x-amz-version-id", newest.VersionID)
		}
		return newest, nil
	}
	id := c.param("versionId")
	for v := newest; v != nil; v = v.older {
		switch {
		case !v.is(id):
		case v.marker:
			return nil, fail("MethodNotAllowed", "Method", c.r.Method, "ResourceType", "DeleteMarker").
				withHeader("x-amz-delete-marker", "true").withHeader("x-amz-version-id", id).
				withHeader("Allow", "DELETE").
				withHeader("Last-Modified", v.LastModified.Format(http.TimeFormat))
		default:
			return v, nil
		}
	}
	return nil, fail("NoSuchVersion", "Key", c.key, "VersionId", id)
}

// describe sets the headers that tell of an object.
func (c *call) describe(a *answer, b *bucket, v *version) {
	c.server.mu.RLock() // tags and versioning can be set meanwhile
	defer c.server.mu.RUnlock()
	h := a.Header
	h.Set("ETag", v.ETag)
	h.Set("Last-Modified", v.LastModified.Format(http.TimeFormat))
	h.Set("Accept-Ranges", "bytes")
	h.Set("Content-Type", v.ContentType)
	for name, value := range map[string]string{
		"Content-Encoding": v.ContentEncoding, "Cache-Control": v.CacheControl, "Expires": v.Expires,
		"Content-Disposition": v.ContentDisposition, "Content-Language": v.ContentLanguage,
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
	if len(v.Tags) > 0 {
		h.Set("x-amz-tagging-count", strconv.Itoa(len(v.Tags)))
	}
	if v.VersionID != "" {
		h.Set("x-amz-version-id", v.VersionID)
	} else if b.Versioning || b.suspended {
		h.Set("x-amz-version-id", nullVersion)
	}
	// S3 doesn't send it for STANDARD: S3 API reference, GetObject.
	if v.StorageClass != types.StorageClassStandard {
		h.Set("x-amz-storage-class", string(v.StorageClass))
	}
	describeEncryption(h, v.Object)
	for name, value := range v.Metadata {
		h.Set("x-amz-meta-"+name, value)
	}
}

// override sets the headers that response-* parameters ask for. "You must sign the request": S3 API
// reference, GetObject.
func (c *call) override(a *answer) *failure {
	for _, name := range []string{
		"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type", "Expires",
	} {
		param := "response-" + strings.ToLower(name)
		if !c.has(param) {
			continue
		}
		if accessKey, _, _ := signingScope(c.r); accessKey == "" {
			return fail("InvalidRequest").
				withMessage("Request specific response headers cannot be used for anonymous GET requests.")
		}
		a.Header.Set(name, c.param(param))
	}
	return nil
}

// part is where the part asked for by number is. An object put in one piece is its own only part.
func (c *call) part(a *answer, v *version) (offset, length int64, f *failure) {
	n, err := strconv.ParseInt(c.param("partNumber"), 10, 32)
	if err != nil || n < 1 || n > 10000 {
		return 0, 0, fail("InvalidArgument", "ArgumentName", "partNumber", "ArgumentValue", c.param("partNumber")).
			withMessage("Part number must be an integer between 1 and 10000, inclusive")
	}
	count := max(1, v.parts())
	if n > count {
		return 0, 0, fail("InvalidPartNumber",
			"ActualPartCount", strconv.FormatInt(count, 10), "PartNumberRequested", c.param("partNumber"))
	}
	if v.parts() == 0 {
		return 0, v.Size, nil
	}
	a.Header.Set("x-amz-mp-parts-count", strconv.FormatInt(count, 10))
	offset, length = v.part(n)
	return offset, length, nil
}
