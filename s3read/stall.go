package s3read

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// errStalled ends an attempt that received nothing for BucketOptions.Stall. It is transient.
var errStalled = errors.New("no byte received")

// A stallTimer cancels an attempt for which nothing has arrived in time. It runs only while
// somebody waits: a caller who reads slowly is no stall. The nil stallTimer has no limit.
type stallTimer struct {
	limit time.Duration
	timer *time.Timer
}

// startStallTimer starts one for the attempt that cancel ends.
func (s *sender) startStallTimer(cancel context.CancelCauseFunc) *stallTimer {
	limit := s.opts.Stall
	if limit < 0 {
		return nil
	}
	return &stallTimer{limit, time.AfterFunc(limit, func() { cancel(fmt.Errorf("%w for %v", errStalled, limit)) })}
}

// start begins a wait.
func (t *stallTimer) start() {
	if t != nil {
		t.timer.Reset(t.limit)
	}
}

// stop ends a wait.
func (t *stallTimer) stop() {
	if t != nil {
		t.timer.Stop()
	}
}

// watchBody is an option of a request that has the timer run while the body of the response is
// read, but not while its headers are waited for.
func (t *stallTimer) watchBody(o *s3.Options) {
	wrap := func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
		middleware.DeserializeOutput, middleware.Metadata, error,
	) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if response, ok := out.RawResponse.(*smithyhttp.Response); ok && response.Body != nil {
			response.Body = &watchedBody{response.Body, t}
		}
		return out, metadata, err
	}
	o.APIOptions = append(slices.Clip(o.APIOptions), func(stack *middleware.Stack) error {
		step := middleware.DeserializeMiddlewareFunc("s3read:WatchBody", wrap)
		return stack.Deserialize.Add(step, middleware.After) // next to the wire, inside of what decodes
	})
}

// A watchedBody runs the timer during each Read.
type watchedBody struct {
	io.ReadCloser
	timer *stallTimer
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.timer.start()
	defer b.timer.stop()
	return b.ReadCloser.Read(p)
}

// stallOr returns the stall if that is what ended the attempt, else err: the attempt itself only
// knows that its context was cancelled.
func stallOr(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); errors.Is(cause, errStalled) {
		return cause
	}
	return err
}
