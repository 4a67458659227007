package refresh

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAPauseIsLengthenedToWhatTheIssuerAsksFor(t *testing.T) {
	const ages = time.Duration(1<<63 - 1)
	for name, c := range map[string]struct {
		pause, asked, limit time.Duration
		from, to            time.Duration
	}{
		"it asks for nothing": {2 * time.Second, 0, time.Minute, 2 * time.Second, 2 * time.Second},
		"it asks for less": {9 * time.Second, 4 * time.Second, time.Minute, 9 * time.Second,
			9 * time.Second},
		"it asks for more": {2 * time.Second, 20 * time.Second, time.Minute, 20 * time.Second,
			25 * time.Second},
		"it asks for nearly the limit":   {time.Second, 55 * time.Second, time.Minute, 55 * time.Second, time.Minute},
		"it asks for more than we allow": {time.Second, 10 * time.Minute, time.Minute, time.Minute, time.Minute},
		"it asks for 292 years":          {time.Second, ages, time.Minute, time.Minute, time.Minute},
		"the pause is past its limit":    {time.Second, time.Hour, 200 * time.Millisecond, time.Second, time.Second},
		"it asks for a negative time":    {time.Second, -time.Hour, time.Minute, time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.from, heed(c.pause, c.asked, c.limit, 0))
			assert.InDelta(t, c.to, heed(c.pause, c.asked, c.limit, almostOne), float64(time.Microsecond))
		})
	}
}

func TestAnAttemptIsNotRepeatedSoonerThanTheIssuerAsked(t *testing.T) {
	for name, c := range map[string]struct {
		t    trial
		want time.Duration
		ok   bool
	}{
		"throttled": {trial{class: Throttled, attempts: 1, lasting: 1, asked: 3 * time.Second}, 3 * time.Second, true},
		"throttled, for longer than an exchange": {
			trial{class: Throttled, attempts: 1, lasting: 1, asked: time.Hour}, longestPause, true,
		},
		"the first exchange of a fault": {
			trial{class: Unready, first: true, onDemand: true, attempts: 1, asked: 2 * time.Second}, 2 * time.Second,
			true,
		},
		"a later one, which parks nobody": {
			trial{class: Unready, onDemand: true, attempts: 1, lasting: 1, asked: 2 * time.Second}, 2 * time.Second,
			false,
		},
		"a permanent fault": {trial{class: Permanent, attempts: 1, lasting: 1, asked: time.Second}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			pause, ok := c.t.again(0)
			assert.Equal(t, c.want, pause)
			assert.Equal(t, c.ok, ok)
		})
	}
}

// busyIssuer asks for a pause with each error. It is overloaded whenever busy is set.
type busyIssuer struct {
	asks time.Duration
	busy atomic.Bool

	mu     sync.Mutex // guards events
	events []Event
}

// event returns what was reported of the n-th exchange.
func (i *busyIssuer) event(t *testing.T, n int) Event {
	i.mu.Lock()
	defer i.mu.Unlock()
	require.Greater(t, len(i.events), n)
	return i.events[n]
}

var errBusy = errors.New("busy")

func (i *busyIssuer) engine() *Engine[int] {
	return New(Source[int]{
		Fetch: func(context.Context) (Fetched[int], error) {
			if i.busy.Load() {
				return Fetched[int]{}, errBusy
			}
			return Fetched[int]{Expires: time.Now().Add(time.Hour)}, nil
		},
		Classify:   func(error) Class { return Throttled },
		RetryAfter: func(error) time.Duration { return i.asks },
		Report: func(ev Event) {
			i.mu.Lock()
			defer i.mu.Unlock()
			i.events = append(i.events, ev)
		},
	})
}

func TestBackoffsAreAsLongAsTheIssuerAsksWithinTheirLimits(t *testing.T) {
	for name, c := range map[string]struct {
		asks     time.Duration
		from, to time.Duration // before the next exchange, while a fifth to a third of an hour is left
		held     time.Duration // by the negative cache, without a value
	}{
		"nothing":    {0, time.Second, 5 * time.Second, time.Second},
		"20 seconds": {20 * time.Second, 20 * time.Second, 25 * time.Second, 20 * time.Second},
		"an hour":    {time.Hour, 90 * time.Second, 2 * time.Minute, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i := &busyIssuer{asks: c.asks}
				e := i.engine()
				_, err := e.Get(t.Context())
				require.NoError(t, err)
				i.busy.Store(true)
				time.Sleep(49 * time.Minute)
				ev := i.event(t, 1)
				pause := ev.Next.Sub(ev.Started.Add(ev.Took))
				assert.GreaterOrEqual(t, pause, c.from)
				assert.LessOrEqual(t, pause, c.to)
				time.Sleep(2 * time.Hour)
			})
			synctest.Test(t, func(t *testing.T) {
				i := &busyIssuer{asks: c.asks}
				i.busy.Store(true)
				_, err := i.engine().Get(t.Context())
				require.ErrorIs(t, err, errBusy)
				synctest.Wait()
				assert.Equal(t, c.held, i.event(t, 0).Held)
			})
		})
	}
}
