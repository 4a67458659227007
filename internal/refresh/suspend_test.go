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

// A night's sleep shows on the wall clock alone: readers who come one right after the
// other must not take the monotonic clock's word for what the first one found out.
func TestNobodyGetsAValueThatEndedWhileTheMachineSlept(t *testing.T) {
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
		s := *e.value.Load()
		s.sent.wall -= int64(8 * time.Hour)
		e.value.Store(&s)
		for range 10 {
			_, err := e.Get(t.Context())
			assert.ErrorIs(t, err, errDown)
		}
		time.Sleep(2 * time.Hour)
	})
}
