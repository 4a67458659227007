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

// bubble runs a test in virtual time. At its end it waits until every engine has stopped its timer:
// synctest fails a bubble that ends while a goroutine of it still runs.
func bubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(72 * time.Hour)
		test(t)
	})
}

// The errors of the issuer, one for each class.
var (
	errDown      = errors.New("down")
	errThrottled = errors.New("throttled")
	errDenied    = errors.New("denied")
	errOld       = errors.New("old")
	errUnready   = errors.New("unready")
	errAbsent    = errors.New("absent")
)

// classify is the Source's: each of the errors above has its class.
func classify(err error) refresh.Class {
	switch {
	case errors.Is(err, errThrottled):
		return refresh.Throttled
	case errors.Is(err, errDenied):
		return refresh.Permanent
	case errors.Is(err, errOld):
		return refresh.Outdated
	case errors.Is(err, errUnready):
		return refresh.Unready
	case errors.Is(err, errAbsent):
		return refresh.Absent
	}
	return refresh.Transient
}

// An issuer hands out the values 1, 2, 3 …, in real time or in that of a bubble. The first fields
// are set before the first request.
type issuer struct {
	life time.Duration                 // of each value
	took time.Duration                 // by each answer
	skew time.Duration                 // of the issuer's clock against the machine's
	end  func(now time.Time) time.Time // end of a value by the issuer's clock; nil: life from now

	mu      sync.Mutex      // guards what follows
	err     error           // of each answer, see answer
	hung    bool            // see hang
	asked   []time.Time     // when requests came
	events  []refresh.Event // that the engine reported
	changed bool            // see change
}

// source is a Source that asks the issuer.
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
	return refresh.Fetched[int]{
		Value: n, Expires: end.Truncate(time.Second), Date: now.Truncate(time.Second), Sent: sent,
	}, nil
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

// answer makes every answer from now on an error, or a value again if err is nil.
func (i *issuer) answer(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.err = err
}

// hang makes the issuer accept requests without answering them, or answer again.
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

// change makes Source.Changed report true until the next request: the token was rotated.
func (i *issuer) change() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.changed = true
}

// calls returns the number of requests so far.
func (i *issuer) calls() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.asked)
}

// times returns when the requests came, counted from a time.
func (i *issuer) times(from time.Time) []time.Duration {
	i.mu.Lock()
	defer i.mu.Unlock()
	var ts []time.Duration
	for _, t := range i.asked {
		ts = append(ts, t.Sub(from))
	}
	return ts
}
