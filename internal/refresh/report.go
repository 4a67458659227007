package refresh

import "time"

// An Event says how one exchange went.
type Event struct {
	Started  time.Time
	Took     time.Duration
	Attempts int
	Expires  time.Time     // end of the new value, zero if there is none
	From     string        // which issuer gave it
	Err      error         // of the last attempt
	Failures int           // exchanges that failed in a row, this one included
	Next     time.Time     // when the timer acts next, zero: not before somebody asks
	Held     time.Duration // how long the negative cache answers readers without a value with Err
}

// A Status is the state of an Engine.
type Status struct {
	Expires   time.Time // end of the value, by the issuer's clock; zero before the first value
	Refreshed time.Time // when the value arrived
	From      string    // which issuer gave it
	Next      time.Time // when the timer acts next, zero when it is stopped
	Failures  int       // exchanges that failed in a row
	Err       error     // of the last exchange
}

// Status returns the Engine's state. It makes no request and doesn't count as use.
func (e *Engine[T]) Status() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	st := Status{Next: e.next, Failures: e.failures, Err: e.err}
	if snap := e.current.Load(); snap != nil {
		st.Expires, st.Refreshed, st.From = snap.expires, snap.received, snap.from
	}
	return st
}

// reportEvents delivers the events in order. One goroutine at a time does so, without holding the
// lock during [Source.Report]; it also delivers the events that others add meanwhile, and these
// return at once. So a slow receiver delays neither a reader nor the next exchange.
func (e *Engine[T]) reportEvents() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.reporting {
		return
	}
	e.reporting = true
	for len(e.events) > 0 {
		ev := e.events[0]
		e.events = e.events[1:]
		e.report(ev)
	}
	e.reporting, e.events = false, nil
}

// report delivers one event without holding the lock, which it is called with. A receiver that
// panics or ends its goroutine leaves the lock as the Engine expects it, and the events that are
// still to come to the next exchange.
func (e *Engine[T]) report(ev Event) {
	e.mu.Unlock()
	returned := false
	defer func() {
		e.mu.Lock()
		if !returned {
			e.reporting = false
		}
	}()
	e.source.Report(ev)
	returned = true
}
