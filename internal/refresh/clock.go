package refresh

import "time"

// A moment is one reading of both of the machine's clocks, in nanoseconds. Neither is enough
// alone: the wall clock is adjusted now and then, in steps of any size; the monotonic clock never
// is, but on Linux (CLOCK_MONOTONIC) it stands still while the machine is suspended, as a laptop
// or a paused virtual machine is, and sessions expire meanwhile.
type moment struct{ wall, mono int64 }

// wallClockEvery is for how long readers rely on one reader's look at the wall clock. After a
// suspension a value that has ended can be given out for that long at most.
const wallClockEvery = time.Millisecond

// start is where readings of the monotonic clock count from.
var start = time.Now()

func momentOf(t time.Time) moment {
	return moment{wall: t.UnixNano(), mono: int64(t.Sub(start))}
}

func now() moment { return momentOf(time.Now()) }

// since returns the time that has passed between two moments: the larger of what the clocks say.
// A wall clock that was set back and a monotonic clock that stood still both say too little, and a
// value would be served past its end. A wall clock that was set forward says too much; that costs
// one exchange, after which the new reading counts.
func (m moment) since(from moment) time.Duration {
	return time.Duration(max(m.wall-from.wall, m.mono-from.mono))
}

// lifeOf returns how long the value lasts, counted from when the request was sent.
//
// It takes both ends of the span from the issuer's clock, the value's expiry and the Date header
// of the same answer, so that this machine's wall clock doesn't matter. The SDK compares the
// expiry with the local wall clock: on a node whose clock is ahead of STS every session looks
// expired, and each API call makes a call of STS; on one that is behind, expired sessions are used
// (measured with aws-sdk-go-v2/config v1.33.15).
//
// HTTP's Date has whole seconds (RFC 9110, 5.6.7), cut off, so the issuer's clock was up to a
// second later. Without a Date only the local wall clock is left to compare with.
//
// Whatever two times an issuer names, the result is at most maxLife. time.Time.Sub saturates at 292
// years in either direction, and a second less than the least Duration is the greatest: an expiry
// in the year 1 would last for centuries.
func lifeOf(expires, date, sent time.Time) time.Duration {
	from, cut := date, time.Second
	if date.IsZero() {
		from, cut = sent, 0
	}
	return min(max(expires.Sub(from), -maxLife)-cut, maxLife)
}
