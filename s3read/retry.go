package s3read

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const (
	leastAttempts = 5                      // a failure is not final before so many
	patience      = 60 * time.Second       // nor before so long, where it is SlowDown or there is something to resume
	firstWait     = 50 * time.Millisecond  // doubles from one attempt to the next
	firstSlowdown = 400 * time.Millisecond // the same, after SlowDown
	longestWait   = 5 * time.Second
)

// A request is what there is to say about one request, for its repetition and its errors.
type request struct {
	op  string // the method it is for, in lower case: "stat"
	key string // or the prefix of a listing
	rng string // the Range header, empty for all of the object

	resume bool  // there is something to lose, so that an outage of less than patience is waited for
	gate   *gate // has the room for each attempt, if there is one
}

// call sends a request until it succeeds, fails for good, or ctx ends. Its error is an *Error.
func call[T any](ctx context.Context, b *Bucket, r request, send func(context.Context, ...func(*s3.Options)) (T, error)) (T, error) {
	var zero T
	tries := attempts{resume: r.resume}
	for {
		if err := r.gate.enter(ctx); err != nil {
			return zero, b.failed(r, "", ended(ctx, nil))
		}
		turn := r.gate.turn()
		out, region, err := once(ctx, b, send)
		if isThrottle(err) {
			r.gate.slowDown(turn)
		}
		r.gate.leave(err == nil) // others have its room while it waits
		if err == nil {
			return out, nil
		}
		if err := tries.again(ctx, err); err != nil {
			return zero, b.failed(r, region, err)
		}
	}
}

// attempts counts the failures in a row of one request, or of one body and its resumptions.
type attempts struct {
	resume bool
	n      int
	since  time.Time
}

// again waits before the next attempt and returns nil, or returns why there is none: the failure itself, or ctx's end.
func (a *attempts) again(ctx context.Context, failure error) error {
	var instead *overwritten
	switch {
	case ctx.Err() != nil:
		return ended(ctx, nil)
	case errors.As(failure, &instead):
		return nil
	case a.n == 0:
		a.since = time.Now()
	}
	a.n++
	throttled := isThrottle(failure)
	switch {
	case !throttled && !isTransient(failure):
		return failure
	case a.n < leastAttempts:
	case !a.resume && !throttled, time.Since(a.since) >= patience:
		return failure
	}
	wait := firstWait
	if throttled {
		wait = firstSlowdown
	}
	wait = min(wait<<min(a.n-1, 10), longestWait)
	timer := time.NewTimer(wait/2 + rand.N(wait/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ended(ctx, failure)
	}
}

// progressed forgets the failures: the next one is the first again.
func (a *attempts) progressed() { a.n = 0 }

// ended is the error of a context that is done: its error, its cause where that says more, and the failure that
// was being waited out.
func ended(ctx context.Context, failure error) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); !errors.Is(cause, err) {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	if failure != nil {
		err = fmt.Errorf("%w, after: %w", err, failure)
	}
	return err
}

// transients are the SDK's own rules. A failure that has a RetryableError method is judged by it.
var transients = retry.IsErrorRetryables(retry.DefaultRetryables)

// isTransient reports whether the same request may well succeed when it is sent again.
func isTransient(err error) bool {
	if errors.Is(err, errStalled) {
		return true
	}
	switch transients.IsErrorRetryable(err) {
	case aws.TrueTernary:
		return true
	case aws.FalseTernary:
		return false
	}
	return statusOf(err) >= 500
}

var throttles = retry.IsErrorThrottles(retry.DefaultThrottles)

// isThrottle reports whether S3 asked for fewer requests. A HEAD's answer has only a status to say it with.
func isThrottle(err error) bool {
	switch statusOf(err) {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return true
	}
	return !isUnsent(err) && throttles.IsErrorThrottle(err) == aws.TrueTernary
}

// statusOf returns the HTTP status of the answer that err came from, or 0.
func statusOf(err error) int {
	if re := answerOf(err); re != nil {
		return re.HTTPStatusCode()
	}
	return 0
}

// answerOf returns S3's answer that err came from, or nil.
func answerOf(err error) *awshttp.ResponseError {
	var re *awshttp.ResponseError
	if isUnsent(err) || !errors.As(err, &re) {
		return nil
	}
	return re
}
