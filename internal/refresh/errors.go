package refresh

import (
	"errors"
	"fmt"
	"time"
)

// ErrEnded is the error of an exchange whose value had expired when it arrived: the issuer's
// clock is wrong, a cache on the way answered, or the answer took longer than the value's life.
var ErrEnded = errors.New("ended before it came")

// ErrTooShort is the error of [Engine.GetFor] where no value lasts as long as asked.
var ErrTooShort = errors.New("lasts for less than asked")

// An Unfinished is the error of a waiter whose context ended before the exchange did. It does not
// say that the exchange failed: that goes on for other readers.
type Unfinished struct {
	Cause error // why the context ended
	Tried error // the last failed attempt of the exchange, else the exchange before it; nil if none failed
}

// Error returns both errors on one line.
func (u *Unfinished) Error() string {
	if u.Tried == nil {
		return fmt.Sprintf("waiting for an exchange: %v", u.Cause)
	}
	return fmt.Sprintf("waiting for an exchange: %v; its last attempt: %v", u.Cause, u.Tried)
}

// Unwrap returns the errors that are set.
func (u *Unfinished) Unwrap() []error {
	if u.Tried == nil {
		return []error{u.Cause}
	}
	return []error{u.Tried, u.Cause}
}

// endedError says when a value ended and with which clock that was compared.
func endedError[T any](got Fetched[T]) error {
	clock, whose := got.Date, "the issuer's clock"
	if clock.IsZero() {
		clock, whose = got.Sent, "this machine's clock, the response having no Date"
	}
	return fmt.Errorf("%w: it expired at %s, and the time was %s by %s",
		ErrEnded, got.Expires.UTC().Format(time.RFC3339), clock.UTC().Format(time.RFC3339), whose)
}

func tooShort(left, least time.Duration) error {
	return fmt.Errorf("%w: %v of %v", ErrTooShort, left.Truncate(time.Second), least)
}
