package refresh

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// An Engine keeps the value of one Source. Its methods are safe for concurrent use.
type Engine[T any] struct {
	source  Source[T]
	current atomic.Pointer[snapshot[T]] // nil before the first value
	lastUse atomic.Int64                // monotonic time of a reader's last look at both clocks, with success
	idle    atomic.Bool                 // the timer is stopped because nobody uses the value

	fetching calls // of Source.Fetch
	looking  calls // of Source.Changed

	mu        sync.Mutex   // guards what follows; never held during a fetch or a report
	inFlight  *exchange[T] // nil if none is
	timer     *time.Timer
	due       moment    // when the timer fires
	next      time.Time // the same, for people; zero: the timer is stopped
	failures  int       // exchanges that failed in a row
	err       error     // of the last exchange
	negative  negativeCache
	events    []Event // not yet reported
	reporting bool    // a goroutine is reporting them
}

// New returns an Engine that has not fetched yet: the first [Engine.Get] does.
func New[T any](source Source[T]) *Engine[T] {
	if source.Begin == nil {
		source.Begin = func() {}
	}
	if source.Ready == nil {
		source.Ready = func(context.Context) error { return nil }
	}
	if source.Classify == nil {
		source.Classify = func(error) Class { return Transient }
	}
	if source.RetryAfter == nil {
		source.RetryAfter = func(error) time.Duration { return 0 }
	}
	if source.Changed == nil {
		source.Changed = func() bool { return false }
	}
	if source.Attempt <= 0 {
		source.Attempt = attemptTimeout
	}
	if source.Hold <= 0 {
		source.Hold = maxNegativeTTL
	}
	if source.Report == nil {
		source.Report = func(Event) {}
	}
	return &Engine[T]{source: source}
}

// Get returns the value. It waits only where there is none that is usable, at most 20 seconds and
// no longer than its context. The context governs the wait and not the exchange, which goes on
// for other readers; the error is then an [*Unfinished]. After a failed exchange a negative cache
// answers every Get with the same error for a while, 1 second doubling to 30.
func (e *Engine[T]) Get(ctx context.Context) (T, error) {
	// The fast path. To read the wall clock as well costs as much again as the monotonic clock
	// alone, so readers share one look at both per wallClockEvery. Those in between rely on it:
	// they get what the reader who looked would have got.
	if snap := e.current.Load(); snap != nil {
		mono := int64(time.Since(start))
		if mono < snap.usableUntil && mono-e.lastUse.Load() < int64(wallClockEvery) {
			return snap.value, nil
		}
	}
	return e.GetFor(ctx, 0)
}

// GetFor returns a value that lasts for at least d, from a new exchange where need be. Where d is
// more than the whole life of a value the error is [ErrTooShort].
func (e *Engine[T]) GetFor(ctx context.Context, d time.Duration) (T, error) {
	at := now()
	if snap := e.current.Load(); snap.usableAt(at) && snap.left(at) >= d {
		e.noteUse(at, snap)
		return snap.value, nil
	}
	return e.await(ctx, d)
}

// Peek returns the value if a reader could have it now. It makes no request and doesn't count as
// use.
func (e *Engine[T]) Peek() (value T, ok bool) {
	if snap := e.current.Load(); snap.usableAt(now()) {
		return snap.value, true
	}
	return value, false
}

// Invalidate makes the value unusable if match reports so for it: whoever accepts it says that it
// is not valid any more. The next reader starts an exchange. Invalidate reports whether it did
// anything; where a newer value has taken the place of the one in question, it does nothing.
func (e *Engine[T]) Invalidate(match func(T) bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	snap := e.current.Load()
	if !snap.usableAt(now()) || !match(snap.value) {
		return false
	}
	rejected := *snap
	rejected.usable, rejected.usableUntil = 0, math.MinInt64 // no reading of the clock is before that
	e.current.Store(&rejected)
	e.stopTimer()
	return true
}

// await returns a value from an exchange: the one in flight, or a new one.
func (e *Engine[T]) await(ctx context.Context, least time.Duration) (T, error) {
	var none T
	arrived := now()
	for {
		if err := ctx.Err(); err != nil {
			return none, fmt.Errorf("not waiting for an exchange: %w", context.Cause(ctx))
		}
		x, snap, err := e.join(ctx, least)
		if err != nil {
			return none, err
		}
		if snap != nil {
			return snap.value, nil
		}
		select {
		case <-x.done:
		case <-ctx.Done():
			return none, &Unfinished{context.Cause(ctx), e.tried(x)}
		}
		if x.err != nil {
			return none, x.err
		}
		left := x.result.left(now())
		switch {
		case left > 0 && left >= least:
			// Also within the guard before its end: there is no newer value.
			return x.result.value, nil
		case least > 0 && x.result.sent.mono >= arrived.mono:
			// An exchange that began after this reader came would bring no longer one.
			return none, tooShort(left, least)
		}
	}
}

// join returns one of three: the value, if a reader can have it now; the error of the last
// exchange, while the negative cache holds it; or the exchange to wait for, which join starts if
// none is in flight.
func (e *Engine[T]) join(ctx context.Context, least time.Duration) (*exchange[T], *snapshot[T], error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	at := now()
	// The value is in use, so the timer must go on. But no reader has compared both clocks with
	// the new value yet, so the fast path of Get stays closed until one has.
	e.lastUse.Store(at.mono - int64(wallClockEvery))
	e.idle.Store(false)
	snap := e.current.Load()
	if snap.usableAt(at) && snap.left(at) >= least {
		return nil, snap, nil
	}
	if e.inFlight != nil {
		return e.inFlight, nil, nil
	}
	if e.negative.covers(at) {
		return nil, nil, e.err
	}
	if snap.usableAt(at) && least > 0 && (snap.fullLife < least || snap.capped) {
		return nil, nil, tooShort(snap.left(at), least)
	}
	first := e.current.Load() == nil && e.failures == 0
	x := &exchange[T]{onDemand: true, first: first, done: make(chan struct{})}
	e.inFlight = x
	// The context's values (traces, loggers) go along, its end does not: the exchange is for
	// all waiters, and one that gives up must not fail the others.
	go e.run(context.WithoutCancel(ctx), x)
	return x, nil, nil
}
