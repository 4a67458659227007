package s3read

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/seed-15cba5db/irsa-go/internal/listxml"
)

// A brokenPage is a failure to get one whole page of a listing, of objects or of buckets, out of an answer that said it
// succeeded.
type brokenPage struct{ err error }

// Error leaves out the SDK's wrapping, which repeats the operation and that its status is 200.
func (e *brokenPage) Error() string {
	var d *smithy.DeserializationError
	if errors.As(e.err, &d) && d.Err != nil {
		return d.Err.Error()
	}
	return e.err.Error()
}

func (e *brokenPage) Unwrap() error { return e.err }

// RetryableError says that another answer may be whole.
func (e *brokenPage) RetryableError() bool { return true }

func broken(format string, args ...any) error {
	return &brokenPage{fmt.Errorf("%w: "+format, append([]any{listxml.ErrPage}, args...)...)}
}

// page asks for the page that in describes, until there is a whole one that check has nothing against.
func (b *Bucket) page(ctx context.Context, r request, in *s3.ListObjectsV2Input, p *listxml.Page, check func() error) error {
	_, err := call(ctx, b, r, func(ctx context.Context, optFns ...func(*s3.Options)) (struct{}, error) {
		err := b.whole(ctx, optFns, func(ctx context.Context, optFns ...func(*s3.Options)) error {
			return listxml.Get(ctx, b.client, in, p, optFns...)
		})
		if err == nil {
			err = plausible(in, p)
		}
		if err == nil && check != nil {
			err = check()
		}
		return struct{}{}, err
	})
	return err
}

// whole sends a request for a page. A body that stalls or is none is a failure for a moment.
func (b *Bucket) whole(ctx context.Context, optFns []func(*s3.Options), send func(context.Context, ...func(*s3.Options)) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if w := b.watch(cancel); w != nil {
		w.stop()
		optFns = append(optFns, w.body)
	}
	err := stalled(ctx, send(ctx, optFns...))
	var d *smithy.DeserializationError
	if errors.As(err, &d) || errors.Is(err, listxml.ErrPage) {
		err = &brokenPage{err}
	}
	return err
}

// plausible holds a page to what was asked for.
func plausible(in *s3.ListObjectsV2Input, p *listxml.Page) error {
	switch {
	case p.Truncated && p.Next == "":
		return broken("it is truncated and has no continuation token")
	case p.Truncated && in.ContinuationToken != nil && p.Next == *in.ContinuationToken:
		return broken("it repeats the continuation token")
	}
	prefix, after := *in.Prefix, ""
	if in.StartAfter != nil {
		after = *in.StartAfter
	}
	for i := range p.Objects {
		switch key := p.Objects[i].Key; {
		case !strings.HasPrefix(key, prefix):
			return broken("it holds the key %q, which lacks the prefix", key)
		case key <= after && after != "":
			return broken("it holds the key %q, which is not after %q", key, after)
		}
	}
	for _, common := range p.Prefixes {
		switch {
		case !strings.HasPrefix(common, prefix):
			return broken("it holds the common prefix %q, which lacks the prefix", common)
		case common <= after && !strings.HasPrefix(after, common) && after != "":
			return broken("it holds the common prefix %q, which is not after %q", common, after)
		}
	}
	return nil
}

// ascending reports whether the page is in S3's order, and has no key twice.
func ascending(p *listxml.Page) bool {
	for i := 1; i < len(p.Objects); i++ {
		if p.Objects[i-1].Key >= p.Objects[i].Key {
			return false
		}
	}
	return slices.IsSorted(p.Prefixes)
}

// body has the watch run while the body of the answer is waited for. The headers have no limit of their own: S3 may
// look for two minutes through the versions and delete markers of a bucket before it has a page.
func (w *watch) body(o *s3.Options) {
	wrap := func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
		middleware.DeserializeOutput, middleware.Metadata, error,
	) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if response, ok := out.RawResponse.(*smithyhttp.Response); ok && response.Body != nil {
			response.Body = &watchedBody{response.Body, w}
		}
		return out, metadata, err
	}
	o.APIOptions = append(slices.Clip(o.APIOptions), func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("s3read:WatchBody", wrap), middleware.After)
	})
}

type watchedBody struct {
	io.ReadCloser
	watch *watch
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.watch.start()
	defer b.watch.stop()
	return b.ReadCloser.Read(p)
}
