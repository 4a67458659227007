// Package refresh keeps a value that expires, fetching the next one before the
// present one ends. It knows time and errors, and nothing of what it keeps.
//
// While the value is used, a timer fetches its successor at between 67 and 80
// per cent of its life. Readers get the value that is at hand: one atomic load,
// two clock readings, no lock. They wait only where there is none: for the first
// one, after a time without use, and when the fetches failed until the end.
//
// An Engine holds a goroutine only while it fetches. Its timer refers to it
// weakly: an Engine that nobody holds any longer is collected, and the timer
// ends when it fires next. There is nothing to close.
package refresh

import (
	"context"
	"fmt"
	"time"
)

// A Fetched is a value as its issuer gave it.
type Fetched[T any] struct {
	Value   T
	Expires time.Time // the end, by the issuer's clock
	Date    time.Time // the issuer's clock when it answered, in whole seconds; zero if it didn't say
	Sent    time.Time // this machine's clocks when the question was sent; zero: when the fetch began
}

// A Source is where an Engine gets its values from. Only Fetch is required.
type Source[T any] struct {
	// Fetch makes one attempt. It is never called twice at the same time and
	// must return when its context ends.
	Fetch func(ctx context.Context) (Fetched[T], error)

	// Ready, if set, waits for what Fetch needs: another Engine's value, say. It is
	// called before each Fetch; its error is that of the attempt. Its context has all
	// the time that is left of the exchange, not an attempt's alone; and for the first
	// attempt no end, since an exchange that it waits for then began no later, ends as
	// soon, and says why.
	Ready func(ctx context.Context) error

	// Classify says what an error of Fetch asks for. Default: Transient, always.
	Classify func(err error) Class

	// Changed reports whether the next Fetch would ask with something else than
	// the last one did: after a rotation, say. It is called between fetches
	// and must be quick. Default: never.
	Changed func() bool

	// Early asks for a refresh at least so long before the end. It moves
	// refreshes forward only: the value is still served until its end.
	Early time.Duration

	// Report, if set, is called after each exchange: one at a time, in order,
	// from a goroutine that no reader waits for.
	Report func(Event)
}

// A Class is what an error asks for.
type Class int

const (
	Transient Class = iota // may pass by itself: try again soon
	Throttled              // too many requests: try again later
	Permanent              // passes only when somebody repairs something: don't repeat the question
	Outdated               // what was sent is too old: try again as soon as it changes
)

// An Unfinished is the error of a reader whose context ended before the exchange did.
type Unfinished struct {
	Cause error // why the context ended
	Tried error // of the exchange's last attempt; nil where none had failed yet
}

// Error returns both on one line.
func (u *Unfinished) Error() string {
	if u.Tried == nil {
		return fmt.Sprintf("waiting for an exchange: %v", u.Cause)
	}
	return fmt.Sprintf("waiting for an exchange: %v; its last attempt: %v", u.Cause, u.Tried)
}

// Unwrap returns what there is of both.
func (u *Unfinished) Unwrap() []error {
	if u.Tried == nil {
		return []error{u.Cause}
	}
	return []error{u.Tried, u.Cause}
}

// An Event says how one exchange went: up to four attempts at a new value.
type Event struct {
	Started  time.Time
	Took     time.Duration
	Attempts int
	Expires  time.Time     // end of the new value, zero if there is none
	Err      error         // of the last attempt
	Failures int           // exchanges that failed in a row, this one included
	Next     time.Time     // when the engine acts next of its own accord, zero: when it's asked
	Held     time.Duration // how long readers without a value get Err at once
}

// A Status is the state of an Engine.
type Status struct {
	Expires   time.Time // end of the value, by the issuer's clock; zero before the first
	Refreshed time.Time // when it came
	Next      time.Time // when the engine acts next of its own accord, zero when idle
	Failures  int       // exchanges failed in a row
	Err       error     // of the last exchange
}
