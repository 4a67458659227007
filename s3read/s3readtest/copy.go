package s3readtest

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// source is the version that a request copies from: x-amz-copy-source, a bucket and a key with an
// optional version, URL-encoded. Its bucket may be in another region, but must be there.
func (c *call) source() (*bucket, *version, *failure) {
	header := c.r.Header.Get("x-amz-copy-source")
	invalid := fail("InvalidArgument", "ArgumentName", "x-amz-copy-source", "ArgumentValue", header).
		withMessage("Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
	path, query, _ := strings.Cut(header, "?")
	path, err := url.PathUnescape(strings.TrimPrefix(path, "/"))
	params, err2 := url.ParseQuery(query)
	name, key, found := strings.Cut(path, "/")
	if err != nil || err2 != nil || !found || key == "" {
		return nil, nil, invalid
	}
	c.server.mu.RLock()
	defer c.server.mu.RUnlock()
	from := c.server.buckets[name]
	if from == nil {
		return nil, nil, fail("NoSuchBucket", "BucketName", name)
	}
	at := *c
	at.key, at.query = key, params
	v, f := at.version(from)
	if f != nil {
		return nil, nil, f
	}
	if v.SSECustomerKey != nil {
		return nil, nil, fail("NotImplemented").
			withMessage("s3readtest doesn't implement %s of an object with a customer's key", c.op.name)
	}
	conditions := http.Header{}
	for _, name := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		if value := c.r.Header.Get("x-amz-copy-source-" + name); value != "" {
			conditions.Set(name, value)
		}
	}
	if notModified, f := precondition(conditions, v); f != nil || notModified {
		return nil, nil, fail("PreconditionFailed", "Condition", "x-amz-copy-source-If-…")
	}
	if v.StorageClass == types.StorageClassGlacier || v.StorageClass == types.StorageClassDeepArchive {
		return nil, nil, fail("InvalidObjectState", "StorageClass", string(v.StorageClass))
	}
	return from, v, nil
}

// copyObject answers CopyObject. The directives say whether what describes the object is copied
// too, which is the default, or comes from the request.
func (c *call) copyObject(b *bucket) (*answer, *failure) {
	o, f := c.described()
	if f != nil {
		return nil, f
	}
	from, v, f := c.source()
	if f != nil {
		return nil, f
	}
	h := c.r.Header
	replaces := h.Get("x-amz-metadata-directive") == "REPLACE"
	if from == b && v.Key == o.Key && !replaces && o.StorageClass == "" && !c.sourceVersion() {
		return nil, fail("InvalidRequest").withMessage("This copy request is illegal because it is trying to copy an " +
			"object to itself without changing the object's metadata, storage class, website redirect location or " +
			"encryption attributes.")
	}
	made := v.Object
	made.Key, made.StorageClass = o.Key, o.StorageClass
	made.VersionID, made.ETag, made.PartSize, made.sizes = "", "", 0, nil
	if replaces {
		made.ContentType, made.ContentEncoding, made.Metadata = o.ContentType, o.ContentEncoding, o.Metadata
		made.CacheControl, made.ContentDisposition = o.CacheControl, o.ContentDisposition
		made.ContentLanguage, made.Expires = o.ContentLanguage, o.Expires
	}
	if h.Get("x-amz-tagging-directive") == "REPLACE" {
		made.Tags = o.Tags
	}
	made.LastModified, made.ChecksumType = time.Time{}, ""
	if algorithm := types.ChecksumAlgorithm(h.Get("x-amz-checksum-algorithm")); algorithm != "" {
		made.ChecksumAlgorithm = algorithm
	}
	if made.ChecksumAlgorithm == NoChecksum {
		made.ChecksumAlgorithm = "" // S3 adds its own to a copy
	}
	if made.Body == nil {
		body, err := io.ReadAll(io.NewSectionReader(v.Content, 0, v.Size))
		if err != nil {
			return nil, fail("InternalError").withMessage("read the content of %s: %v", v.Key, err)
		}
		made.Body = body
	}
	made.Content, made.Size = nil, 0
	stored, f := c.store(b, made)
	if f != nil {
		return nil, f
	}
	return c.copied("CopyObjectResult", stored, v)
}

func (c *call) sourceVersion() bool {
	return strings.Contains(c.r.Header.Get("x-amz-copy-source"), "?versionId=")
}

// copied is the answer that tells of a copy.
func (c *call) copied(root string, made, from *version) (*answer, *failure) {
	sum, err := made.checksum()
	if err != nil {
		return nil, fail("InternalError").withMessage("read the content of %s: %v", made.Key, err)
	}
	body := []byte(xmlDeclaration + "<" + root + ` xmlns="` + xmlNamespace + `">`)
	body = appendElement(body, "LastModified", made.LastModified.Format(timeFormat))
	body = appendElement(body, "ETag", made.ETag)
	body = appendElement(body, "Checksum"+string(made.ChecksumAlgorithm), sum)
	body = appendElement(body, "ChecksumType", string(made.ChecksumType))
	body = append(body, "</"+root+">"...)
	a := newXML(http.StatusOK, body)
	made.stored(a)
	a.Header.Del("ETag") // it is in the body
	if from.VersionID != "" {
		a.Header.Set("x-amz-copy-source-version-id", from.VersionID)
	}
	return a, nil
}
