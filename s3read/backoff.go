package s3read

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	minAttempts   = 5                      // a transient failure is not final before so many
	retryFor      = 60 * time.Second       // nor before so long, where S3 throttles or work would be lost
	firstWait     = 50 * time.Millisecond  // doubles from one attempt to the next
	firstSlowWait = 400 * time.Millisecond // the same, after SlowDown
	maxWait       = 5 * time.Second
)

// A backoff decides whether and when a request is repeated, by its failures in a row. One backoff
// serves one request, or one body with all the requests that resume it. It is for one goroutine.
type backoff struct {
	resume   bool // work would be lost: retry for retryFor, not only minAttempts times
	failures int
	since    time.Time // of the first of them
}

// wait waits until the next attempt is due and returns nil, or returns why there is none: the
// failure itself if it is final, or the end of ctx. The waits have jitter, so that requests that
// failed together are not repeated together.
func (b *backoff) wait(ctx context.Context, failure error) error {
	var replaced *overwrittenError
	switch {
	case ctx.Err() != nil:
		return contextError(ctx, nil)
	case errors.As(failure, &replaced): // the next request asks for something else
		return nil
	case b.failures == 0:
		b.since = time.Now()
	}
	b.failures++
	throttled := isThrottle(failure)
	switch {
	case !throttled && !isTransient(failure):
		return failure
	case b.failures < minAttempts:
	case !b.resume && !throttled, time.Since(b.since) >= retryFor:
		return failure
	}
	wait := firstWait
	if throttled {
		wait = firstSlowWait
	}
	wait = min(wait<<min(b.failures-1, 10), maxWait)
	timer := time.NewTimer(wait/2 + rand.N(wait/2))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return contextError(ctx, failure)
	}
}

// reset forgets the failures, after progress: the next failure counts as the first.
func (b *backoff) reset() { b.failures = 0 }
