package stsclient

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// maxRetryAfter is the longest pause that is taken from an answer, more than anybody keeps: who
// retries has limits of their own.
const maxRetryAfter = 10 * time.Minute

// retryAfter returns how long an answer asks to be left alone, 0 to maxRetryAfter: by Retry-After
// (RFC 9110, 10.2.3: seconds, or a date) or by x-amz-retry-after, which AWS's services send in
// milliseconds. Where both are there the longer one counts. What is neither asks for nothing.
//
// A date counts from the answer's own, since this machine's clock may be wrong.
func retryAfter(h http.Header, date time.Time) time.Duration {
	asked := max(
		pauseOf(h.Get("Retry-After"), time.Second),
		pauseOf(h.Get("X-Amz-Retry-After"), time.Millisecond),
	)
	if until, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		if date.IsZero() {
			date = time.Now()
		}
		asked = max(asked, min(until.Sub(date), maxRetryAfter))
	}
	return asked
}

// pauseOf reads a number of units, at most maxRetryAfter; what is none is 0.
func pauseOf(number string, unit time.Duration) time.Duration {
	n, err := strconv.ParseUint(number, 10, 64)
	most := uint64(maxRetryAfter / unit)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && n > most:
		return maxRetryAfter
	case err != nil:
		return 0
	}
	return time.Duration(n) * unit
}
