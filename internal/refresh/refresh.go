// Package refresh keeps a value that expires and fetches the next one before the current one
// ends. It knows time and errors, and nothing of the values: package irsa keeps AWS credentials
// with it.
//
// The problem: a session of STS ends after an hour or so. A cache that fetches the next one when
// the old one has expired, as the AWS SDK for Go v2 does, makes every caller wait at that moment,
// and fails all of them if STS is down for that minute.
//
//	engine := refresh.New(refresh.Source[aws.Credentials]{Fetch: askSTS})
//	credentials, err := engine.Get(ctx)
//
// The guarantee: while the value is in use, a timer fetches its successor at a random point
// between 67 and 80 per cent of its life, and readers get the current value at once: one atomic
// load and one or two clock readings, no lock. They wait only where no usable value exists: for
// the first one, after a time without use, and when all exchanges failed until the value ended.
// No reader gets a value past its end, also where this machine's clock is wrong.
//
// The words used here: an attempt is one call of [Source.Fetch]. An exchange is up to four
// attempts, shared by all who wait for it, the waiters; at most one is in flight. A value is
// usable until shortly before its end.
//
// An Engine holds a goroutine only while an exchange is in flight. Its timer refers to it weakly:
// an Engine that nobody holds any longer is collected, and the timer ends when it next fires.
// There is nothing to close.
package refresh

import (
	"context"
	"time"
)

// A Fetched is a value as its issuer gave it.
type Fetched[T any] struct {
	Value   T
	Expires time.Time // the end, by the issuer's clock
	Date    time.Time // the issuer's clock when it answered, in whole seconds; zero if not known
	Sent    time.Time // this machine's clocks when the request was sent; zero: when Fetch began
	From    string    // which of several issuers gave it, for Status and Event; may be empty
}

// A Source is where an Engine gets its values from. Only Fetch is required.
type Source[T any] struct {
	// Fetch makes one attempt. It is never called twice at the same time and must return when
	// its context ends.
	Fetch func(ctx context.Context) (Fetched[T], error)

	// Begin, if set, is called before the first Fetch of each exchange. It must be quick.
	Begin func()

	// Ready, if set, waits for what Fetch needs, such as another Engine's value. It is called
	// before each Fetch, and its error counts as the attempt's. Its context has all the time
	// that is left of the exchange, not only an attempt's. For the first attempt the context
	// has no deadline: another Engine's exchange that Ready waits for began no later than this
	// one, so it ends in time, and its own error says more than a deadline's.
	Ready func(ctx context.Context) error

	// Classify says how to go on after an error of Fetch. Default: always Transient.
	Classify func(err error) Class

	// RetryAfter says how long an error of Fetch asks for a pause, because its issuer named one. It
	// lengthens pauses and backoffs up to their own limits. Default: not at all.
	RetryAfter func(err error) time.Duration

	// Changed reports whether the next Fetch would send something else than the last one did,
	// for example because the kubelet has rotated the token. It is called between fetches and
	// must be quick. Default: never.
	Changed func() bool

	// Early moves the refresh forward, to at least this long before the end, but never later
	// than the default. The value is still served until its end. Zero and negative: no effect.
	Early time.Duration

	// Repeats says that the issuer gives the same value again until shortly before its end, as the
	// EKS Pod Identity agent does: then another exchange is made where otherwise a change of what
	// is sent would be waited for.
	Repeats bool

	// Attempt bounds one attempt. Default: 7 seconds.
	Attempt time.Duration

	// Hold bounds for how long a failed exchange answers readers. Default: 30 seconds; an issuer on
	// the same machine may be asked more often.
	Hold time.Duration

	// Report, if set, is called after each exchange: one call at a time, in order, from a
	// goroutine that no reader waits for.
	Report func(Event)
}

// A Class says how to go on after an error.
type Class int

// The classes decide about further attempts of the same exchange, and how long to back off until
// the next exchange.
const (
	Transient Class = iota // may pass by itself: retry soon
	Throttled              // too many requests: retry after a longer backoff
	Permanent              // needs a repair by somebody: no further attempt in this exchange
	Outdated               // what was sent is too old: retry at once if it has changed, else not
	Unready                // nobody is there to answer: a first exchange retries until its time is over
	Absent                 // not even the name is there: the same, for five seconds

	// Elsewhere: the next Fetch asks another issuer, which this exchange has not asked since it
	// last asked the first one. It does so at once, and none of the limits for repeats counts. A
	// Source with n issuers says so at most n-1 times in a row.
	Elsewhere
)
