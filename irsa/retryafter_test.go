package irsa_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestTheNextAttemptIsNotMadeSoonerThanSTSAsks(t *testing.T) {
	for name, c := range map[string]struct {
		header, value string
		fault         irsatest.Effect
		from, to      time.Duration
	}{
		"in seconds": {"Retry-After", "3", irsatest.Error("Throttling", ""), 3 * time.Second, 4 * time.Second},
		"in milliseconds": {"X-Amz-Retry-After", "2500", irsatest.Status(503), 2500 * time.Millisecond,
			4 * time.Second},
		"beyond every bound": {
			"Retry-After", "99999999999999999999", irsatest.Status(503), 5 * time.Second, 5 * time.Second,
		},
		"in no known wording": {"Retry-After", "later", irsatest.Status(503), 0, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				w.sts.Inject(irsatest.Fault{Times: 1, Do: c.fault.And(irsatest.SetHeader(c.header, c.value))})
				p := w.provider(t, irsa.Options{})
				start := time.Now()
				_, err := p.Retrieve(t.Context())
				require.NoError(t, err)
				assert.GreaterOrEqual(t, time.Since(start), c.from)
				assert.LessOrEqual(t, time.Since(start), c.to)
			})
		})
	}
	t.Run("as a date, by the answer's own clock", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			date := time.Now().Add(4*time.Second).UTC().Format("Mon, 02 Jan 2006 15:04:05") + " GMT"
			w.sts.Inject(irsatest.Fault{Times: 1,
				Do: irsatest.Status(503).And(irsatest.SetHeader("Retry-After", date))})
			p := w.provider(t, irsa.Options{})
			start := time.Now()
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 4*time.Second, time.Since(start).Truncate(time.Second))
		})
	})
	t.Run("nor the next exchange, for 30 seconds at most", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			w.sts.Inject(irsatest.Fault{
				Do: irsatest.Error("Throttling", "").And(irsatest.SetHeader("Retry-After", "3600")),
			})
			p := w.provider(t, irsa.Options{})
			_, err := p.Retrieve(t.Context())
			require.ErrorIs(t, err, irsa.ErrThrottled)
			n := len(w.sts.Requests())
			w.sts.ClearFaults()
			time.Sleep(29 * time.Second)
			_, err = p.Retrieve(t.Context())
			require.ErrorIs(t, err, irsa.ErrThrottled)
			assert.Empty(t, w.requestsAfter(n))
			time.Sleep(time.Second)
			_, err = p.Retrieve(t.Context())
			assert.NoError(t, err)
		})
	})
	t.Run("nor a refresh, of which nobody notices anything", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			var mu sync.Mutex
			var ends []time.Time
			p := w.provider(t, irsa.Options{OnRefresh: func(r irsa.Refresh) {
				mu.Lock()
				defer mu.Unlock()
				ends = append(ends, r.Started.Add(r.Took))
			}})
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			w.sts.Inject(irsatest.Fault{Do: irsatest.Status(503).And(irsatest.SetHeader("Retry-After", "45"))})
			got := read(p, 1, time.Second, 59*time.Minute, nil)
			assert.Zero(t, got.failed, got.lastErr)
			assert.Zero(t, got.worst)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			require.GreaterOrEqual(t, len(ends), 4)
			for i := 2; i < 5 && i < len(ends); i++ {
				assert.GreaterOrEqual(t, ends[i].Sub(ends[i-1]), 45*time.Second)
			}
		})
	})
}
