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

func TestGate(t *testing.T) {
	t.Run("a refused burst halves the number at once, once", func(t *testing.T) {
		g := newGate(64)
		for range 64 {
			require.NoError(t, g.enter(t.Context()))
		}
		turn := g.turn()
		for range 64 {
			g.slowDown(turn)
		}
		assert.Equal(t, 32, g.limit)
		g.slowDown(g.turn())
		assert.Equal(t, 16, g.limit)
		for range 64 {
			g.leave(false)
		}
		assert.Zero(t, g.busy)
	})
	t.Run("it never falls below one, and grows again to where it started and no further", func(t *testing.T) {
		g := newGate(4)
		for range 10 {
			g.slowDown(g.turn())
		}
		assert.Equal(t, 1, g.limit)
		for range 1 + 2 + 3 + 10 {
			require.NoError(t, g.enter(t.Context()))
			g.leave(true)
		}
		assert.Equal(t, 4, g.limit)
	})
	t.Run("no more than the limit are in at once, and who gives up waiting takes no place", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(3)
			var in, most atomic.Int32
			var wg sync.WaitGroup
			for i := range 50 {
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Second/4)
					defer cancel()
					if g.enter(ctx) != nil {
						return
					}
					defer g.leave(true)
					if n := in.Add(1); n > most.Load() {
						most.Store(n)
					}
					time.Sleep(time.Second)
					in.Add(-1)
				})
			}
			wg.Wait()
			assert.EqualValues(t, 3, most.Load())
			assert.Zero(t, g.busy)
			assert.Empty(t, g.waiting)
		})
	})
	t.Run("who is let in and gives up at the same moment takes no place", func(t *testing.T) {
		for range 100 {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(1)
				require.NoError(t, g.enter(t.Context()))
				ctx, cancel := context.WithCancel(t.Context())
				entered := make(chan error)
				go func() { entered <- g.enter(ctx) }()
				synctest.Wait()
				cancel()
				g.leave(true)
				if <-entered == nil {
					g.leave(true)
				}
				assert.Zero(t, g.busy)
			})
		}
	})
	t.Run("the nil gate lets everything through, but not after the context's end", func(t *testing.T) {
		var g *gate
		require.NoError(t, g.enter(t.Context()))
		g.slowDown(g.turn())
		g.leave(true)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, g.enter(ctx), context.Canceled)
	})
}
