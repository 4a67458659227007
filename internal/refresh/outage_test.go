package refresh_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An outage makes an issuer fail in some way, or work again.
type outage func(i *issuer, down bool)

// survives reports whether no reader fails or waits, one a second, while the issuer is down for
// the time lasts, beginning when the first value has the age from.
func survives(t *testing.T, life, from, lasts time.Duration, how outage) bool {
	t.Helper()
	ok := true
	bubble(t, func(t *testing.T) {
		i := &issuer{life: life, took: 100 * time.Millisecond}
		e := refresh.New(i.source())
		_, err := e.Get(t.Context())
		require.NoError(t, err)
		time.AfterFunc(from, func() { how(i, true) })
		time.AfterFunc(from+lasts, func() { how(i, false) })
		step := max(time.Second/2, life/3600)
		for start := time.Now(); time.Since(start) < from+lasts+life/2; time.Sleep(step) {
			before := time.Now()
			if _, err := e.Get(t.Context()); err != nil || time.Since(before) > 0 {
				ok = false
				break
			}
		}
		how(i, false)
	})
	return ok
}

// failing is an outage in which every request fails at once.
func failing(err error) outage {
	return func(i *issuer, down bool) {
		if down {
			i.answer(err)
		} else {
			i.answer(nil)
		}
	}
}

// hanging is an outage in which no request is answered.
func hanging(i *issuer, down bool) { i.hang(down) }

// outages by what the issuer does.
var outages = map[string]outage{
	"errors":    failing(errDown),
	"throttles": failing(errThrottled),
	"hangs":     hanging,
}

func TestTenMinutesOutage(t *testing.T) {
	for name, how := range outages {
		t.Run("an issuer that "+name+" for ten minutes of an hour, from any minute on, is not noticed",
			func(t *testing.T) {
				for minute := range 60 {
					from := time.Duration(minute) * time.Minute
					assert.True(t, survives(t, time.Hour, from, 10*time.Minute, how), "from minute %d on", minute)
				}
			})
	}
}

// The worst moment for an outage is just before the refresh. That is at a random age of the value,
// so several are tried, and the shortest outage counts.
func TestLongestOutage(t *testing.T) {
	for _, life := range []time.Duration{20 * time.Second, 5 * time.Minute, 15 * time.Minute, time.Hour,
		12 * time.Hour} {
		for name, how := range outages {
			t.Run(fmt.Sprintf("a session of %v whose issuer %s", life, name), func(t *testing.T) {
				longest := 1.0
				for range 12 {
					longest = min(longest, longestOutage(t, life, how))
				}
				t.Logf("the longest outage survived at the worst moment is %.3f of the life, %v", longest,
					time.Duration(longest*float64(life)).Truncate(time.Second))
				if life >= 15*time.Minute {
					assert.GreaterOrEqual(t, longest, 0.16)
				}
			})
		}
	}
}

// longestOutage starts an outage right before the refresh of one value, whenever that is, and
// returns for which part of the life it may last without a reader noticing: from its start to the
// last request whose answer would still have come in time.
func longestOutage(t *testing.T, life time.Duration, how outage) (part float64) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		i := &issuer{life: life, took: 100 * time.Millisecond}
		e := refresh.New(i.source())
		_, err := e.Get(t.Context())
		require.NoError(t, err)
		time.Sleep(time.Until(e.Status().Next) - time.Millisecond)
		began := time.Now()
		how(i, true)
		asked := i.calls()
		var end time.Time // when the first reader notices
		for {
			end = time.Now()
			if _, err := e.Get(t.Context()); err != nil || time.Since(end) > 0 {
				break
			}
			time.Sleep(min(time.Second, life/100))
		}
		// Had the issuer been up again by the last request in time, no reader would have
		// noticed: the outage may last until just before that.
		last := time.Duration(0)
		for _, at := range i.times(began)[asked:] {
			if at+i.took < end.Sub(began) {
				last = max(last, at)
			}
		}
		part = float64(last) / float64(life)
	})
	return part
}

func TestHangFromTheStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		i := &issuer{hung: true}
		e := refresh.New(i.source())
		start := time.Now()
		_, err := e.Get(t.Context())
		require.Error(t, err)
		t.Logf("an error after %v and %d attempts", time.Since(start), i.calls())
		assert.LessOrEqual(t, time.Since(start), 20*time.Second)
		assert.Equal(t, 3, i.calls())
	})
}

func TestThrottled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		i := &issuer{took: 50 * time.Millisecond, err: errThrottled}
		e := refresh.New(i.source())
		for range 1000 {
			go func() { _, _ = e.Get(t.Context()) }()
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		st := e.Status()
		t.Logf("1000 reads, ten a second, made %d exchanges and %d requests", st.Failures, i.calls())
		assert.LessOrEqual(t, st.Failures, 9, "one at each step: after 1, 2, 4, 8, 16, 30 and 30 seconds")
		assert.LessOrEqual(t, i.calls(), 60)
	})
}

func TestPermanent(t *testing.T) {
	t.Run("without a value: one attempt, and the error at once", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{took: 50 * time.Millisecond, err: errDenied}
			e := refresh.New(i.source())
			start := time.Now()
			_, err := e.Get(t.Context())
			require.ErrorIs(t, err, errDenied)
			assert.Equal(t, i.took, time.Since(start))
			assert.Equal(t, 1, i.calls())
		})
	})
	t.Run("with one: a retry every five minutes at most, and readers served until the end", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: 12 * time.Hour}
			e := refresh.New(i.source())
			_, err := e.Get(t.Context())
			require.NoError(t, err)
			end := e.Status().Expires.Add(-11 * time.Second)
			i.answer(errDenied)
			for time.Now().Before(end) {
				_, err := e.Get(t.Context())
				require.NoError(t, err)
				time.Sleep(time.Second)
			}
			assert.Less(t, i.calls(), 4*60/3+60)
			assert.ErrorIs(t, e.Status().Err, errDenied)
		})
	})
}

func TestOutdated(t *testing.T) {
	t.Run("what changed in the meantime is sent at once", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour, err: errOld}
			src := i.source()
			src.Changed = func() bool {
				i.answer(nil)
				return true
			}
			e := refresh.New(src)
			start := time.Now()
			v, err := e.Get(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 2, v)
			assert.Zero(t, time.Since(start))
		})
	})
	t.Run("what didn't is not sent again in the same exchange", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour, err: errOld}
			e := refresh.New(i.source())
			_, err := e.Get(t.Context())
			require.ErrorIs(t, err, errOld)
			assert.Equal(t, 1, i.calls())
		})
	})
}
