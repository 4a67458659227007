package refresh_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

func TestSomebodyElsesFunctionCantTakeTheEngineAlong(t *testing.T) {
	cause := errors.New("index out of range")
	for name, c := range map[string]struct {
		misbehave func(context.Context)
		is        error
	}{
		"it panics":                      {func(context.Context) { panic("boom") }, nil},
		"it panics with an error":        {func(context.Context) { panic(cause) }, cause},
		"it ends its goroutine":          {func(context.Context) { runtime.Goexit() }, refresh.ErrExited},
		"it returns long after its time": {func(context.Context) { time.Sleep(time.Hour) }, refresh.ErrStuck},
		"it returns when its time is over": {func(ctx context.Context) { <-ctx.Done(); panic(ctx.Err()) },
			context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				i := &issuer{life: time.Hour}
				source := i.source()
				var bad, running, most atomic.Int32
				bad.Store(1)
				source.Fetch = func(ctx context.Context) (refresh.Fetched[int], error) {
					most.Store(max(most.Load(), running.Add(1)))
					defer running.Add(-1)
					if bad.Load() == 1 {
						c.misbehave(ctx)
					}
					return i.fetch(ctx)
				}
				e := refresh.New(source)
				began := time.Now()
				_, err := e.Get(t.Context())
				require.Error(t, err)
				if c.is != nil {
					require.ErrorIs(t, err, c.is)
				} else {
					var p *refresh.PanicError
					require.ErrorAs(t, err, &p)
					assert.Equal(t, "boom", p.Value)
				}
				assert.LessOrEqual(t, time.Since(began), 21*time.Second)
				bad.Store(0)
				time.Sleep(2 * time.Hour)
				_, err = e.Get(t.Context())
				require.NoError(t, err, "and is well again with it")
				assert.EqualValues(t, 1, most.Load(), "never called twice at the same time")
			})
		})
	}
}

func TestAReceiverOfEventsThatIsStuckHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{life: time.Hour}
		source, release := i.source(), make(chan struct{})
		source.Report = func(refresh.Event) { <-release }
		e := refresh.New(source)
		for range 5 {
			_, err := e.Get(t.Context())
			require.NoError(t, err)
			time.Sleep(55 * time.Minute)
		}
		close(release)
		time.Sleep(72 * time.Hour)
	})
}

func TestAValueThatIsRejectedIsReplaced(t *testing.T) {
	bubble(t, func(t *testing.T) {
		i := &issuer{life: time.Hour}
		e := refresh.New(i.source())
		is := func(n int) func(int) bool { return func(v int) bool { return v == n } }
		assert.False(t, e.Invalidate(is(0)), "there is none yet")
		v, err := e.Get(t.Context())
		require.NoError(t, err)
		assert.False(t, e.Invalidate(is(v+1)), "another one is rejected")
		assert.True(t, e.Invalidate(is(v)))
		assert.False(t, e.Invalidate(is(v)), "once")
		assert.Equal(t, 1, i.calls(), "nobody has asked")
		next, err := e.Get(t.Context())
		require.NoError(t, err)
		assert.Equal(t, v+1, next)
		assert.False(t, e.Invalidate(is(v)), "the old one is gone")
		again, err := e.Get(t.Context())
		require.NoError(t, err)
		assert.Equal(t, next, again)
		time.Sleep(50 * time.Minute)
		assert.Equal(t, 3, i.calls(), "and the timer goes on")
	})
}
