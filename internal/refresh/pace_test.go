package refresh

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

const almostOne = 1 - 1e-9

func TestRefreshAge(t *testing.T) {
	for name, c := range map[string]struct {
		life, early time.Duration
		from, to    time.Duration
	}{
		"an hour":                 {time.Hour, 0, 2412 * time.Second, 48 * time.Minute},
		"15 minutes":              {15 * time.Minute, 0, 603 * time.Second, 12 * time.Minute},
		"20 seconds":              {20 * time.Second, 0, 13400 * time.Millisecond, 16 * time.Second},
		"an hour, a minute early": {time.Hour, time.Minute, 2412 * time.Second, 48 * time.Minute},
		"an hour, half an hour early": {time.Hour, 30 * time.Minute, 1507500 * time.Millisecond,
			30 * time.Minute},
		"an hour, two hours early":              {time.Hour, 2 * time.Hour, 301500 * time.Millisecond, 6 * time.Minute},
		"an hour, early by a negative duration": {time.Hour, -time.Minute, 2412 * time.Second, 48 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			const exact = float64(time.Millisecond)
			assert.InDelta(t, c.from, refreshAge(c.life, c.early, 0), exact)
			assert.InDelta(t, c.to, refreshAge(c.life, c.early, almostOne), exact)
		})
	}
}

func TestRetryDelay(t *testing.T) {
	for name, c := range map[string]struct {
		class Class
		n     int
		left  time.Duration
		want  time.Duration // the longest: half of it is the shortest
	}{
		"the first failure":                       {Transient, 1, time.Hour, 2 * time.Second},
		"the second":                              {Transient, 2, time.Hour, 4 * time.Second},
		"the sixth":                               {Transient, 6, time.Hour, time.Minute},
		"the thousandth":                          {Transient, 1000, time.Hour, time.Minute},
		"the thousandth, two minutes left":        {Transient, 1000, 2 * time.Minute, 24 * time.Second},
		"the first throttled one":                 {Throttled, 1, time.Hour, 5 * time.Second},
		"throttled for long":                      {Throttled, 9, time.Hour, 2 * time.Minute},
		"throttled for long, two minutes left":    {Throttled, 9, 2 * time.Minute, 24 * time.Second},
		"a permanent fault":                       {Permanent, 1, time.Hour, 5 * time.Minute},
		"a permanent fault, ten minutes left":     {Permanent, 7, 10 * time.Minute, 2 * time.Minute},
		"an outdated token":                       {Outdated, 3, time.Hour, 8 * time.Second},
		"the first failure with ten seconds left": {Transient, 1, 10 * time.Second, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			assert.InDelta(t, c.want, retryDelay(c.class, c.n, c.left, almostOne), float64(time.Microsecond))
			assert.InDelta(t, max(time.Second, c.want/2), retryDelay(c.class, c.n, c.left, 0),
				float64(time.Microsecond))
		})
	}
	t.Run("never less than a second", func(t *testing.T) {
		assert.Equal(t, time.Second, retryDelay(Transient, 1, time.Second, 0))
		assert.Equal(t, time.Second, recheckDelay(time.Second))
		assert.Equal(t, 24*time.Second, recheckDelay(2*time.Minute))
	})
}

func TestNegativeTTL(t *testing.T) {
	var got []time.Duration
	for n := 1; n <= 7; n++ {
		got = append(got, negativeTTL(n)/time.Second)
	}
	assert.Equal(t, []time.Duration{1, 2, 4, 8, 16, 30, 30}, got)
}

func TestAttemptBackoff(t *testing.T) {
	for name, c := range map[string]struct {
		class    Class
		n        int
		from, to time.Duration
	}{
		"after the first attempt":               {Transient, 1, 0, 200 * time.Millisecond},
		"after the third":                       {Transient, 3, 0, 800 * time.Millisecond},
		"after the first, when throttled":       {Throttled, 1, 500 * time.Millisecond, time.Second},
		"after the third, when throttled":       {Throttled, 3, 2 * time.Second, 4 * time.Second},
		"after very many, should there be such": {Transient, 50, 0, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			assert.InDelta(t, c.from, attemptBackoff(c.class, c.n, 0), float64(time.Microsecond))
			assert.InDelta(t, c.to, attemptBackoff(c.class, c.n, almostOne), float64(time.Microsecond))
		})
	}
}

func TestExpiryGuard(t *testing.T) {
	assert.Equal(t, 10*time.Second, expiryGuard(time.Hour))
	assert.Equal(t, 2*time.Second, expiryGuard(20*time.Second))
}
