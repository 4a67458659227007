package irsa_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestNobodyWaitsAfterTheFirstExchange(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		w.sts.Inject(irsatest.Fault{Do: irsatest.Delay(800 * time.Millisecond)})
		p := w.provider(t, irsa.Options{})
		first := read(p, 64, time.Second, time.Second, nil)
		assert.Equal(t, 800*time.Millisecond, first.worst)
		assert.Len(t, w.sts.Requests(), 1, "64 callers share the first exchange")

		w.rotate(t, 48*time.Hour)
		ours := read(p, 64, 20*time.Second, 24*time.Hour, notExpired(t, 0))
		asked := len(w.sts.Requests())
		theirs := w.sdkCache(t)
		_, err := theirs.Retrieve(t.Context())
		require.NoError(t, err)
		sdk := read(theirs, 64, 20*time.Second, 24*time.Hour, nil)
		t.Logf("64 goroutines for 24 hours, STS taking 800ms: irsa.Provider waits at most %v, %d times, with %d "+
			"exchanges; aws.CredentialsCache %v, %d times, with %d",
			ours.worst, ours.waits, asked, sdk.worst, sdk.waits, len(w.requestsAfter(asked)))
		assert.Zero(t, ours.worst)
		assert.Zero(t, ours.failed, ours.lastErr)
		assert.LessOrEqual(t, asked, 38, "an hour's session is replaced after 40 to 48 minutes")
		assert.Equal(t, 800*time.Millisecond, sdk.worst)
	})
}

// Those of an hour are in the test above.
func TestSessionsOfEveryLength(t *testing.T) {
	for _, life := range []time.Duration{20 * time.Second, 5 * time.Minute, 15 * time.Minute, 12 * time.Hour} {
		t.Run(life.String(), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				w.sts.SessionDuration = life
				w.sts.Inject(irsatest.Fault{Do: irsatest.Delay(800 * time.Millisecond)})
				w.rotate(t, 11*life)
				p := w.provider(t, irsa.Options{})
				_, err := p.Retrieve(t.Context())
				require.NoError(t, err)
				got := read(p, 4, life/500, 10*life, notExpired(t, 0))
				perLife := float64(len(w.requestsAfter(1))) / 10
				t.Logf("the worst wait is %v, with %.1f exchanges a life", got.worst, perLife)
				assert.Zero(t, got.worst)
				assert.Zero(t, got.failed, got.lastErr)
				assert.LessOrEqual(t, perLife, 1.6)
			})
		})
	}
}

var outages = map[string]irsatest.Fault{
	"fails": {Do: irsatest.Error("ServiceUnavailable", "")},
	"hangs": {Do: irsatest.Stall(irsatest.Response)},
}

func TestAnOutageOfTenMinutesIsNotNoticed(t *testing.T) {
	for name, fault := range outages {
		t.Run("STS "+name+", from any minute of an hour on", func(t *testing.T) {
			for minute := range 60 {
				inBubble(t, func(t *testing.T, w *testbed) {
					p := w.provider(t, irsa.Options{})
					_, err := p.Retrieve(t.Context())
					require.NoError(t, err)
					from := time.Duration(minute) * time.Minute
					time.AfterFunc(from, func() { w.sts.Inject(fault) })
					time.AfterFunc(from+10*time.Minute, func() { w.sts.ClearFaults() })
					got := read(p, 1, 2*time.Second, from+40*time.Minute, notExpired(t, 0))
					assert.Zero(t, got.failed, "from minute %d on: %v", minute, got.lastErr)
					assert.Zero(t, got.waits, "from minute %d on", minute)
				})
			}
		})
	}
}

// The worst moment for an outage to begin is right before the refresh. When that is, is random:
// several are tried, and the shortest outage that is noticed counts.
func TestTheLongestOutageThatIsSurvived(t *testing.T) {
	for _, life := range []time.Duration{15 * time.Minute, time.Hour, 12 * time.Hour} {
		for name, fault := range outages {
			t.Run(fmt.Sprintf("STS %s in sessions of %v", name, life), func(t *testing.T) {
				shortest, runs := life, 3
				if life > time.Hour {
					runs = 1 // which makes a thousand attempts
				}
				for range runs {
					inBubble(t, func(t *testing.T, w *testbed) {
						shortest = min(shortest, outageSurvived(t, w, life, fault))
					})
				}
				t.Logf(
					"an outage of %v at its worst moment, %.3f of the life, is not noticed",
					shortest.Truncate(time.Second), float64(shortest)/float64(life),
				)
				assert.GreaterOrEqual(t, float64(shortest)/float64(life), 0.16)
			})
		}
	}
}

// outageSurvived returns how long STS may be out of order, from right before the first refresh on:
// until the last request that came before callers noticed, for it would have been answered.
func outageSurvived(t *testing.T, w *testbed, life time.Duration, fault irsatest.Fault) time.Duration {
	w.sts.SessionDuration = life
	p := w.provider(t, irsa.Options{})
	_, err := p.Retrieve(t.Context())
	require.NoError(t, err)
	time.Sleep(time.Until(p.Status().Next) - time.Millisecond)
	began := time.Now()
	w.sts.Inject(fault)
	for {
		asked := time.Now()
		if _, err := p.Retrieve(t.Context()); err == nil && time.Since(asked) == 0 {
			time.Sleep(max(time.Second, life/3600))
			continue
		}
		var last time.Time
		for _, r := range w.requestsAfter(1) {
			if r.Received.Before(asked) {
				last = r.Received
			}
		}
		require.NotZero(t, last)
		return last.Sub(began)
	}
}
