package refresh

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A suspension shows on the wall clock alone: a reader who comes right after another must not rely
// on the monotonic clock where the other one found by the wall clock that the value has ended.
func TestNobodyGetsAValueThatEndedWhileTheMachineWasSuspended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errDown := errors.New("down")
		var down atomic.Bool
		e := New(Source[int]{Fetch: func(context.Context) (Fetched[int], error) {
			if down.Load() {
				return Fetched[int]{}, errDown
			}
			return Fetched[int]{Expires: time.Now().Add(time.Hour)}, nil
		}})
		_, err := e.Get(t.Context())
		require.NoError(t, err)
		time.Sleep(time.Minute)
		down.Store(true)
		s := *e.current.Load()
		s.sent.wall -= int64(8 * time.Hour)
		e.current.Store(&s)
		for range 10 {
			_, err := e.Get(t.Context())
			assert.ErrorIs(t, err, errDown)
		}
		time.Sleep(2 * time.Hour)
	})
}

// The timer's clock stands still during a suspension. The first reader after it sees that the time
// to refresh has come.
func TestNobodyWaitsForAValueThatWasToBeReplacedWhileTheMachineWasSuspended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		var down atomic.Bool
		e := New(Source[int]{Fetch: func(context.Context) (Fetched[int], error) {
			time.Sleep(time.Second)
			if n := int(asked.Add(1)); !down.Load() {
				return Fetched[int]{Value: n, Expires: time.Now().Add(time.Hour)}, nil
			}
			return Fetched[int]{}, errors.New("down")
		}, Classify: func(error) Class { return Permanent }})
		read := func(want int) {
			t.Helper()
			before := time.Now()
			got, err := e.Get(t.Context())
			require.NoError(t, err)
			assert.Equal(t, want, got)
			assert.Zero(t, time.Since(before), "a reader waited")
		}
		_, err := e.Get(t.Context())
		require.NoError(t, err)
		time.Sleep(time.Minute)
		s := *e.current.Load()
		s.sent.wall -= int64(50 * time.Minute)
		e.current.Store(&s)

		down.Store(true)
		for range 100 {
			read(1)
			time.Sleep(100 * time.Millisecond)
		}
		assert.Equal(t, int32(2), asked.Load(), "failures are followed by a backoff, as ever")
		down.Store(false)
		time.Sleep(3 * time.Minute)
		read(int(asked.Load()))
		require.NoError(t, e.Status().Err)
		for range 120 {
			time.Sleep(time.Minute)
			read(int(asked.Load()))
		}
		time.Sleep(3 * time.Hour)
	})
}
