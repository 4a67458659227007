package s3read

import (
	"context"
	"slices"
	"sync"
)

// A limiter bounds how many requests of a bucket wait for their answer at a time. SlowDown halves
// how many do; after as many successes as the limit is high, it grows by one again, up to where it
// began: additive increase, multiplicative decrease, as in TCP. The nil limiter admits everything.
// It is safe for concurrent use.
type limiter struct {
	max int // where the limit begins, and how far it grows again

	mu        sync.Mutex // guards what follows
	limit     int
	inFlight  int
	successes int             // since limit last changed
	halvings  int             // of limit
	waiting   []chan struct{} // in order of arrival; closed to admit one
}

func newLimiter(n int) *limiter { return &limiter{max: n, limit: n} }

// acquire waits until the limiter admits one more request, or returns ctx's error if it ends first.
// A request that was admitted must be released.
func (l *limiter) acquire(ctx context.Context) error {
	if l == nil {
		return ctx.Err()
	}
	l.mu.Lock()
	if ctx.Err() != nil || l.inFlight < l.limit && len(l.waiting) == 0 {
		defer l.mu.Unlock()
		if ctx.Err() == nil {
			l.inFlight++
		}
		return ctx.Err()
	}
	admitted := make(chan struct{})
	l.waiting = append(l.waiting, admitted)
	l.mu.Unlock()
	select {
	case <-admitted:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.waiting, admitted); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
		return ctx.Err()
	}
	l.inFlight-- // it was admitted at the same moment
	l.admit()
	return ctx.Err()
}

// tryAcquire is acquire for a request that is not worth a wait.
func (l *limiter) tryAcquire() bool {
	if l == nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inFlight >= l.limit || len(l.waiting) > 0 {
		return false
	}
	l.inFlight++
	return true
}

// release makes room for another request. ok says that the one that ends succeeded.
func (l *limiter) release(ok bool) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	if ok && l.limit < l.max {
		if l.successes++; l.successes >= l.limit {
			l.limit++
			l.successes = 0
		}
	}
	l.admit()
}

// admit admits those who wait, as far as the limit allows. l.mu is held.
func (l *limiter) admit() {
	for l.inFlight < l.limit && len(l.waiting) > 0 {
		close(l.waiting[0])
		l.waiting = l.waiting[1:]
		l.inFlight++
	}
}

// epoch names the current limit, for slowDown; it is to be called before a request is sent.
func (l *limiter) epoch() int {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.halvings
}

// slowDown halves the limit, unless it was halved since the epoch in which the throttled request
// was sent: S3 throttles a burst as a whole, and a burst counts once.
func (l *limiter) slowDown(epoch int) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if epoch == l.halvings {
		l.halvings++
		l.limit = max(1, min(l.limit, l.inFlight)/2)
		l.successes = 0
	}
}
