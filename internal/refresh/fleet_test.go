package refresh_test

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A fleet of engines in one bubble, each read every five minutes, without a network.
func TestFleet(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const pods, hours = 1000, 24
		i := &issuer{life: time.Hour, took: 300 * time.Millisecond}
		start := time.Now()
		for range pods {
			e := refresh.New(i.source())
			go func() {
				for time.Since(start) < hours*time.Hour {
					_, err := e.Get(t.Context())
					assert.NoError(t, err)
					time.Sleep(5 * time.Minute)
				}
			}()
		}
		time.Sleep(hours * time.Hour)
		perSecond := make(map[time.Duration]int)
		for _, at := range i.times(start) {
			if at >= time.Minute {
				perSecond[at.Truncate(time.Second)]++
			}
		}
		peak := 0
		for _, n := range perSecond {
			peak = max(peak, n)
		}
		rate := float64(i.calls()) / pods / hours
		t.Logf("1000 pods started together, over 24 hours: at most %d exchanges in a second, %.2f for each pod and hour",
			peak, rate)
		assert.LessOrEqual(t, peak, pods*2/100)
		assert.LessOrEqual(t, rate, 1.6)
	})
}

func TestDropped(t *testing.T) {
	t.Run("an engine that nobody holds is collected, and its timer ends within a life", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour}
			e := refresh.New(i.source())
			_, err := e.Get(t.Context())
			require.NoError(t, err)
			synctest.Wait() // for the exchange's goroutine, which holds the engine
			w := weak.Make(e)
			e = nil
			for range 5 {
				runtime.GC()
			}
			assert.Nil(t, w.Value())
			time.Sleep(time.Hour)
			assert.Equal(t, 1, i.calls())
		})
	})
	t.Run("no goroutine stays between exchanges", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			i := &issuer{life: time.Hour}
			e := refresh.New(i.source())
			for range 10 {
				_, err := e.Get(t.Context())
				require.NoError(t, err)
				time.Sleep(20 * time.Minute)
				synctest.Wait()
				stacks := make([]byte, 1<<20)
				stacks = stacks[:runtime.Stack(stacks, true)]
				assert.NotContains(t, string(stacks), "refresh.(*Engine")
			}
		})
	})
}

// Real goroutines and real time, for the race detector: values of two seconds,
// replaced after one and a half.
func TestManyReaders(t *testing.T) {
	i := &issuer{life: 3 * time.Second}
	e := refresh.New(i.source())
	done := make(chan struct{})
	for range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			for start := time.Now(); time.Since(start) < 2*time.Second; {
				if _, err := e.Get(t.Context()); !assert.NoError(t, err) {
					return
				}
				if _, err := e.GetFor(t.Context(), 500*time.Millisecond); !assert.NoError(t, err) {
					return
				}
				e.Status()
				runtime.Gosched()
			}
		}()
	}
	for range 8 {
		<-done
	}
	assert.GreaterOrEqual(t, i.calls(), 2)
}
