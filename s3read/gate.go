package s3read

import (
	"context"
	"sync"
)

// A gate holds how many requests of one operation are under way at once. SlowDown halves that number; it grows again
// by one for each so many successes as it counts, up to where it started. The nil gate lets everything through.
type gate struct {
	most int

	mu      sync.Mutex // guards what follows
	limit   int
	busy    int
	good    int             // successes since limit last changed
	turns   int             // how often limit was halved
	waiting []chan struct{} // in order of arrival; closed to let one in
}

func newGate(most int) *gate { return &gate{most: most, limit: most} }

// enter waits for room, until ctx ends.
func (g *gate) enter(ctx context.Context) error {
	if g == nil {
		return ctx.Err()
	}
	g.mu.Lock()
	if ctx.Err() != nil || g.busy < g.limit && len(g.waiting) == 0 {
		defer g.mu.Unlock()
		if ctx.Err() == nil {
			g.busy++
		}
		return ctx.Err()
	}
	in := make(chan struct{})
	g.waiting = append(g.waiting, in)
	g.mu.Unlock()
	select {
	case <-in:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, w := range g.waiting {
		if w == in {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			return ctx.Err()
		}
	}
	g.busy-- // it was let in at the same moment
	g.admit()
	return ctx.Err()
}

// leave makes room again. ok says that the request succeeded.
func (g *gate) leave(ok bool) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy--
	if ok && g.limit < g.most {
		if g.good++; g.good >= g.limit {
			g.limit++
			g.good = 0
		}
	}
	g.admit()
}

func (g *gate) admit() {
	for g.busy < g.limit && len(g.waiting) > 0 {
		close(g.waiting[0])
		g.waiting = g.waiting[1:]
		g.busy++
	}
}

// turn is to be asked for before a request is sent, for slowDown.
func (g *gate) turn() int {
	if g == nil {
		return 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.turns
}

// slowDown halves the number of requests at once, unless that was done since the turn in which the refused request
// was sent: a burst that is refused as a whole counts once.
func (g *gate) slowDown(turn int) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if turn == g.turns {
		g.turns++
		g.limit = max(1, min(g.limit, g.busy)/2)
		g.good = 0
	}
}
