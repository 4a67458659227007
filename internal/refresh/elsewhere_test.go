package refresh_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

// several are issuers that are asked in order. Those that are away fail at once or, where slow, after
// five seconds.
type several struct {
	class refresh.Class // of the error at a round's end

	mu     sync.Mutex // guards what follows
	away   []bool
	slow   bool
	next   int
	asked  []int
	events []refresh.Event
}

// locked changes or reads what the engine's goroutines use.
func (s *several) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// order returns which issuers were asked, in order.
func (s *several) order() (asked []int) {
	s.locked(func() { asked = slices.Clone(s.asked) })
	return asked
}

// errNext is the error of an issuer that is not the last one.
var errNext = errors.New("the next one is asked")

func (s *several) source() refresh.Source[int] {
	return refresh.Source[int]{
		Begin: func() { s.locked(func() { s.next = 0 }) },
		Fetch: s.fetch,
		Classify: func(err error) refresh.Class {
			if errors.Is(err, errNext) {
				return refresh.Elsewhere
			}
			return s.class
		},
		Report: func(ev refresh.Event) { s.locked(func() { s.events = append(s.events, ev) }) },
	}
}

func (s *several) fetch(ctx context.Context) (refresh.Fetched[int], error) {
	var at int
	var away, slow, last bool
	s.locked(func() {
		at = s.next
		s.asked = append(s.asked, at)
		s.next = (at + 1) % len(s.away)
		away, slow, last = s.away[at], s.slow, s.next == 0
	})
	if !away {
		return refresh.Fetched[int]{Value: at, Expires: time.Now().Add(time.Hour), From: string(rune('A' + at))}, nil
	}
	if slow {
		select {
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
		}
	}
	if last {
		return refresh.Fetched[int]{}, errDown
	}
	return refresh.Fetched[int]{}, errNext
}

func TestAnotherIssuerIsAskedAtOnceAndTheFirstOneFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := &several{away: []bool{true, true, true, true, true, false}, class: refresh.Unready}
		e := refresh.New(s.source())
		start := time.Now()
		v, err := e.Get(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 5, v)
		assert.Zero(t, time.Since(start))
		assert.Equal(t, []int{0, 1, 2, 3, 4, 5}, s.order())
		assert.Equal(t, "F", e.Status().From)

		s.locked(func() { s.away[0] = false })
		time.Sleep(time.Until(e.Status().Next))
		synctest.Wait()
		assert.Equal(t, []int{0, 1, 2, 3, 4, 5, 0}, s.order())
		assert.Equal(t, "A", e.Status().From)
		s.locked(func() {
			require.Len(t, s.events, 2)
			assert.Equal(t, "F", s.events[0].From)
			assert.Equal(t, "A", s.events[1].From)
		})
	})
}

func TestWhereNoIssuerAnswersTheLimitsCountRounds(t *testing.T) {
	for name, c := range map[string]struct {
		class refresh.Class
		slow  bool
		least int // attempts
		most  int
		from  time.Duration // that the reader waits
		to    time.Duration
	}{
		"at once, which may pass": {refresh.Transient, false, 12, 12, 0, 2 * time.Second},
		// Pauses grow to between half a second and a whole one: 20 seconds have 45 rounds at most.
		"at once, nobody there":        {refresh.Unready, false, 45, 3 * 45, 18 * time.Second, 20 * time.Second},
		"slowly":                       {refresh.Transient, true, 4, 4, 19 * time.Second, 20 * time.Second},
		"at once, which nothing mends": {refresh.Permanent, false, 3, 3, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := &several{away: []bool{true, true, true}, slow: c.slow, class: c.class}
				e := refresh.New(s.source())
				start := time.Now()
				_, err := e.Get(t.Context())
				require.Error(t, err)
				assert.GreaterOrEqual(t, time.Since(start), c.from)
				assert.LessOrEqual(t, time.Since(start), c.to)
				assert.GreaterOrEqual(t, len(s.asked), c.least)
				assert.LessOrEqual(t, len(s.asked), c.most)
			})
		})
	}
	t.Run("a later exchange asks each of them once, though the first one was slow", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			s := &several{away: []bool{false, false, false}, class: refresh.Unready}
			e := refresh.New(s.source())
			_, err := e.Get(t.Context())
			require.NoError(t, err)
			time.Sleep(3 * time.Hour)
			s.locked(func() { s.away, s.slow, s.asked = []bool{true, true, false}, true, nil })
			v, err := e.Get(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 2, v)
			assert.Equal(t, []int{0, 1, 2}, s.order())
		})
	})
}
