package s3readtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// putObject answers PutObject, and CopyObject, which is a PUT with the name of a source.
func (c *call) putObject(b *bucket) (*answer, *failure) {
	if c.r.Header.Get("x-amz-copy-source") != "" {
		return c.copyObject(b)
	}
	o, f := c.described()
	if f != nil {
		return nil, f
	}
	p, f := c.payload()
	if f != nil {
		return nil, f
	}
	o.Body, o.ChecksumAlgorithm = p.data, p.algorithm
	v, f := c.store(b, o)
	if f != nil {
		return nil, f
	}
	a := newAnswer(http.StatusOK, nil)
	v.stored(a)
	sum, err := v.checksum()
	if err != nil {
		return nil, fail("InternalError").withMessage("read the content of %s: %v", v.Key, err)
	}
	a.Header.Set(checksumHeader(v.ChecksumAlgorithm), sum)
	a.Header.Set("x-amz-checksum-type", string(v.ChecksumType))
	return a, nil
}

// absentHeaders begin the headers of writes that the Server doesn't have.
var absentHeaders = []string{
	"x-amz-server-side-encryption-customer-", "x-amz-object-lock-", "x-amz-grant-", "x-amz-write-offset-",
	"x-amz-website-redirect-",
}

// described is the object that a request's headers describe. What they ask for and the Server
// doesn't have is refused by name, not dropped.
func (c *call) described() (Object, *failure) {
	h := c.r.Header
	for name := range h {
		lower := strings.ToLower(name)
		for _, absent := range absentHeaders {
			if strings.HasPrefix(lower, absent) {
				return Object{}, fail("NotImplemented").
					withMessage("s3readtest doesn't implement %s of %s", lower, c.op.name)
			}
		}
	}
	if !legalKey(c.key) {
		return Object{}, fail("InvalidURI")
	}
	// A new bucket has no ACLs but the owner's own: S3 User Guide, "Controlling ownership of
	// objects".
	if acl := h.Get("x-amz-acl"); !slices.Contains([]string{"", "private", "bucket-owner-full-control"}, acl) {
		return Object{}, fail("AccessControlListNotSupported")
	}
	o := Object{
		Key: c.key, ContentType: h.Get("Content-Type"), CacheControl: h.Get("Cache-Control"),
		ContentDisposition: h.Get("Content-Disposition"), ContentLanguage: h.Get("Content-Language"),
		Expires: h.Get("Expires"), StorageClass: types.StorageClass(h.Get("x-amz-storage-class")),
		Metadata: map[string]string{},
	}
	kept := slices.DeleteFunc(encodings(h), func(s string) bool { return s == "aws-chunked" })
	o.ContentEncoding = strings.Join(kept, ",")
	if o.StorageClass != "" && !slices.Contains(o.StorageClass.Values(), o.StorageClass) {
		return Object{}, fail("InvalidStorageClass")
	}
	size := 0
	for name, values := range h {
		if name, ok := strings.CutPrefix(strings.ToLower(name), "x-amz-meta-"); ok {
			o.Metadata[name] = strings.Join(values, ",")
			size += len(name) + len(o.Metadata[name])
		}
	}
	if size > 2<<10 {
		return Object{}, fail("MetadataTooLarge")
	}
	var f *failure
	o.Tags, f = parseTagging(h.Get("x-amz-tagging"))
	return o, f
}

// parseTagging reads tags in the form of a URL's query, at most ten.
func parseTagging(header string) (map[string]string, *failure) {
	if header == "" {
		return nil, nil
	}
	query, err := url.ParseQuery(header)
	if err != nil {
		return nil, fail("InvalidArgument", "ArgumentName", "x-amz-tagging", "ArgumentValue", header)
	}
	tags := map[string]string{}
	for name, values := range query {
		if len(values) > 1 {
			return nil, fail("InvalidTag").withMessage("Cannot provide multiple Tags with the same key")
		}
		tags[name] = values[0]
	}
	return tags, checkTags(tags)
}

// store puts an object where the conditions of the request hold, which S3 judges at the moment of
// the write.
func (c *call) store(b *bucket, o Object) (*version, *failure) {
	o = o.withDefaults()
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	newest := b.newest(o.Key)
	exists := newest != nil && !newest.marker
	match, noneMatch := c.r.Header.Get("If-Match"), c.r.Header.Get("If-None-Match")
	switch {
	case noneMatch != "" && noneMatch != "*", match != "" && noneMatch != "": // S3 knows no others for writes
		return nil, fail("NotImplemented")
	case noneMatch == "*" && exists:
		return nil, fail("PreconditionFailed", "Condition", "If-None-Match")
	case match != "" && !exists:
		return nil, fail("NoSuchKey", "Key", o.Key)
	case match != "" && !matches(match, newest.ETag, true):
		return nil, fail("PreconditionFailed", "Condition", "If-Match")
	}
	o.VersionID = s.versionID(b)
	v := &version{Object: o}
	b.push(v)
	return v, nil
}

// stored sets what the answer to every write tells of the new object.
func (v *version) stored(a *answer) {
	a.Header.Set("ETag", v.ETag)
	a.Header.Set("x-amz-server-side-encryption", "AES256")
	if v.VersionID != "" {
		a.Header.Set("x-amz-version-id", v.VersionID)
	}
}
