package s3read

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// OpenOptions say which version of an object to read. The zero value is the newest one.
type OpenOptions struct {
	VersionID string // empty: the newest; reading a version by its id needs s3:GetObjectVersion instead of s3:GetObject
	IfMatch   string // the ETag, with its quotes, that the object must have, else ErrChanged; empty: any
}

// Stat describes an object without reading it, by a HEAD request. Its errors are an [*Error]:
// [fs.ErrNotExist] for a missing object, [fs.ErrPermission], [ErrNoBucket], [ErrChanged].
//
// S3 gives no more than a status as the reason why a HEAD failed. After 400 and 403, and after 404
// while it is not known whether the bucket exists, Stat asks for the object's first byte as well,
// since that response names the reason.
func (b *Bucket) Stat(ctx context.Context, key string, optFns ...func(*OpenOptions)) (Object, error) {
	var opts OpenOptions
	for _, fn := range optFns {
		fn(&opts)
	}
	r := request{op: "stat", key: key}
	out, err := b.head(ctx, r, opts)
	if err != nil {
		if b.isUnexplained(err) {
			err = b.explain(ctx, r, opts, err)
		}
		return Object{}, err
	}
	if out.ContentLength == nil {
		return Object{}, b.newError(r, "", errNoLength)
	}
	return objectOfHead(key, out), nil
}

// isUnexplained reports whether the failure of a HEAD has several causes that the response to a GET
// would tell apart.
func (b *Bucket) isUnexplained(err error) bool {
	switch statusOf(err) {
	case http.StatusBadRequest, http.StatusForbidden:
		return true
	case http.StatusNotFound:
		return !b.exists.Load() && !isDeleteMarker(err)
	}
	return false
}

// head sends a HEAD, with retries.
func (b *Bucket) head(ctx context.Context, r request, opts OpenOptions) (*s3.HeadObjectOutput, error) {
	send := func(ctx context.Context, optFns ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
		return b.sendHead(ctx, r.key, opts, optFns)
	}
	return call(ctx, &b.sender, r, send)
}

// sendHead sends one HEAD.
func (b *Bucket) sendHead(
	ctx context.Context, key string, opts OpenOptions, optFns []func(*s3.Options),
) (*s3.HeadObjectOutput, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer b.startStallTimer(cancel).stop()
	out, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket:              &b.name,
		Key:                 &key,
		ChecksumMode:        types.ChecksumModeEnabled,
		VersionId:           optional(opts.VersionID),
		IfMatch:             optional(opts.IfMatch),
		RequestPayer:        b.requestPayer(),
		ExpectedBucketOwner: b.expectedOwner(),
	}, optFns...)
	return out, stallOr(ctx, err)
}

// explain asks, with a GET for one byte, why a HEAD failed. If the GET fails for another reason or
// not at all, the HEAD's own error stands.
func (b *Bucket) explain(ctx context.Context, r request, opts OpenOptions, headErr error) error {
	in := &s3.GetObjectInput{
		Bucket:              &b.name,
		Key:                 &r.key,
		Range:               aws.String("bytes=0-0"),
		VersionId:           optional(opts.VersionID),
		IfMatch:             optional(opts.IfMatch),
		RequestPayer:        b.requestPayer(),
		ExpectedBucketOwner: b.expectedOwner(),
	}
	ctx, cancel := context.WithTimeout(ctx, max(b.opts.Stall, 0)+time.Minute)
	defer cancel()
	send := func(ctx context.Context, optFns ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
		return b.client.GetObject(ctx, in, optFns...)
	}
	out, region, err := sendOnce(ctx, &b.sender, send)
	if err == nil {
		_ = out.Body.Close() // one byte that nobody reads
		return headErr
	}
	if statusOf(err) != statusOf(headErr) {
		return headErr
	}
	return b.newError(r, region, err)
}

// objectOfHead is the object that the response to a HEAD describes. Its Size is zero where the
// response has no length.
func objectOfHead(key string, out *s3.HeadObjectOutput) Object {
	return Object{
		Key:             key,
		Size:            aws.ToInt64(out.ContentLength),
		ETag:            aws.ToString(out.ETag),
		VersionID:       versionID(out.VersionId),
		StorageClass:    string(out.StorageClass),
		LastModified:    aws.ToTime(out.LastModified),
		ContentType:     aws.ToString(out.ContentType),
		ContentEncoding: aws.ToString(out.ContentEncoding),
		Metadata:        out.Metadata,
	}
}
