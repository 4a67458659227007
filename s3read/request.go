package s3read

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A sender sends the requests to one bucket, repeats them, and says why they failed. It is safe for
// concurrent use.
type sender struct {
	name   string // of the bucket; empty for requests that concern no single bucket
	opts   BucketOptions
	region atomic.Pointer[string] // given, or learned from a failed response; nil: the client's
	exists atomic.Bool            // a response has shown that the bucket exists

	answered atomic.Bool // there was a response, whatever it said
	limiter  *limiter    // of all requests; one holds its room until its headers arrive
	hedger   hedger
}

// init prepares the zero sender for the bucket of that name.
func (s *sender) init(name string, opts BucketOptions) {
	if opts.Stall == 0 {
		opts.Stall = defaultStall
	}
	s.name, s.opts = name, opts
	s.limiter, s.hedger.fixed = newLimiter(math.MaxInt), opts.Hedge
	if opts.Region != "" && !s.namesRegion() {
		s.region.Store(&s.opts.Region)
	}
}

// A request describes one request, for its retries and its errors.
type request struct {
	op          string // the method that needs it, in lower case: "stat"
	key         string // or the prefix of a listing
	rangeHeader string // empty for all of the object

	kind   kind
	resume bool // work would be lost, so that an outage of less than retryFor is waited out
}

// A sendFunc sends one request through a client, with the options that it is given.
type sendFunc[T any] func(context.Context, ...func(*s3.Options)) (T, error)

// call sends a request until it succeeds, fails for good, or ctx ends. Its error is an *Error.
func call[T any](ctx context.Context, s *sender, r request, send sendFunc[T]) (T, error) {
	var zero T
	retry := backoff{resume: r.resume}
	for {
		var out T
		var region string
		err := s.admit(ctx, func() (err error) {
			out, region, err = sendOnce(ctx, s, r.kind, send)
			return err
		})
		if err == nil {
			return out, nil
		}
		if err := retry.wait(ctx, err); err != nil {
			return zero, s.newError(r, region, err)
		}
	}
}

// admit sends a request when there is room for it, and gives the room back when the response has
// begun: whoever reads slowly keeps nobody from asking.
func (s *sender) admit(ctx context.Context, send func() error) error {
	if err := s.limiter.acquire(ctx); err != nil {
		return contextError(ctx, nil)
	}
	epoch := s.limiter.epoch()
	err := send()
	if isThrottle(err) {
		s.limiter.slowDown(epoch)
		s.hedger.pause()
	}
	s.limiter.release(err == nil)
	return err
}

// sendOnce sends a request once, without the client's own retries: 64 requests at a time would
// drain the retry quota that all users of the client share. region is the one that the request was
// signed for.
//
// S3 responds to a request for the wrong region with a status of 301 or 400 and names the right one
// in a header, whatever the operation:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html. The sender then keeps that
// region, and sends the request there. Concurrent first requests may each fail once.
func sendOnce[T any](ctx context.Context, s *sender, k kind, send sendFunc[T]) (out T, region string, err error) {
	for range 2 {
		known := s.region.Load()
		out, err = send(ctx, func(o *s3.Options) {
			o.Retryer = aws.NopRetryer{}
			if known != nil {
				o.Region = *known
			}
			region = o.Region
			if o.HTTPClient != nil {
				o.HTTPClient = &wire{s, k, o.HTTPClient}
			}
		})
		if err == nil {
			s.exists.Store(true)
			return out, region, nil
		}
		err = s.markLost(markNotSent(err))
		actual := headerOf(err).Get("X-Amz-Bucket-Region")
		if s.namesRegion() || actual == region || !isRegion(actual) {
			break
		}
		s.region.Store(&actual)
	}
	return out, region, err
}

// namesRegion reports whether the bucket's name determines its region, so that none must be set
// beside it.
func (s *sender) namesRegion() bool {
	return strings.HasPrefix(s.name, "arn:") || isDirectoryBucket(s.name)
}

// isRegion reports whether s may become part of a host name as a region. The header of a response
// must not be able to choose another host: the request that follows carries a signature.
func isRegion(s string) bool {
	if s == "" || len(s) > 63 { // the limit of a DNS label
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// contextError is the error of a context that has ended: its error, its cause where that says more,
// and the failure after which a retry was pending, if there is one.
func contextError(ctx context.Context, failure error) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); !errors.Is(cause, err) {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	if failure != nil {
		err = fmt.Errorf("%w, after: %w", err, failure)
	}
	return err
}
