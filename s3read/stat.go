package s3read

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// OpenOptions say which version of an object to read. The zero value is the newest one.
type OpenOptions struct {
	VersionID string // empty: the newest; reading a version by its id needs s3:GetObjectVersion instead of s3:GetObject
	IfMatch   string // the ETag, with its quotes, that the object must have, else ErrChanged; empty: any
}

// Stat describes an object without reading it, by a HEAD request. Its errors are an [*Error]:
// [fs.ErrNotExist] for a missing object, [fs.ErrPermission], [ErrNoBucket], [ErrChanged].
//
// S3 gives no more than a status as the reason why a HEAD failed, and some stores and proxies
// refuse every HEAD or leave out the size. After 400, 403, 405 and 501, and after 404 while it is
// not known whether the bucket exists, Stat asks for the object's first byte as well, since that
// response has the object, or names the reason.
func (b *Bucket) Stat(ctx context.Context, key string, optFns ...func(*OpenOptions)) (Object, error) {
	var opts OpenOptions
	for _, fn := range optFns {
		fn(&opts)
	}
	r := request{op: "stat", key: key}
	object, err := b.head(ctx, r, opts)
	if err != nil && b.isUnexplained(err) {
		return b.statByGet(ctx, r, opts, err)
	}
	return object, err
}

// isUnexplained reports whether the failure of a HEAD has several causes that the response to a GET
// would tell apart.
func (b *Bucket) isUnexplained(err error) bool {
	switch statusOf(err) {
	case http.StatusBadRequest, http.StatusForbidden:
		return true
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return !isDeleteMarker(err)
	case http.StatusNotFound:
		return !b.exists.Load() && !isDeleteMarker(err)
	}
	return errors.Is(err, errNoLength)
}

// head sends a HEAD, with retries.
func (b *Bucket) head(ctx context.Context, r request, opts OpenOptions) (Object, error) {
	send := func(ctx context.Context, optFns ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
		return b.sendHead(ctx, r.key, opts, false, optFns)
	}
	r.kind = headObject
	out, err := call(ctx, &b.sender, r, send)
	switch {
	case err != nil:
		return Object{}, err
	case out.ContentLength == nil:
		return Object{}, b.newError(r, "", errNoLength)
	}
	return objectOfHead(r.key, out), nil
}

// sendHead sends one HEAD. withChecksum asks for the object's checksum, too, for which S3 needs
// kms:Decrypt where the object is encrypted with a KMS key.
func (b *Bucket) sendHead(
	ctx context.Context, key string, opts OpenOptions, withChecksum bool, optFns []func(*s3.Options),
) (*s3.HeadObjectOutput, error) {
	if b.badKey != nil {
		return nil, b.badKey
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer b.startStallTimer(cancel).stop()
	in := &s3.HeadObjectInput{
		Bucket:              &b.name,
		Key:                 &key,
		VersionId:           optional(opts.VersionID),
		IfMatch:             optional(opts.IfMatch),
		RequestPayer:        b.requestPayer(),
		ExpectedBucketOwner: b.expectedOwner(),

		SSECustomerAlgorithm: b.customer.algorithm,
		SSECustomerKey:       b.customer.key,
		SSECustomerKeyMD5:    b.customer.md5,
	}
	if withChecksum {
		optFns = append(optFns, followMode(&in.ChecksumMode))
	}
	out, err := b.client.HeadObject(ctx, in, optFns...)
	return out, stallOr(ctx, err)
}

// statByGet describes an object by a GET for its first byte, where a HEAD failed. A GET that fails
// as the HEAD did names the reason; if it fails for another one, the HEAD's own error stands.
func (b *Bucket) statByGet(ctx context.Context, r request, opts OpenOptions, headErr error) (Object, error) {
	ctx, cancel := context.WithTimeout(ctx, max(b.opts.Stall, 0)+time.Minute)
	defer cancel()
	v := &version{b: b, opts: opts, object: Object{Key: r.key}}
	var got *response
	var region string
	err := b.admit(ctx, func() (err error) {
		got, region, err = v.get(ctx, byteRange{0, 1})
		if statusOf(err) == http.StatusRequestedRangeNotSatisfiable { // an empty object has no first byte
			got, region, err = v.get(ctx, byteRange{0, -1})
		}
		return err
	})
	switch {
	case err == nil:
		_ = got.body.Close() // one byte that nobody reads
		return got.object, nil
	case statusOf(err) != statusOf(headErr) || statusOf(err) == 0:
		return Object{}, headErr
	}
	return Object{}, b.newError(r, region, err)
}

// objectOfHead is the object that the response to a HEAD describes. Its Size is zero where the
// response has no length.
func objectOfHead(key string, out *s3.HeadObjectOutput) Object {
	return Object{
		Key:                key,
		Size:               aws.ToInt64(out.ContentLength),
		ETag:               aws.ToString(out.ETag),
		VersionID:          versionID(out.VersionId),
		StorageClass:       string(out.StorageClass),
		LastModified:       aws.ToTime(out.LastModified),
		ContentType:        aws.ToString(out.ContentType),
		ContentEncoding:    aws.ToString(out.ContentEncoding),
		ContentDisposition: aws.ToString(out.ContentDisposition),
		ContentLanguage:    aws.ToString(out.ContentLanguage),
		CacheControl:       aws.ToString(out.CacheControl),
		Expires:            expires(out.ExpiresString),
		Metadata:           out.Metadata,
	}
}

// expires parses a date that S3 stores as it was given, and so may be no date.
func expires(header *string) time.Time {
	t, err := http.ParseTime(aws.ToString(header))
	if err != nil {
		return time.Time{}
	}
	return t
}
