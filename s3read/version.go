package s3read

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A version is the one version of an object that all requests of an operation read. The first
// response pins it; from then on a version is safe for concurrent use.
//
// Later requests ask for it by If-Match, and each response is compared with the first. When the
// object was overwritten meanwhile, a bucket with versioning still has what was there: it is then
// asked for by its version id. Not from the start, because that takes s3:GetObjectVersion instead
// of s3:GetObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html.
type version struct {
	b    *Bucket
	opts OpenOptions // the caller's

	pinned   bool
	object   Object   // only its Key before it is pinned
	checksum checksum // of the whole object, where the first response has it
	byID     atomic.Bool

	unchecked atomic.Bool // the client doesn't ask for checksums
}

// size is the object's size, or -1 before the version is pinned.
func (v *version) size() int64 {
	if !v.pinned {
		return -1
	}
	return v.object.Size
}

// get sends one GET for a range, and checks that the response fits. It returns the region, too,
// which the request was signed for.
func (v *version) get(ctx context.Context, asked byteRange) (*response, string, error) {
	if v.b.badKey != nil {
		return nil, "", v.b.badKey
	}
	in := &s3.GetObjectInput{
		Bucket:              &v.b.name,
		Key:                 &v.object.Key,
		Range:               optional(asked.header(v.size())),
		IfMatch:             optional(v.opts.IfMatch),
		VersionId:           optional(v.opts.VersionID),
		RequestPayer:        v.b.requestPayer(),
		ExpectedBucketOwner: v.b.expectedOwner(),

		SSECustomerAlgorithm: v.b.customer.algorithm,
		SSECustomerKey:       v.b.customer.key,
		SSECustomerKeyMD5:    v.b.customer.md5,
	}
	if v.pinned && isStrong(v.object.ETag) {
		in.IfMatch = &v.object.ETag
	}
	byID := v.byID.Load()
	if byID {
		in.VersionId = &v.object.VersionID
	}
	send := func(ctx context.Context, optFns ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
		optFns = append(optFns, withoutValidation, followMode(&in.ChecksumMode))
		return v.b.client.GetObject(ctx, in, optFns...)
	}
	out, region, err := sendOnce(ctx, &v.b.sender, getObject, send)
	if err != nil {
		return nil, region, v.changed(err, byID)
	}
	v.unchecked.Store(in.ChecksumMode == "")
	err = v.measure(ctx, out)
	var r *response
	if err == nil {
		r, err = newResponse(v.object.Key, out, v.size())
	}
	if err == nil {
		err = r.checkRange(asked)
	}
	if err == nil {
		err = v.check(r.object, byID)
	}
	if err != nil {
		_ = out.Body.Close() // the error that counts is err
		return nil, region, v.changed(err, byID)
	}
	return r, region, nil
}

// check compares what a response says about the object with what the first one said.
func (v *version) check(is Object, byID bool) error {
	if !v.pinned {
		return nil
	}
	return checkVersion(v.object, is, byID || v.opts.VersionID != "")
}

// pin makes the version that of the response.
func (v *version) pin(r *response) { v.object, v.checksum, v.pinned = r.object, r.checksum, true }

// resumable reports whether a later response can be shown to be from the pinned version.
func (v *version) resumable() bool {
	return isStrong(v.object.ETag) || v.object.VersionID != "" || v.opts.VersionID != "" ||
		!v.object.LastModified.IsZero()
}

// wholeChecksum asks, with a HEAD, for the checksum of the whole object, which a response for a
// range of it does not have. It is none where the HEAD fails, or can't be shown to be from the
// pinned version: without a checksum the object is the same.
func (v *version) wholeChecksum(ctx context.Context, r request) (checksum, error) {
	send := func(ctx context.Context, optFns ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
		opts, byID := v.opts, v.byID.Load()
		if isStrong(v.object.ETag) {
			opts.IfMatch = v.object.ETag
		}
		if byID {
			opts.VersionID = v.object.VersionID
		}
		out, err := v.b.sendHead(ctx, r.key, opts, true, optFns)
		if err == nil {
			is := objectOfHead(r.key, out)
			if out.ContentLength == nil { // which proxies remove from the response to a HEAD
				is.Size = v.object.Size
			}
			err = v.check(is, byID)
		}
		return out, v.changed(markNotSent(err), byID)
	}
	out, err := call(ctx, &v.b.sender, r, send)
	switch {
	case err != nil && (ctx.Err() != nil || errors.Is(err, ErrChanged)):
		return checksum{}, err
	case err != nil: // a HEAD needs permissions of its own, and not every store or proxy has it
		return checksum{}, nil
	}
	return storedChecksum(out.ChecksumType, out.ChecksumCRC64NVME, out.ChecksumCRC32C, out.ChecksumCRC32,
		out.ChecksumSHA256, out.ChecksumSHA1), nil
}

// changed turns a failure that says that the pinned version is not the newest any more into
// ErrChanged: 412 for If-Match, 404 for an object that was deleted, 416 for a range of one that
// became shorter. If the version has an id, the failure is an overwrittenError, so that it is asked
// for by that id next.
func (v *version) changed(err error, byID bool) error {
	if err == nil || !v.pinned {
		return err
	}
	switch reason := reasonOf(err); {
	case byID && reason == fs.ErrPermission:
		return because(ErrChanged, "its version %s may not be read: %w", v.object.VersionID, err)
	case reason == fs.ErrNotExist, reason == nil && statusOf(err) == http.StatusRequestedRangeNotSatisfiable:
		err = &reasonError{ErrChanged, err}
	case reason != ErrChanged:
		return err
	}
	if v.object.VersionID != "" && v.opts.VersionID == "" && !byID {
		v.byID.Store(true)
		return &overwrittenError{err}
	}
	return err
}

// An overwrittenError is a failure after which the version is asked for by its id, without waiting.
type overwrittenError struct{ error }

func (e *overwrittenError) Unwrap() error { return e.error }

// isStrong reports whether the ETag can stand in If-Match, which compares strongly: a weak one,
// W/"…", never matches (RFC 9110, section 13.1.1).
func isStrong(etag string) bool { return etag != "" && !strings.HasPrefix(etag, "W/") }

// versionID is the version's id, or empty where there is none that can be asked for later: "null"
// names whatever was written while the bucket had no versioning, and can be overwritten.
func versionID(id *string) string {
	if aws.ToString(id) == "null" {
		return ""
	}
	return aws.ToString(id)
}
