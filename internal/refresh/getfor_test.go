package refresh_test

import (
	"testing"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGetFor(t *testing.T) {
	t.Run("a value that lasts long enough is given out as it is", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour}
			e := refresh.New(i.source())
			v, err := e.GetFor(t.Context(), 30*time.Minute)
			require.NoError(t, err)
			assert.Equal(t, 1, v)
			time.Sleep(29 * time.Minute)
			v, err = e.GetFor(t.Context(), 30*time.Minute)
			require.NoError(t, err)
			assert.Equal(t, 1, v)
			time.Sleep(2 * time.Minute)
			v, err = e.GetFor(t.Context(), 30*time.Minute)
			require.NoError(t, err)
			assert.Equal(t, 2, v)
			assert.Equal(t, 2, i.calls())
		})
	})
	t.Run("more than a whole life is refused, with one exchange at most", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour}
			e := refresh.New(i.source())
			for range 10 {
				_, err := e.GetFor(t.Context(), 2*time.Hour)
				require.ErrorIs(t, err, refresh.ErrTooShort)
				time.Sleep(time.Second)
			}
			assert.Equal(t, 1, i.calls())
			_, err := e.Get(t.Context())
			require.NoError(t, err)
		})
	})
	t.Run("what is left of a whole life when it comes is refused too, with one exchange", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour, took: 800 * time.Millisecond}
			e := refresh.New(i.source())
			_, err := e.GetFor(t.Context(), time.Hour-time.Second)
			require.ErrorIs(t, err, refresh.ErrTooShort)
			assert.Equal(t, 1, i.calls())
		})
	})
	t.Run("two exchanges within a second are no sign of sessions that end together", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour, took: 100 * time.Millisecond}
			e := refresh.New(i.source())
			_, err := e.Get(t.Context())
			require.NoError(t, err)
			time.Sleep(time.Second)
			_, err = e.GetFor(t.Context(), time.Hour-1500*time.Millisecond)
			require.NoError(t, err)
			require.Equal(t, 2, i.calls())
			for start := time.Now(); time.Since(start) < 2*time.Hour; time.Sleep(time.Minute) {
				before := time.Now()
				_, err := e.Get(t.Context())
				require.NoError(t, err)
				require.Zero(t, time.Since(before), "a reader waited")
			}
		})
	})
	t.Run("when the exchange fails, the value at hand still serves the others", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour}
			e := refresh.New(i.source())
			_, err := e.Get(t.Context())
			require.NoError(t, err)
			i.answer(errDown)
			time.Sleep(35 * time.Minute)
			for range 100 {
				_, err = e.GetFor(t.Context(), 30*time.Minute)
				require.ErrorIs(t, err, errDown)
			}
			assert.LessOrEqual(t, i.calls(), 5)
			_, err = e.Get(t.Context())
			require.NoError(t, err)
			i.answer(nil)
			time.Sleep(3 * time.Second)
			_, err = e.GetFor(t.Context(), 30*time.Minute)
			require.NoError(t, err)
		})
	})
}
