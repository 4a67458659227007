package refresh_test

import (
	"sync"
	"testing"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Sessions that end with the token that they were exchanged for, as MinIO's do. The kubelet rotates
// a token at 80 per cent of its life, and takes up to a minute more until the file shows it.
func TestSessionsCappedAtTheToken(t *testing.T) {
	for name, c := range map[string]struct {
		life, lag time.Duration
		worst     int // exchanges for each token
	}{
		"tokens of ten minutes":                        {10 * time.Minute, 0, 3},
		"tokens of ten minutes, seen a minute late":    {10 * time.Minute, time.Minute, 3},
		"tokens of two minutes, seen ten seconds late": {2 * time.Minute, 10 * time.Second, 3},
		"tokens of an hour, seen a minute late":        {time.Hour, time.Minute, 3},
		"tokens of a day, seen a minute late":          {24 * time.Hour, time.Minute, 3},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var mu sync.Mutex
				ends := time.Now().Add(c.life)
				i := &issuer{took: 100 * time.Millisecond, end: func(time.Time) time.Time {
					mu.Lock()
					defer mu.Unlock()
					return ends
				}}
				const tokens = 30
				rotate := c.life * 8 / 10
				for n := range tokens {
					born := time.Duration(n+1) * rotate
					time.AfterFunc(born+c.lag, func() {
						mu.Lock()
						ends = ends.Add(rotate)
						mu.Unlock()
						i.change()
					})
				}
				e := refresh.New(i.source())
				_, err := e.Get(t.Context())
				require.NoError(t, err)
				for start := time.Now(); time.Since(start) < tokens*rotate; time.Sleep(c.life / 600) {
					before := time.Now()
					_, err := e.Get(t.Context())
					require.NoError(t, err)
					require.Zero(t, time.Since(before), "a reader waited")
				}
				perToken := float64(i.calls()) / tokens
				t.Logf("%.2f exchanges for each token", perToken)
				assert.LessOrEqual(t, perToken, float64(c.worst))
			})
		})
	}

	t.Run("a token that is never replaced costs no further exchange, and serves until its end", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			ends := time.Now().Add(10 * time.Minute)
			i := &issuer{end: func(time.Time) time.Time { return ends }}
			e := refresh.New(i.source())
			for time.Until(ends) > 2*time.Second {
				_, err := e.Get(t.Context())
				require.NoError(t, err)
				time.Sleep(time.Second)
			}
			assert.Equal(t, 2, i.calls())
		})
	})

	t.Run("a first session cut short by an old token is followed by whole ones", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			ends := time.Now().Add(2 * time.Minute)
			i := &issuer{end: func(now time.Time) time.Time {
				if now.Before(ends.Add(-time.Minute)) {
					return ends
				}
				return now.Add(10 * time.Minute)
			}}
			e := refresh.New(i.source())
			for range 600 {
				before := time.Now()
				_, err := e.Get(t.Context())
				require.NoError(t, err)
				require.Zero(t, time.Since(before))
				time.Sleep(time.Second)
			}
		})
	})

	t.Run("a failed exchange for a new token is tried again, changed or not", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			var mu sync.Mutex
			ends := time.Now().Add(10 * time.Minute)
			i := &issuer{end: func(time.Time) time.Time {
				mu.Lock()
				defer mu.Unlock()
				return ends
			}}
			e := refresh.New(i.source())
			_, err := e.Get(t.Context())
			require.NoError(t, err)
			time.Sleep(8*time.Minute + time.Second)
			require.Equal(t, 2, i.calls())
			mu.Lock()
			ends = ends.Add(8 * time.Minute)
			mu.Unlock()
			i.answer(errDown)
			i.change()
			time.Sleep(time.Minute)
			require.Greater(t, i.calls(), 2)
			i.answer(nil)
			time.Sleep(30 * time.Second)
			assert.WithinDuration(t, ends, e.Status().Expires, time.Second)
		})
	})
}
