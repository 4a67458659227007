package refresh_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGet(t *testing.T) {
	t.Run("the first readers share one exchange and its value", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour, took: time.Second}
			e := refresh.New(i.source())
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() {
					v, err := e.Get(t.Context())
					assert.NoError(t, err)
					assert.Equal(t, 1, v)
				})
			}
			wg.Wait()
			assert.Equal(t, 1, i.calls())
		})
	})

	t.Run("the value is replaced while it's used, and no reader waits", func(t *testing.T) {
		for _, life := range []time.Duration{20 * time.Second, 5 * time.Minute, 15 * time.Minute, time.Hour,
			12 * time.Hour} {
			t.Run(life.String(), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					i := &issuer{life: life, took: 800 * time.Millisecond}
					e := refresh.New(i.source())
					_, err := e.Get(t.Context())
					require.NoError(t, err)
					start := time.Now()
					for time.Since(start) < 10*life {
						time.Sleep(life / 50)
						before := time.Now()
						_, err := e.Get(t.Context())
						require.NoError(t, err)
						require.Zero(t, time.Since(before))
					}
					assert.GreaterOrEqual(t, i.calls(), 12)
					assert.LessOrEqual(t, i.calls(), 17)
				})
			})
		}
	})

	t.Run("one use in each life is enough", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour, took: 800 * time.Millisecond}
			e := refresh.New(i.source())
			_, err := e.Get(t.Context())
			require.NoError(t, err)
			for range 200 {
				time.Sleep(time.Hour - time.Second)
				before := time.Now()
				_, err := e.Get(t.Context())
				require.NoError(t, err)
				require.Zero(t, time.Since(before))
			}
		})
	})

	t.Run("without use the timer stops, and the next reader schedules it again", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour}
			e := refresh.New(i.source())
			_, err := e.Get(t.Context())
			require.NoError(t, err)
			time.Sleep(24 * time.Hour)
			assert.Equal(t, 2, i.calls(), "the value was used within the life before the first refresh, not "+
				"before the second")
			assert.Zero(t, e.Status().Next)
			v, err := e.Get(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 3, v)
			time.Sleep(50 * time.Minute)
			assert.Equal(t, 4, i.calls())
		})
	})

	t.Run("a reader who comes back before the end gets the value at once and has it replaced", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour, took: time.Second}
			e := refresh.New(i.source())
			_, err := e.Get(t.Context())
			require.NoError(t, err)
			for !e.Status().Next.IsZero() {
				time.Sleep(time.Second)
			}
			require.Equal(t, 2, i.calls())
			time.Sleep(time.Minute)
			v, err := e.Get(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 2, v)
			time.Sleep(2 * time.Second)
			v, err = e.Get(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 3, v)
		})
	})

	t.Run("a reader's context ends its own wait and nothing else", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour, took: 5 * time.Second}
			e := refresh.New(i.source())
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			_, err := e.Get(ctx)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, time.Second, time.Since(start))
			v, err := e.Get(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 1, v)
			assert.Equal(t, 5*time.Second, time.Since(start))
			assert.Equal(t, 1, i.calls())
		})
	})

	t.Run("a reader whose context ends between attempts gets the error of the last one", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{took: 3 * time.Second, err: errDown}
			e := refresh.New(i.source())
			for _, c := range []struct {
				wait  time.Duration
				tried error
			}{{2 * time.Second, nil}, {3 * time.Second, errDown}} {
				ctx, cancel := context.WithTimeout(t.Context(), c.wait)
				defer cancel()
				_, err := e.Get(ctx)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				var u *refresh.Unfinished
				require.ErrorAs(t, err, &u)
				require.Equal(t, c.tried, u.Tried)
				require.Equal(t, c.tried != nil, errors.Is(err, errDown))
			}
		})
	})

	t.Run("a context that has ended starts no exchange", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour}
			e := refresh.New(i.source())
			ctx, cancel := context.WithCancelCause(t.Context())
			cause := errors.New("shutting down")
			cancel(cause)
			_, err := e.Get(ctx)
			require.ErrorIs(t, err, cause)
			synctest.Wait()
			assert.Zero(t, i.calls())
		})
	})

	t.Run("nobody gets a value past its end, nor in the last seconds before", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour}
			e := refresh.New(i.source())
			_, err := e.Get(t.Context())
			require.NoError(t, err)
			end := e.Status().Expires
			i.answer(errDown)
			for time.Until(end) > 12*time.Second {
				_, err := e.Get(t.Context())
				require.NoError(t, err)
				time.Sleep(time.Second)
			}
			time.Sleep(2 * time.Second)
			_, err = e.Get(t.Context())
			require.ErrorIs(t, err, errDown)
		})
	})

	t.Run("a value that had ended when it came is an error", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: -time.Minute}
			e := refresh.New(i.source())
			_, err := e.Get(t.Context())
			require.ErrorIs(t, err, refresh.ErrEnded)
			assert.ErrorContains(t, err, "by the issuer's clock")
			assert.Equal(t, 1, i.calls())
		})
	})

	t.Run("so is one that ended on its way, and no reader waits for the next", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: 2 * time.Second, took: 3 * time.Second}
			e := refresh.New(i.source())
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			_, err := e.Get(ctx)
			require.ErrorIs(t, err, refresh.ErrEnded)
			assert.Equal(t, 1, i.calls())
		})
	})

	t.Run("a wrong clock of the machine's changes nothing", func(t *testing.T) {
		for _, skew := range []time.Duration{-time.Hour, time.Hour, -400 * 24 * time.Hour} {
			t.Run(skew.String(), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					i := &issuer{life: time.Hour, skew: skew}
					e := refresh.New(i.source())
					for range 24 * 60 {
						_, err := e.Get(t.Context())
						require.NoError(t, err)
						require.True(t, time.Now().Add(skew).Before(e.Status().Expires), "served past its true end")
						time.Sleep(time.Minute)
					}
					assert.LessOrEqual(t, i.calls(), 2*24)
				})
			})
		}
	})
}
