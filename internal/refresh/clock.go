package refresh

import "time"

// A moment is one reading of both of the machine's clocks, in nanoseconds. The
// wall clock is set right now and then and goes on while the machine is suspended;
// the monotonic one is never set, and stands still then (on Linux, CLOCK_MONOTONIC).
type moment struct{ wall, mono int64 }

// lookEvery is for how long one reader's look at the wall clock is good for all.
const lookEvery = time.Millisecond

// Monotonic readings count from here.
var begin = time.Now()

func momentOf(t time.Time) moment {
	return moment{wall: t.UnixNano(), mono: int64(t.Sub(begin))}
}

func now() moment { return momentOf(time.Now()) }

// since returns how much time has passed between two readings: the larger of
// what the clocks say. A wall clock set back and a monotonic one that stood
// still both say too little; too much, from a wall clock set forward, costs one
// exchange, after which the new reading counts.
func (m moment) since(from moment) time.Duration {
	return time.Duration(max(m.wall-from.wall, m.mono-from.mono))
}

// lifeOf returns for how long after the question was sent the answer lasts, by
// the issuer's own two times, so that this machine's wall clock doesn't matter.
// The Date of an answer is cut to whole seconds: it was up to one second later.
// Without a Date nothing but the wall clock is left to compare with.
func lifeOf(expires, date, sent time.Time) time.Duration {
	if date.IsZero() {
		return expires.Sub(sent)
	}
	return expires.Sub(date) - time.Second
}
