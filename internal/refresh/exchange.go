package refresh

import (
	"context"
	"math/rand/v2"
	"time"
)

// An exchange is up to four attempts at a new value, shared by all who wait for it.
type exchange[T any] struct {
	onDemand    bool  // a reader started it, not the timer
	first       bool  // none was before it
	lastAttempt error // of the last attempt that failed; guarded by Engine.mu

	done   chan struct{} // closed when result or err is set
	result *snapshot[T]
	err    error
}

// run makes the exchange, publishes what it brought, and reports it. No reader's context ends it:
// it has its own deadline.
func (e *Engine[T]) run(ctx context.Context, x *exchange[T]) {
	started := time.Now()
	got, attempts, err := e.fetch(ctx, x)
	if err == nil && lifeOf(got.Expires, got.Date, got.Sent) <= now().since(momentOf(got.Sent)) {
		err = endedError(got)
	}
	ev := Event{Started: started, Took: time.Since(started), Attempts: attempts, Err: err}
	e.mu.Lock()
	if err == nil {
		e.succeed(x, got, &ev)
	} else {
		e.fail(x, err, &ev)
	}
	e.inFlight = nil
	close(x.done)
	e.events = append(e.events, ev)
	e.mu.Unlock()
	e.reportEvents()
}

// fetch makes attempts within exchangeTimeout, as long as the errors are such that a retry may
// help.
func (e *Engine[T]) fetch(ctx context.Context, x *exchange[T]) (got Fetched[T], attempts int, err error) {
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	began := time.Now()
	t := trial{first: x.first, onDemand: x.onDemand}
	readyCtx := context.WithoutCancel(ctx) // for the first attempt, see Source.Ready
	e.source.Begin()
	for {
		attempts++
		asked := time.Now()
		got, err = e.attempt(ctx, readyCtx)
		if err == nil {
			return got, attempts, nil
		}
		// The exchange's own deadline cut this attempt short. An earlier attempt that failed by
		// itself says more about the cause than "deadline exceeded".
		if before := e.lastAttempt(x); before != nil && ctx.Err() != nil {
			return got, attempts, before
		}
		e.setLastAttempt(x, err)
		t.class, t.took, t.elapsed = e.source.Classify(err), time.Since(asked), time.Since(began)
		t.asked = e.source.RetryAfter(err)
		t.count()
		pause, again := t.again(rand.Float64())
		if t.class == Outdated {
			pause, again = 0, again && e.changed()
		}
		if !again {
			return got, attempts, err
		}
		// The same for a retry that could not even be answered: with less than a second left
		// it would only replace the error by a timeout.
		if deadline, _ := ctx.Deadline(); time.Until(deadline) < pause+time.Second {
			return got, attempts, err
		}
		time.Sleep(pause)
		readyCtx = ctx
	}
}

// attempt waits for what Fetch needs, and calls it within attemptTimeout.
func (e *Engine[T]) attempt(ctx, readyCtx context.Context) (Fetched[T], error) {
	if err := e.source.Ready(readyCtx); err != nil {
		return Fetched[T]{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.source.Attempt)
	defer cancel()
	began := time.Now()
	// The answer of a Fetch that comes after its time belongs to nobody: it must not write to what
	// this attempt returns.
	answer := make(chan Fetched[T], 1)
	err := e.fetching.run(ctx, func() error {
		got, err := e.source.Fetch(ctx)
		answer <- got
		return err
	})
	if err != nil {
		return Fetched[T]{}, err
	}
	got := <-answer
	if got.Sent.IsZero() {
		got.Sent = began
	}
	return got, nil
}

// changed asks the Source, whose answer counts if it comes soon.
func (e *Engine[T]) changed() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	answer := make(chan bool, 1)
	err := e.looking.run(ctx, func() error {
		answer <- e.source.Changed()
		return nil
	})
	return err == nil && <-answer
}

// setLastAttempt keeps an attempt's error for waiters who give up before the exchange ends.
func (e *Engine[T]) setLastAttempt(x *exchange[T], err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x.lastAttempt = err
}

func (e *Engine[T]) lastAttempt(x *exchange[T]) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return x.lastAttempt
}

// tried is why a waiter of an exchange may be waiting in vain: the last attempt of it that failed,
// else the exchange before it.
func (e *Engine[T]) tried(x *exchange[T]) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if x.lastAttempt != nil {
		return x.lastAttempt
	}
	return e.err
}

// succeed publishes a new value and schedules its refresh. It is called with e.mu held.
func (e *Engine[T]) succeed(x *exchange[T], got Fetched[T], ev *Event) {
	snap := newSnapshot(got, e.source.Early, e.current.Load())
	e.current.Store(snap)
	x.result = snap
	e.failures, e.err = 0, nil
	e.negative.clear()
	left := snap.left(now())
	if snap.capped {
		e.schedule(recheckDelay(left))
	} else {
		// Not at once even if the answer took most of the value's life: that would repeat
		// exchanges without a pause.
		e.schedule(max(snap.refreshAge-snap.age(now()), recheckDelay(0)))
	}
	ev.Expires, ev.From, ev.Next = got.Expires, got.From, e.next
}

// fail keeps the old value, if there is one, and decides when the next exchange may start: by the
// timer while readers are still served, else when a reader asks and the negative cache has
// expired. It is called with e.mu held.
func (e *Engine[T]) fail(x *exchange[T], err error, ev *Event) {
	x.err, e.err = err, err
	e.failures++
	ev.Failures = e.failures
	at, snap := now(), e.current.Load()
	class, asked := e.source.Classify(err), e.source.RetryAfter(err)
	if x.onDemand || !snap.usableAt(at) {
		ev.Held = e.negative.add(at, asked, e.source.Hold)
	}
	e.stopTimer()
	if snap.usableAt(at) {
		left, u := snap.usable-snap.age(at), rand.Float64()
		if d := heed(retryDelay(class, e.failures, left, u), asked, retryLimit(class, left), u); d < left {
			e.schedule(d)
		}
	}
	ev.Next = e.next
}
