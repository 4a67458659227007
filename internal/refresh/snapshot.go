package refresh

import (
	"math/rand/v2"
	"time"
)

// A snapshot is a value and all that readers must know of it. It never changes once it is
// published, so that readers need no lock. Ages count from sent.
type snapshot[T any] struct {
	value    T
	expires  time.Time
	received time.Time
	from     string
	sent     moment

	life       time.Duration // age at which it ends
	usable     time.Duration // age from which readers no longer get it, see expiryGuard
	refreshAge time.Duration // age at which it is replaced, see refreshAge

	// The life of a value that isn't capped: for how long an unused Engine waits until it stops
	// its timer, and the most that GetFor can ask for.
	fullLife time.Duration

	// A capped value ends no later than the one before, although it is newer. That is how
	// MinIO answers: a session ends with the token that it was exchanged for. Another exchange
	// with the same token would gain nothing.
	capped bool

	// When it stops being usable, by the monotonic clock alone: for the fast path of Get.
	usableUntil int64
}

// newSnapshot turns an answer into a snapshot that is replaced at a random age. old is the one
// before, or nil.
func newSnapshot[T any](got Fetched[T], early time.Duration, old *snapshot[T]) *snapshot[T] {
	life := lifeOf(got.Expires, got.Date, got.Sent)
	snap := &snapshot[T]{
		value: got.Value, expires: got.Expires, received: time.Now(), from: got.From, sent: momentOf(got.Sent),
		life: life, usable: life - expiryGuard(life), fullLife: life,
		refreshAge: refreshAge(life, early, rand.Float64()),
	}
	// Issuers give ends in whole seconds, so two that differ by one may be the same. The life
	// must be shorter, too: of two exchanges within a second both values end together, and
	// neither is capped.
	const same = 2 * time.Second
	if old != nil && got.Expires.Sub(old.expires) < same && life < old.fullLife-same {
		// Served until its very end: no exchange can replace it before the token changes.
		snap.capped, snap.usable, snap.fullLife = true, life, max(life, old.fullLife)
	}
	snap.usableUntil = snap.sent.mono + int64(snap.usable)
	return snap
}

// age returns the time since the request for the value was sent.
func (s *snapshot[T]) age(at moment) time.Duration { return at.since(s.sent) }

// left returns the time until the value ends.
func (s *snapshot[T]) left(at moment) time.Duration { return s.life - s.age(at) }

// usableAt reports whether readers get the value. There may be none: s may be nil.
func (s *snapshot[T]) usableAt(at moment) bool { return s != nil && s.age(at) < s.usable }

// overdue reports whether the time to replace the value has come by the wall clock alone: the
// machine was suspended. The timer goes by the monotonic clock, which stood still meanwhile, and
// may not fire before the value ends.
func (s *snapshot[T]) overdue(at moment) bool {
	return !s.capped && s.age(at) >= s.refreshAge && at.mono-s.sent.mono < int64(s.refreshAge)
}
