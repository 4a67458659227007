package conformance

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// conditional are the cases of preconditions. Which takes precedence over which is in RFC 9110,
// 13.2.2.
func conditional() []Case {
	etag, other := aws.String(digits["Etag"]), aws.String(`"0123456789abcdef0123456789abcdef"`)
	before := aws.Time(time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC))
	whole := Answer{Status: 200, Header: digits, Body: "0123456789"}
	failed := Answer{Status: 412, Code: "PreconditionFailed", Header: none}
	// Which headers a 304 has differs between servers, and nobody relies on them.
	unmodified := func(ask asking) asking {
		return func(ctx context.Context, client *s3.Client) (Answer, error) {
			a, err := ask(ctx, client)
			if a.Status == 304 {
				a = Answer{Status: 304, Header: map[string]string{"Etag": a.Header["Etag"]}}
			}
			return a, err
		}
	}
	same := Answer{Status: 304, Header: map[string]string{"Etag": digits["Etag"]}}
	ask := func(change func(*s3.GetObjectInput)) asking {
		return unmodified(get(read("digits", change)))
	}
	return []Case{
		{Name: "If-Match of the ETag", Ask: ask(func(in *s3.GetObjectInput) { in.IfMatch = etag }), Want: whole},
		{Name: "If-Match of another", Ask: ask(func(in *s3.GetObjectInput) { in.IfMatch = other }), Want: failed},
		{
			Name: "If-Match with a range",
			Ask:  ask(func(in *s3.GetObjectInput) { in.IfMatch, in.Range = etag, aws.String("bytes=9-") }),
			Want: Answer{Status: 206, Header: with(digits, "Content-Length", "1", "Content-Range", "bytes 9-9/10"),
				Body: "9"},
		},
		{
			Name: "If-Match fails before a range does",
			Ask:  ask(func(in *s3.GetObjectInput) { in.IfMatch, in.Range = other, aws.String("bytes=10-") }),
			Want: failed,
		},
		{
			Name: "If-Match of a HEAD", Want: failed,
			Ask: func(ctx context.Context, client *s3.Client) (Answer, error) {
				in := headInput(readBucket, "digits")
				in.IfMatch = other
				a, err := head(in)(ctx, client)
				if a.Status == 412 {
					a.Code = failed.Code // a HEAD's answer has no code
				}
				return a, err
			},
		},
		{
			Name: "If-None-Match of the ETag", Ask: ask(func(in *s3.GetObjectInput) { in.IfNoneMatch = etag }),
			Want: same,
		},
		{
			Name: "If-None-Match of another", Ask: ask(func(in *s3.GetObjectInput) { in.IfNoneMatch = other }),
			Want: whole,
		},
		{
			Name: "If-Modified-Since long ago", Ask: ask(func(in *s3.GetObjectInput) { in.IfModifiedSince = before }),
			Want: whole,
		},
		{
			Name: "If-Unmodified-Since long ago",
			Ask:  ask(func(in *s3.GetObjectInput) { in.IfUnmodifiedSince = before }),
			Want: failed,
		},
		{
			Name: "If-Match takes precedence over If-Unmodified-Since", Want: whole,
			Ask: ask(func(in *s3.GetObjectInput) { in.IfMatch, in.IfUnmodifiedSince = etag, before }),
		},
		{
			Name: "If-None-Match takes precedence over If-Modified-Since", Want: same,
			Ask: ask(func(in *s3.GetObjectInput) { in.IfNoneMatch, in.IfModifiedSince = etag, before }),
		},
	}
}
