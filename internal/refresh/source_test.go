package refresh_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

// bubble runs a test in virtual time. At its end it waits until every engine is
// at rest: a bubble must not end in the middle of an exchange.
func bubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(72 * time.Hour)
		test(t)
	})
}

var (
	errDown      = errors.New("down")
	errThrottled = errors.New("throttled")
	errDenied    = errors.New("denied")
	errOld       = errors.New("old")
)

func classify(err error) refresh.Class {
	switch {
	case errors.Is(err, errThrottled):
		return refresh.Throttled
	case errors.Is(err, errDenied):
		return refresh.Permanent
	case errors.Is(err, errOld):
		return refresh.Outdated
	}
	return refresh.Transient
}

// An issuer hands out numbered values in a synctest bubble's time.
type issuer struct {
	life time.Duration
	took time.Duration                 // by each answer
	skew time.Duration                 // of the issuer's clock against the machine's
	end  func(now time.Time) time.Time // by the issuer's clock, if not life from now

	mu      sync.Mutex
	err     error // of each answer, if any
	hung    bool
	asked   []time.Time
	events  []refresh.Event
	changed bool
}

func (i *issuer) source() refresh.Source[int] {
	return refresh.Source[int]{Fetch: i.fetch, Classify: classify, Report: i.report, Changed: i.isChanged}
}

func (i *issuer) fetch(ctx context.Context) (refresh.Fetched[int], error) {
	i.mu.Lock()
	i.asked = append(i.asked, time.Now())
	n := len(i.asked)
	i.changed = false
	hung := i.hung
	i.mu.Unlock()
	sent := time.Now()
	if hung {
		<-ctx.Done()
		return refresh.Fetched[int]{}, ctx.Err()
	}
	select {
	case <-time.After(i.took):
	case <-ctx.Done():
		return refresh.Fetched[int]{}, ctx.Err()
	}
	if err := i.error(); err != nil {
		return refresh.Fetched[int]{}, err
	}
	now := time.Now().Add(i.skew)
	end := now.Add(i.life)
	if i.end != nil {
		end = i.end(now)
	}
	return refresh.Fetched[int]{Value: n, Expires: end.Truncate(time.Second), Date: now.Truncate(time.Second), Sent: sent}, nil
}

func (i *issuer) report(ev refresh.Event) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.events = append(i.events, ev)
}

func (i *issuer) isChanged() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.changed
}

// answer makes every answer from now on an error, or a value if err is nil.
func (i *issuer) answer(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.err = err
}

// hang makes every question from now on unanswered.
func (i *issuer) hang(hung bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.hung = hung
}

func (i *issuer) error() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.err
}

func (i *issuer) change() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.changed = true
}

// calls returns how often the issuer was asked.
func (i *issuer) calls() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.asked)
}

// times returns when the issuer was asked, from a time on.
func (i *issuer) times(from time.Time) []time.Duration {
	i.mu.Lock()
	defer i.mu.Unlock()
	var ts []time.Duration
	for _, t := range i.asked {
		ts = append(ts, t.Sub(from))
	}
	return ts
}
