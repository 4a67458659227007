package s3read

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// OpenOptions say which version of an object to read. The zero value is the newest one.
type OpenOptions struct {
	VersionID string // reading it takes s3:GetObjectVersion instead of s3:GetObject
	IfMatch   string // the ETag, with its quotes, that the object must have; else ErrChanged
}

// Stat describes an object without reading it, by a HEAD request.
//
// The answer to a HEAD says why it failed with no more than a status. After a 400 or 403, and after a 404 while it is
// not known that the bucket exists, Stat asks for the object's first byte too, since that answer has a text.
func (b *Bucket) Stat(ctx context.Context, key string, optFns ...func(*OpenOptions)) (Object, error) {
	var opts OpenOptions
	for _, fn := range optFns {
		fn(&opts)
	}
	return b.head(ctx, request{op: "stat", key: key}, opts)
}

func (b *Bucket) head(ctx context.Context, r request, opts OpenOptions) (Object, error) {
	out, err := b.headObject(ctx, r, opts)
	if err != nil {
		switch status := statusOf(err); {
		case status == http.StatusBadRequest, status == http.StatusForbidden,
			status == http.StatusNotFound && !b.exists.Load() && !deleteMarker(err):
			err = b.explain(ctx, r, opts, err)
		}
		return Object{}, err
	}
	if out.ContentLength == nil {
		return Object{}, b.failed(r, "", errNoLength)
	}
	return objectOfHead(r.key, out), nil
}

// errNoLength refuses an answer from which a cut one couldn't be told.
var errNoLength = errors.New("the answer doesn't say how long the object is")

func (b *Bucket) headObject(ctx context.Context, r request, opts OpenOptions) (*s3.HeadObjectOutput, error) {
	return call(ctx, b, r, func(ctx context.Context, optFns ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
		return b.sendHead(ctx, r.key, opts, optFns)
	})
}

// sendHead sends one HEAD.
func (b *Bucket) sendHead(ctx context.Context, key string, opts OpenOptions, optFns []func(*s3.Options)) (*s3.HeadObjectOutput, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer b.watch(cancel).stop()
	out, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket:              &b.name,
		Key:                 &key,
		ChecksumMode:        types.ChecksumModeEnabled,
		VersionId:           optional(opts.VersionID),
		IfMatch:             optional(opts.IfMatch),
		RequestPayer:        b.payer(),
		ExpectedBucketOwner: b.owner(),
	}, optFns...)
	return out, stalled(ctx, err)
}

// explain asks why a HEAD failed. Where that fails otherwise or not at all, the HEAD's own error stands.
func (b *Bucket) explain(ctx context.Context, r request, opts OpenOptions, headErr error) error {
	in := &s3.GetObjectInput{
		Bucket:              &b.name,
		Key:                 &r.key,
		Range:               aws.String("bytes=0-0"),
		VersionId:           optional(opts.VersionID),
		IfMatch:             optional(opts.IfMatch),
		RequestPayer:        b.payer(),
		ExpectedBucketOwner: b.owner(),
	}
	ctx, cancel := context.WithTimeout(ctx, max(b.opts.Stall, 0)+time.Minute)
	defer cancel()
	out, region, err := once(ctx, b, func(ctx context.Context, optFns ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
		return b.client.GetObject(ctx, in, optFns...)
	})
	if err == nil {
		_ = out.Body.Close() // one byte that nobody reads
		return headErr
	}
	if statusOf(err) != statusOf(headErr) {
		return headErr
	}
	return b.failed(r, region, err)
}

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

// versionID is the version's id, or empty where there is none that can be asked for again: "null" names whatever was
// written while the bucket kept no versions, and that can be overwritten.
func versionID(id *string) string {
	if aws.ToString(id) == "null" {
		return ""
	}
	return aws.ToString(id)
}

// optional is s for an input, where empty means that it is not sent.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
