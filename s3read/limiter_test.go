package s3read

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLimiter(t *testing.T) {
	t.Run("a refused burst halves the number at once, once", func(t *testing.T) {
		l := newLimiter(64)
		for range 64 {
			require.NoError(t, l.acquire(t.Context()))
		}
		epoch := l.epoch()
		for range 64 {
			l.slowDown(epoch)
		}
		assert.Equal(t, 32, l.limit)
		l.slowDown(l.epoch())
		assert.Equal(t, 16, l.limit)
		for range 64 {
			l.release(false)
		}
		assert.Zero(t, l.inFlight)
	})
	t.Run("it never falls below one, and grows again to where it started and no further", func(t *testing.T) {
		l := newLimiter(4)
		for range 10 {
			l.slowDown(l.epoch())
		}
		assert.Equal(t, 1, l.limit)
		for range 1 + 2 + 3 + 10 {
			require.NoError(t, l.acquire(t.Context()))
			l.release(true)
		}
		assert.Equal(t, 4, l.limit)
	})
	t.Run("the limit holds, and a wait that ends with its context takes no place", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(3)
			var in, most atomic.Int32
			var wg sync.WaitGroup
			for i := range 50 {
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Second/4)
					defer cancel()
					if l.acquire(ctx) != nil {
						return
					}
					defer l.release(true)
					if n := in.Add(1); n > most.Load() {
						most.Store(n)
					}
					time.Sleep(time.Second)
					in.Add(-1)
				})
			}
			wg.Wait()
			assert.EqualValues(t, 3, most.Load())
			assert.Zero(t, l.inFlight)
			assert.Empty(t, l.waiting)
		})
	})
	t.Run("being admitted while the context ends takes no place", func(t *testing.T) {
		for range 100 {
			synctest.Test(t, func(t *testing.T) {
				l := newLimiter(1)
				require.NoError(t, l.acquire(t.Context()))
				ctx, cancel := context.WithCancel(t.Context())
				entered := make(chan error)
				go func() { entered <- l.acquire(ctx) }()
				synctest.Wait()
				cancel()
				l.release(true)
				if <-entered == nil {
					l.release(true)
				}
				assert.Zero(t, l.inFlight)
			})
		}
	})
	t.Run("the nil limiter admits everything, but not after the context's end", func(t *testing.T) {
		var l *limiter
		require.NoError(t, l.acquire(t.Context()))
		l.slowDown(l.epoch())
		l.release(true)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, l.acquire(ctx), context.Canceled)
	})
}
