package refresh

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// ErrEnded is the error of an exchange whose value had ended when it came.
var ErrEnded = errors.New("ended before it came")

// ErrTooShort is the error of GetFor where no value lasts as long as asked.
var ErrTooShort = errors.New("lasts for less than asked")

// An Engine keeps the value of one Source. Its methods are safe for concurrent use.
type Engine[T any] struct {
	source Source[T]
	value  atomic.Pointer[snapshot[T]]
	seen   atomic.Int64 // monotonic time at which a reader last looked at both clocks, and got the value
	idle   atomic.Bool  // the timer rests because of no use

	mu       sync.Mutex // guards what follows
	flight   *flight[T] // the exchange that runs
	timer    *time.Timer
	due      moment    // when the timer acts
	next     time.Time // the same, for people; zero: the timer rests
	failures int       // exchanges failed in a row
	err      error     // of the last exchange
	misses   int       // failures in a row that left a reader without a value
	failed   moment    // when the last of them ended
	hold     time.Duration
	events   []Event // still to report
	telling  bool    // somebody reports them
}

// A snapshot is a value and what readers must know of it. It never changes.
type snapshot[T any] struct {
	value   T
	expires time.Time
	came    time.Time
	sent    moment
	life    time.Duration // from sent to the end
	serve   time.Duration // from sent to where readers no longer get it
	refresh time.Duration // from sent to its replacement
	span    time.Duration // the life of a value that isn't capped
	capped  bool          // a new exchange ended no later than the one before
	until   int64         // monotonic time to which readers get it, if only that clock counts
}

func (s *snapshot[T]) served(m moment) bool { return s != nil && m.since(s.sent) < s.serve }

// overslept reports whether the time to replace s has come by the wall clock alone, so
// that the timer, which goes by the other one, may not know before s ends.
func (s *snapshot[T]) overslept(m moment) bool {
	return !s.capped && m.since(s.sent) >= s.refresh && m.mono-s.sent.mono < int64(s.refresh)
}

// New returns an Engine that has not fetched yet: the first Get does.
func New[T any](source Source[T]) *Engine[T] {
	if source.Ready == nil {
		source.Ready = func(context.Context) error { return nil }
	}
	if source.Classify == nil {
		source.Classify = func(error) Class { return Transient }
	}
	if source.Changed == nil {
		source.Changed = func() bool { return false }
	}
	if source.Report == nil {
		source.Report = func(Event) {}
	}
	return &Engine[T]{source: source}
}

// Get returns the value. It waits only where there is none that lasts, at most 20
// seconds and no longer than its context, which governs the wait and not the
// exchange: that goes on for other readers, and the error is *Unfinished. Each failed
// exchange answers every Get for a while, 1 second doubling to 30.
//
// A reading of the wall clock costs as much again as one of the monotonic clock, so
// readers take one in each lookEvery of the latter: who comes in between is no worse
// off than if he had come with the one who looked.
func (e *Engine[T]) Get(ctx context.Context) (T, error) {
	if s := e.value.Load(); s != nil {
		mono := int64(time.Since(begin))
		if mono < s.until && mono-e.seen.Load() < int64(lookEvery) {
			return s.value, nil
		}
	}
	return e.GetFor(ctx, 0)
}

// GetFor returns a value that lasts for at least d yet, by a new exchange where
// need be. Where d is more than the whole life of a value the error is ErrTooShort.
func (e *Engine[T]) GetFor(ctx context.Context, d time.Duration) (T, error) {
	m := now()
	if s := e.value.Load(); s.served(m) && s.life-m.since(s.sent) >= d {
		e.use(m, s)
		return s.value, nil
	}
	return e.wait(ctx, d)
}

// Status returns the Engine's state.
func (e *Engine[T]) Status() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	st := Status{Next: e.next, Failures: e.failures, Err: e.err}
	if s := e.value.Load(); s != nil {
		st.Expires, st.Refreshed = s.expires, s.came
	}
	return st
}

// wait returns a value from an exchange: the one that runs, or a new one.
func (e *Engine[T]) wait(ctx context.Context, least time.Duration) (T, error) {
	var none T
	came := now()
	for {
		if err := ctx.Err(); err != nil {
			return none, fmt.Errorf("not waiting for an exchange: %w", context.Cause(ctx))
		}
		f, s, err := e.join(ctx, least)
		if err != nil {
			return none, err
		}
		if s != nil {
			return s.value, nil
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return none, &Unfinished{context.Cause(ctx), e.triedBy(f)}
		}
		if f.err != nil {
			return none, f.err
		}
		left := f.got.life - now().since(f.got.sent)
		switch {
		case left > 0 && left >= least: // until its very end: there is no newer one
			return f.got.value, nil
		case least > 0 && f.got.sent.mono >= came.mono: // nor a longer one
			return none, tooShort(left, least)
		}
	}
}

// join returns the value if a reader can have it, or else the exchange to wait
// for, which it starts if none runs, or else the error of the last one.
func (e *Engine[T]) join(ctx context.Context, least time.Duration) (*flight[T], *snapshot[T], error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	m := now()
	// The value is in use, but nobody has got it yet.
	e.seen.Store(m.mono - int64(lookEvery))
	e.idle.Store(false)
	s := e.value.Load()
	if s.served(m) && s.life-m.since(s.sent) >= least {
		return nil, s, nil
	}
	if e.flight != nil {
		return e.flight, nil, nil
	}
	if e.misses > 0 && m.since(e.failed) < e.hold {
		return nil, nil, e.err
	}
	if s != nil && least > 0 && s.served(m) && (s.span < least || s.capped) {
		return nil, nil, tooShort(s.life-m.since(s.sent), least)
	}
	f := &flight[T]{done: make(chan struct{}), asked: true}
	e.flight = f
	go e.exchange(context.WithoutCancel(ctx), f)
	return f, nil, nil
}

func tooShort(left, least time.Duration) error {
	return fmt.Errorf("%w: %v of %v", ErrTooShort, left.Truncate(time.Second), least)
}
