package stsclient

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// answerDate is the date of the answers below, by their server's clock.
var answerDate = time.Date(2026, time.November, 25, 4, 0, 0, 0, time.UTC)

func TestHowLongAnAnswerAsksToBeLeftAlone(t *testing.T) {
	for name, c := range map[string]struct {
		after, amz string
		want       time.Duration
	}{
		"nothing said":                       {"", "", 0},
		"seconds":                            {"7", "", 7 * time.Second},
		"milliseconds of AWS's":              {"", "1500", 1500 * time.Millisecond},
		"the longer one of both":             {"2", "1500", 2 * time.Second},
		"the longer one of both, reversed":   {"1", "1500", 1500 * time.Millisecond},
		"a date, from the answer's own":      {"Wed, 25 Nov 2026 04:00:30 GMT", "", 30 * time.Second},
		"a date that has passed":             {"Wed, 25 Nov 2026 03:00:00 GMT", "", 0},
		"a date in the year 9999":            {"Fri, 31 Dec 9999 23:59:59 GMT", "", maxRetryAfter},
		"a date in the year 1":               {"Mon, 01 Jan 0001 00:00:00 GMT", "", 0},
		"zero":                               {"0", "0", 0},
		"a negative number":                  {"-5", "-5", 0},
		"a fraction":                         {"1.5", "1.5", 0},
		"no number":                          {"soon", "later", 0},
		"a day":                              {"86400", "", maxRetryAfter},
		"a number that overflows a Duration": {"9223372036854775807", "9223372036854775807", maxRetryAfter},
		"a number of 40 digits":              {"", "1234567890123456789012345678901234567890", maxRetryAfter},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			h.Set("Retry-After", c.after)
			h.Set("x-amz-retry-after", c.amz)
			assert.Equal(t, c.want, retryAfter(h, answerDate))
		})
	}
	t.Run("a date counts from this machine's clock where the answer has none", func(t *testing.T) {
		h := http.Header{}
		h.Set("Retry-After", time.Now().Add(time.Minute).UTC().Format(http.TimeFormat))
		assert.InDelta(t, time.Minute, retryAfter(h, time.Time{}), float64(5*time.Second))
	})
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("7", "1500", int64(0))
	f.Add("Wed, 25 Nov 2026 04:00:30 GMT", "", answerDate.Unix())
	f.Add("Fri, 31 Dec 9999 23:59:59 GMT", "18446744073709551616", int64(-62135596800))
	f.Add("\x00", "+1", int64(1<<62))
	f.Fuzz(func(t *testing.T, after, amz string, date int64) {
		h := http.Header{"Retry-After": {after}, "X-Amz-Retry-After": {amz}}
		got := retryAfter(h, time.Unix(date, 0))
		assert.GreaterOrEqual(t, got, time.Duration(0))
		assert.LessOrEqual(t, got, maxRetryAfter)
	})
}
