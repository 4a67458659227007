package s3read

import (
	"context"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// once has the client send a request once. A failure that says that the bucket is elsewhere teaches the Bucket the
// region, and the request goes out again, there. The region is the one that was signed for last.
func once[T any](ctx context.Context, b *Bucket, send func(context.Context, ...func(*s3.Options)) (T, error)) (out T, region string, err error) {
	for range 2 {
		known := b.region.Load()
		out, err = send(ctx, func(o *s3.Options) {
			o.Retryer = aws.NopRetryer{}
			if known != nil {
				o.Region = *known
			}
			region = o.Region
		})
		if err == nil {
			b.exists.Store(true)
			return out, region, nil
		}
		err = markUnsent(err)
		said := answerHeader(err).Get("X-Amz-Bucket-Region")
		if b.regional() || said == region || !isRegion(said) {
			break
		}
		b.region.Store(&said)
	}
	return out, region, err
}

// regional reports whether the bucket's name says where it is, so that a region must not be set beside it.
func (b *Bucket) regional() bool { return strings.HasPrefix(b.name, "arn:") || b.directory() }

// isRegion reports whether s may become part of a host name as a region. What a server sends must not be able to
// choose another host.
func isRegion(s string) bool {
	if s == "" || len(s) > 63 {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// answerHeader returns the header of the answer that err came from, or nil.
func answerHeader(err error) http.Header {
	if re := answerOf(err); re != nil && re.Response != nil {
		return re.Response.Header
	}
	return nil
}
