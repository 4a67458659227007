package refresh_test

import (
	"context"
	"testing"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReady(t *testing.T) {
	t.Run("what a fetch needs may take longer than an attempt", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour, took: time.Second}
			src := i.source()
			src.Ready = func(context.Context) error {
				time.Sleep(18 * time.Second)
				return nil
			}
			e := refresh.New(src)
			start := time.Now()
			_, err := e.Get(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 19*time.Second, time.Since(start))
			assert.Equal(t, 1, i.calls())
		})
	})
	t.Run("for a later attempt no longer than the exchange, whose error is that of the one before", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{took: 6 * time.Second, err: errDown}
			src := i.source()
			src.Ready = func(ctx context.Context) error {
				if i.calls() < 2 {
					return nil
				}
				<-ctx.Done()
				return ctx.Err()
			}
			e := refresh.New(src)
			start := time.Now()
			_, err := e.Get(t.Context())
			require.ErrorIs(t, err, errDown)
			assert.Equal(t, 20*time.Second, time.Since(start))
			assert.Equal(t, 2, i.calls())
		})
	})
	t.Run("where it fails nothing is fetched", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour}
			src := i.source()
			src.Ready = func(context.Context) error { return errDenied }
			_, err := refresh.New(src).Get(t.Context())
			require.ErrorIs(t, err, errDenied)
			assert.Zero(t, i.calls())
		})
	})
}
