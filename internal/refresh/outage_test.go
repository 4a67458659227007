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

// outage plays one: an issuer that is down for so long, from an age of the first
// value on, under a reader who comes every second. It reports whether no reader
// failed or waited until well after.
func outage(t *testing.T, life, from, lasts time.Duration, how func(*issuer, bool)) bool {
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

func failing(err error) func(*issuer, bool) {
	return func(i *issuer, down bool) {
		if down {
			i.answer(err)
		} else {
			i.answer(nil)
		}
	}
}

func hanging(i *issuer, down bool) { i.hang(down) }

var outages = map[string]func() func(*issuer, bool){
	"errors":    func() func(*issuer, bool) { return failing(errDown) },
	"throttles": func() func(*issuer, bool) { return failing(errThrottled) },
	"hangs":     func() func(*issuer, bool) { return hanging },
}

func TestTenMinutesOutage(t *testing.T) {
	for name, how := range outages {
		t.Run("an issuer that "+name+" for ten minutes of an hour, from any minute on, is not noticed", func(t *testing.T) {
			for minute := range 60 {
				assert.True(t, outage(t, time.Hour, time.Duration(minute)*time.Minute, 10*time.Minute, how()), "from minute %d on", minute)
			}
		})
	}
}

// The worst moment for an outage is just before the refresh. A refresh is at a
// random age: several are tried, the latest counts.
func TestLongestOutage(t *testing.T) {
	for _, life := range []time.Duration{20 * time.Second, 5 * time.Minute, 15 * time.Minute, time.Hour, 12 * time.Hour} {
		for name, how := range outages {
			t.Run(fmt.Sprintf("a session of %v whose issuer %s", life, name), func(t *testing.T) {
				longest := 1.0
				for range 12 {
					longest = min(longest, longestOutage(t, life, how))
				}
				t.Logf("the longest outage survived at its worst moment is %.3f of the life, %v", longest,
					time.Duration(longest*float64(life)).Truncate(time.Second))
				if life >= 15*time.Minute {
					assert.GreaterOrEqual(t, longest, 0.16)
				}
			})
		}
	}
}

// longestOutage starts an outage right before the refresh of one value, whenever
// that is, and returns the part of the life for which it may last with no reader
// noticing: from the start of the outage to the last try that would still be in time.
func longestOutage(t *testing.T, life time.Duration, how func() func(*issuer, bool)) (part float64) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		i := &issuer{life: life, took: 100 * time.Millisecond}
		e := refresh.New(i.source())
		_, err := e.Get(t.Context())
		require.NoError(t, err)
		time.Sleep(time.Until(e.Status().Next) - time.Millisecond)
		began := time.Now()
		how()(i, true)
		asked := i.calls()
		var end time.Time // when the first reader notices
		for {
			end = time.Now()
			if _, err := e.Get(t.Context()); err != nil || time.Since(end) > 0 {
				break
			}
			time.Sleep(min(time.Second, life/100))
		}
		// Had the issuer been up again for the last question asked in time, all
		// had been well: the outage may last until just before that.
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
	t.Run("with one: a try every five minutes at most, and readers served until the end", func(t *testing.T) {
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
