package refresh

import (
	"context"
	"time"
	"weak"
)

// arm sets the timer to act in d. The timer knows the Engine weakly: where nobody
// else does, it fires once more, finds nothing, and is gone. (A cleanup that stops it
// would run outside of a synctest bubble that the timer belongs to, which is fatal.)
func (e *Engine[T]) arm(d time.Duration) {
	e.next = time.Now().Add(d)
	e.due = momentOf(e.next)
	if e.timer != nil {
		e.timer.Reset(d)
		return
	}
	w := weak.Make(e)
	e.timer = time.AfterFunc(d, func() {
		if e := w.Value(); e != nil {
			e.tick()
		}
	})
}

// rest stops the timer.
func (e *Engine[T]) rest() {
	e.next = time.Time{}
	if e.timer != nil {
		e.timer.Stop()
	}
}

// tick acts for the timer, in its goroutine: it fetches, looks again later, or rests.
func (e *Engine[T]) tick() {
	if e.watching() && !e.source.Changed() {
		e.lookAgain()
		return
	}
	if f := e.takeoff(); f != nil {
		e.exchange(context.Background(), f)
	}
}

// watching reports whether the last exchange didn't move the end, so that another
// one would be in vain until something else can be sent.
func (e *Engine[T]) watching() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.value.Load()
	return s.served(now()) && s.capped && e.err == nil && e.flight == nil
}

func (e *Engine[T]) lookAgain() {
	e.mu.Lock()
	defer e.mu.Unlock()
	m, s := now(), e.value.Load()
	if !e.isDue(m, s) || e.unused(m, s) {
		return
	}
	e.arm(lookIn(s.life - m.since(s.sent)))
}

// takeoff begins an exchange that the timer asked for, or returns nil.
func (e *Engine[T]) takeoff() *flight[T] {
	e.mu.Lock()
	defer e.mu.Unlock()
	m, s := now(), e.value.Load()
	if !e.isDue(m, s) || e.unused(m, s) {
		return nil
	}
	e.flight = &flight[T]{done: make(chan struct{})}
	return e.flight
}

// isDue reports whether the timer fired for something: a flight sets it anew, a
// Reset may come too late to stop what it replaces, and a value that nobody gets
// any longer is the readers' to replace.
func (e *Engine[T]) isDue(m moment, s *snapshot[T]) bool {
	if e.flight != nil || e.next.IsZero() || m.mono < e.due.mono {
		return false
	}
	if !s.served(m) {
		e.rest()
		return false
	}
	return true
}

// unused puts the timer to rest, and says so, if the value wasn't used for a whole life.
// Readers note their use and then look at idle, the timer sets idle and then looks
// at the use: whichever comes second sees the other.
func (e *Engine[T]) unused(m moment, s *snapshot[T]) bool {
	e.idle.Store(true)
	if m.mono-e.seen.Load() <= int64(s.span+time.Second) {
		e.idle.Store(false)
		return false
	}
	e.rest()
	return true
}

// use notes that the value was read, and wakes the timer if it rests for lack of that,
// or overslept. What follows a failure is timed anew, and stays.
func (e *Engine[T]) use(m moment, s *snapshot[T]) {
	e.seen.Store(m.mono)
	if !e.idle.Load() && !s.overslept(m) {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	rested := e.idle.Swap(false) && e.next.IsZero()
	late := e.failures == 0 && e.due.mono > m.mono
	if s = e.value.Load(); e.flight != nil || !s.served(m) {
		return
	}
	if rested || late && s.overslept(m) {
		e.arm(max(0, s.refresh-m.since(s.sent)))
	}
}
