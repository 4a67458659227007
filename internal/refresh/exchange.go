package refresh

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// A flight is one exchange that runs, for everybody who waits for a value.
type flight[T any] struct {
	asked bool          // a reader started it, not the timer
	tried error         // of the last attempt that failed; guarded by Engine.mu
	done  chan struct{} // closed when got or err is set
	got   *snapshot[T]
	err   error
}

// exchange runs f and tells of it. No reader's context ends it: it has its own bounds.
func (e *Engine[T]) exchange(ctx context.Context, f *flight[T]) {
	started := time.Now()
	got, attempts, err := e.attempt(ctx, f)
	if err == nil && lifeOf(got.Expires, got.Date, got.Sent) <= now().since(momentOf(got.Sent)) {
		err = fmt.Errorf("%w: its end is %s, and it was %s", ErrEnded, got.Expires.UTC().Format(time.RFC3339), clockOf(got))
	}
	ev := Event{Started: started, Took: time.Since(started), Attempts: attempts, Err: err}
	e.mu.Lock()
	if err == nil {
		e.keep(f, got, &ev)
	} else {
		e.miss(f, err, &ev)
	}
	e.flight = nil
	close(f.done)
	e.events = append(e.events, ev)
	e.mu.Unlock()
	e.tell()
}

// attempt fetches up to four times in 20 seconds, 7 for each, as long as the
// errors give hope.
func (e *Engine[T]) attempt(ctx context.Context, f *flight[T]) (got Fetched[T], attempts int, err error) {
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	wait := context.WithoutCancel(ctx)
	for {
		attempts++
		got, err = e.once(ctx, wait)
		if err == nil {
			return got, attempts, nil
		}
		// An attempt that the exchange's end cuts short knows less than one before it.
		if before := e.triedBy(f); before != nil && ctx.Err() != nil {
			return got, attempts, before
		}
		e.noteTried(f, err)
		if attempts == maxAttempts {
			return got, attempts, err
		}
		class := e.source.Classify(err)
		if class == Permanent || class == Outdated && !e.source.Changed() {
			return got, attempts, err
		}
		pause := pauseFor(class, attempts, rand.Float64())
		if class == Outdated {
			pause = 0
		}
		// An attempt with no time left would replace the reason by "no time left".
		if deadline, _ := ctx.Deadline(); time.Until(deadline) < pause+time.Second {
			return got, attempts, err
		}
		time.Sleep(pause)
		wait = ctx
	}
}

// noteTried notes the error of an attempt for those who don't wait for the next.
func (e *Engine[T]) noteTried(f *flight[T], err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f.tried = err
}

func (e *Engine[T]) triedBy(f *flight[T]) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return f.tried
}

func (e *Engine[T]) once(ctx, wait context.Context) (Fetched[T], error) {
	if err := e.source.Ready(wait); err != nil {
		return Fetched[T]{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	began := time.Now()
	got, err := e.source.Fetch(ctx)
	if got.Sent.IsZero() {
		got.Sent = began
	}
	return got, err
}

// keep makes a new value the one that is read.
func (e *Engine[T]) keep(f *flight[T], got Fetched[T], ev *Event) {
	life := lifeOf(got.Expires, got.Date, got.Sent)
	s := &snapshot[T]{
		value: got.Value, expires: got.Expires, came: time.Now(), sent: momentOf(got.Sent),
		life: life, serve: life - guardOf(life), span: life,
		refresh: refreshAt(life, e.source.Early, rand.Float64()),
	}
	// Ends are given in whole seconds: two are the same where they differ by one. So
	// they do where one exchange follows the other at once, and the life is a whole one.
	const same = 2 * time.Second
	if old := e.value.Load(); old != nil && got.Expires.Sub(old.expires) < same && life < old.span-same {
		s.capped, s.serve, s.span = true, life, max(life, old.span)
	}
	s.until = s.sent.mono + int64(s.serve)
	e.value.Store(s)
	f.got = s
	e.failures, e.misses, e.err = 0, 0, nil
	left := life - now().since(s.sent)
	if s.capped {
		e.arm(lookIn(left))
	} else {
		e.arm(max(s.refresh-now().since(s.sent), lookIn(0)))
	}
	ev.Expires, ev.Next = got.Expires, e.next
}

// miss keeps the old value, if there is one, and says when to try again: by the
// timer while readers are served, or else when a reader asks and the hold is over.
func (e *Engine[T]) miss(f *flight[T], err error, ev *Event) {
	f.err, e.err = err, err
	e.failures++
	ev.Failures = e.failures
	m, s := now(), e.value.Load()
	if f.asked || !s.served(m) {
		e.misses++
		e.failed, e.hold = m, holdFor(e.misses)
		ev.Held = e.hold
	}
	e.rest()
	if s.served(m) {
		left := s.serve - m.since(s.sent)
		if d := retryIn(e.source.Classify(err), e.failures, left, rand.Float64()); d < left {
			e.arm(d)
		}
	}
	ev.Next = e.next
}

// tell reports events in order. One goroutine does at a time; the others, whose
// events it takes along, don't wait for it.
func (e *Engine[T]) tell() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.telling {
		return
	}
	e.telling = true
	for len(e.events) > 0 {
		ev := e.events[0]
		e.events = e.events[1:]
		e.mu.Unlock()
		e.source.Report(ev)
		e.mu.Lock()
	}
	e.telling, e.events = false, nil
}

// clockOf words the time that a fetched value's end was compared with.
func clockOf[T any](got Fetched[T]) string {
	if got.Date.IsZero() {
		return got.Sent.UTC().Format(time.RFC3339) + " by this machine's clock, the answer having no date"
	}
	return got.Date.UTC().Format(time.RFC3339) + " by the issuer's clock"
}
