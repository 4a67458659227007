package refresh_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStatus(t *testing.T) {
	bubble(t, func(t *testing.T) {
		i := &issuer{life: time.Hour, took: time.Second, err: errDenied}
		e := refresh.New(i.source())
		assert.Zero(t, e.Status())
		_, err := e.Get(t.Context())
		require.ErrorIs(t, err, errDenied)
		assert.Equal(t, refresh.Status{Failures: 1, Err: errDenied}, e.Status())

		i.answer(nil)
		time.Sleep(2 * time.Second)
		_, err = e.Get(t.Context())
		require.NoError(t, err)
		st := e.Status()
		assert.Zero(t, st.Failures)
		assert.NoError(t, st.Err)
		assert.Equal(t, time.Now(), st.Refreshed)
		assert.WithinDuration(t, time.Now().Add(time.Hour), st.Expires, time.Second)
		next := time.Until(st.Next)
		assert.Greater(t, next, 40*time.Minute)
		assert.Less(t, next, 48*time.Minute)
	})
}

func TestReport(t *testing.T) {
	t.Run("events come in order, and readers don't wait for a slow receiver", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Minute, took: time.Second}
			src := i.source()
			src.Report = func(ev refresh.Event) {
				time.Sleep(2 * time.Minute)
				i.report(ev)
			}
			e := refresh.New(src)
			start := time.Now()
			for time.Since(start) < 5*time.Minute {
				before := time.Now()
				_, err := e.Get(t.Context())
				require.NoError(t, err)
				require.LessOrEqual(t, time.Since(before), time.Second)
				time.Sleep(time.Second)
			}
			time.Sleep(time.Hour)
			i.mu.Lock()
			defer i.mu.Unlock()
			require.Len(t, i.events, len(i.asked))
			for n, ev := range i.events {
				assert.Equal(t, i.asked[n], ev.Started)
				assert.Equal(t, time.Second, ev.Took)
				assert.Equal(t, 1, ev.Attempts)
				assert.NotZero(t, ev.Expires)
			}
		})
	})
	t.Run("a failure says how many there were and what comes next", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{err: errDenied}
			e := refresh.New(i.source())
			_, err := e.Get(t.Context())
			require.Error(t, err)
			time.Sleep(time.Second)
			_, err = e.Get(t.Context())
			require.Error(t, err)
			synctest.Wait()
			require.Len(t, i.events, 2)
			ev := i.events[1]
			assert.ErrorIs(t, ev.Err, errDenied)
			assert.Equal(t, 2, ev.Failures)
			assert.Equal(t, 2*time.Second, ev.Held)
			assert.Zero(t, ev.Next)
			assert.Zero(t, ev.Expires)
		})
	})
}
