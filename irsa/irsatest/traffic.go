package irsatest

import (
	"net/http"
	"time"
)

// traffic counts what is in flight. Its channels are made by whoever waits, so
// that they belong to that goroutine's synctest bubble.
type traffic struct {
	inFlight int
	idle     []chan struct{}        // closed when inFlight is 0
	hanging  map[chan struct{}]bool // closed to end what a fault keeps hanging
}

func (s *STS) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traffic.inFlight++
}

func (s *STS) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.traffic
	if t.inFlight--; t.inFlight > 0 {
		return
	}
	for _, c := range t.idle {
		close(c)
	}
	t.idle = nil
}

// Wait cuts the answers that a fault keeps hanging, and returns when no request is
// in flight.
//
// A test in a synctest bubble calls it last: the bubble's clock stops when the
// test function returns, and an exchange that still waits then is a deadlock. An
// exchange may also be between two attempts, where this STS can't see it. End the
// faults, and let so much time pass as the client gives to an exchange:
//
//	sts.SetFault(irsatest.Fault{})
//	time.Sleep(time.Minute)
//	sts.Wait()
func (s *STS) Wait() {
	s.mu.Lock()
	t := &s.traffic
	for c := range t.hanging {
		close(c)
	}
	clear(t.hanging)
	if t.inFlight == 0 {
		s.mu.Unlock()
		return
	}
	idle := make(chan struct{})
	t.idle = append(t.idle, idle)
	s.mu.Unlock()
	<-idle
}

// hang returns when the client has given up, or Wait was called.
func (s *STS) hang(r *http.Request) {
	cut := make(chan struct{})
	s.mu.Lock()
	if s.traffic.hanging == nil {
		s.traffic.hanging = make(map[chan struct{}]bool)
	}
	s.traffic.hanging[cut] = true
	s.mu.Unlock()
	select {
	case <-r.Context().Done():
	case <-cut:
	}
	s.mu.Lock()
	delete(s.traffic.hanging, cut)
	s.mu.Unlock()
}

// pause waits for d, unless the client gives up.
func pause(r *http.Request, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-r.Context().Done():
	case <-t.C:
	}
}
