package diagnose

import (
	"net/http/httptrace"
	"net/netip"
	"slices"
	"sync"
)

// A phase is how far a request came.
type phase int

const (
	resolving phase = iota
	connecting
	handshaking
	waiting  // for the answer
	answered // with anything
)

// A track is what the hooks of a request saw. They run on goroutines of the
// transport, some of them after the request has ended.
type track struct {
	mu        sync.Mutex // guards what follows
	phase     phase
	connected bool
	addresses []netip.Addr
}

func (t *track) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSDone: func(info httptrace.DNSDoneInfo) {
			t.mu.Lock()
			defer t.mu.Unlock()
			for _, a := range info.Addrs {
				if addr, ok := netip.AddrFromSlice(a.IP); ok {
					t.addresses = append(t.addresses, addr.Unmap())
				}
			}
		},
		ConnectStart: func(string, string) { t.reach(connecting) },
		ConnectDone: func(_, _ string, err error) {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.connected = t.connected || err == nil
		},
		TLSHandshakeStart:    func() { t.reach(handshaking) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { t.reach(waiting) },
		GotFirstResponseByte: func() { t.reach(answered) },
	}
}

func (t *track) reach(at phase) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.phase = max(t.phase, at)
}

// tell writes down in p what was seen so far.
func (t *track) tell(p *probe) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p.phase, p.connected, p.addresses = t.phase, t.connected, slices.Clone(t.addresses)
}
