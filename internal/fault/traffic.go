package fault

import (
	"net/http"
	"sync"
)

// Traffic counts the requests in flight. The zero Traffic is ready, and its methods are safe for
// concurrent use.
//
// Its channels are made by the goroutine that waits, and so belong to that goroutine's
// testing/synctest bubble: a bubble's clock stands still while one of its goroutines waits on
// a channel from outside.
type Traffic struct {
	mu       sync.Mutex // guards what follows
	inFlight int
	idle     []chan struct{}            // closed when inFlight is 0
	stalled  map[chan struct{}]struct{} // closed to end what a fault keeps waiting
}

// Begin counts one more request.
func (t *Traffic) Begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inFlight++
}

// End counts one less.
func (t *Traffic) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.inFlight--; t.inFlight > 0 {
		return
	}
	for _, c := range t.idle {
		close(c)
	}
	t.idle = nil
}

// Wait ends what a fault keeps waiting, and returns when no request is in flight.
func (t *Traffic) Wait() {
	t.mu.Lock()
	for c := range t.stalled {
		close(c)
	}
	clear(t.stalled)
	if t.inFlight == 0 {
		t.mu.Unlock()
		return
	}
	idle := make(chan struct{})
	t.idle = append(t.idle, idle)
	t.mu.Unlock()
	<-idle
}

// hang returns when the client has given up, or Wait was called.
func (t *Traffic) hang(r *http.Request) {
	ended := make(chan struct{})
	t.mu.Lock()
	if t.stalled == nil {
		t.stalled = make(map[chan struct{}]struct{})
	}
	t.stalled[ended] = struct{}{}
	t.mu.Unlock()
	select {
	case <-r.Context().Done():
	case <-ended:
	}
	t.mu.Lock()
	delete(t.stalled, ended)
	t.mu.Unlock()
}
