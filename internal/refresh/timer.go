package refresh

import (
	"context"
	"time"
	"weak"
)

// schedule makes the timer fire in d. It is called with e.mu held.
//
// The timer refers to the Engine weakly, so that it doesn't keep alive an Engine that nobody uses
// any longer: it fires once more, finds nothing, and is gone. A cleanup (runtime.AddCleanup) that
// stops the timer would end it sooner, but cleanups run outside of every testing/synctest bubble,
// and to stop a bubble's timer from outside is a fatal error: users could not test with an Engine
// in virtual time.
func (e *Engine[T]) schedule(d time.Duration) {
	e.next = time.Now().Add(d)
	e.due = momentOf(e.next)
	if e.timer != nil {
		e.timer.Reset(d)
		return
	}
	w := weak.Make(e)
	e.timer = time.AfterFunc(d, func() {
		if e := w.Value(); e != nil {
			e.timerFired()
		}
	})
}

// stopTimer makes the timer do nothing until it is scheduled again. It is called with e.mu held.
func (e *Engine[T]) stopTimer() {
	e.next = time.Time{}
	if e.timer != nil {
		e.timer.Stop()
	}
}

// timerFired runs in the timer's goroutine: it makes an exchange, waits further for a change of
// what is sent, or stops the timer for lack of use.
func (e *Engine[T]) timerFired() {
	if e.waitsForChange() && !e.changed() {
		e.recheckLater()
		return
	}
	if x := e.startRefresh(); x != nil {
		e.run(context.Background(), x)
	}
}

// waitsForChange reports whether the value is capped, so that an exchange would not move its end
// until something else can be sent. To look at the token file is cheap, a request is not.
func (e *Engine[T]) waitsForChange() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	snap := e.current.Load()
	return !e.source.Repeats && snap.usableAt(now()) && snap.capped && e.err == nil && e.inFlight == nil
}

// recheckLater schedules the next look at whether what is sent has changed.
func (e *Engine[T]) recheckLater() {
	e.mu.Lock()
	defer e.mu.Unlock()
	at, snap := now(), e.current.Load()
	if !e.timerDue(at, snap) || e.stopIfUnused(at, snap) {
		return
	}
	e.schedule(recheckDelay(snap.left(at)))
}

// startRefresh returns a new exchange that is now the one in flight, or nil if none is wanted.
func (e *Engine[T]) startRefresh() *exchange[T] {
	e.mu.Lock()
	defer e.mu.Unlock()
	at, snap := now(), e.current.Load()
	if !e.timerDue(at, snap) || e.stopIfUnused(at, snap) {
		return nil
	}
	e.inFlight = &exchange[T]{done: make(chan struct{})}
	return e.inFlight
}

// timerDue reports whether the timer fired for a reason that still holds. It doesn't where an
// exchange is in flight, which schedules the timer itself; where the timer was reset or stopped
// just after it had fired (time.Timer.Stop can't undo that); and where the value is no longer
// usable, since then readers start the exchange.
func (e *Engine[T]) timerDue(at moment, snap *snapshot[T]) bool {
	if e.inFlight != nil || e.next.IsZero() || at.mono < e.due.mono {
		return false
	}
	if !snap.usableAt(at) {
		e.stopTimer()
		return false
	}
	return true
}

// stopIfUnused stops the timer, and reports so, if nobody used the value for a whole life: an idle
// process makes no requests.
//
// A reader stores lastUse and then loads idle; the timer stores idle and then loads lastUse. So
// whichever comes second sees the other, and a reader never relies on a timer that has stopped.
func (e *Engine[T]) stopIfUnused(at moment, snap *snapshot[T]) bool {
	e.idle.Store(true)
	// A second more, so that one use in each life is enough although lifeOf cuts off up to one.
	if at.mono-e.lastUse.Load() <= int64(snap.fullLife+time.Second) {
		e.idle.Store(false)
		return false
	}
	e.stopTimer()
	return true
}

// noteUse notes that a reader got the value, and reschedules the timer where it was stopped for
// lack of use, or where the machine's suspension made it late. The backoff after a failure stays
// as it is.
func (e *Engine[T]) noteUse(at moment, snap *snapshot[T]) {
	e.lastUse.Store(at.mono)
	if !e.idle.Load() && !snap.overdue(at) {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	stopped := e.idle.Swap(false) && e.next.IsZero()
	late := e.failures == 0 && e.due.mono > at.mono
	if snap = e.current.Load(); e.inFlight != nil || !snap.usableAt(at) {
		return
	}
	if stopped || late && snap.overdue(at) {
		e.schedule(max(0, snap.refreshAge-snap.age(at)))
	}
}
