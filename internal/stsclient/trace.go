package stsclient

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// A Phase is how far a request came.
type Phase int

const (
	Unsent      Phase = iota // no connection was looked for
	Resolving                // the host's name
	Connecting               // to the host, or to a proxy
	Handshaking              // TLS with it
	Waiting                  // for the answer
	Answered                 // with anything
)

// String returns the phase as an error words it, in front of the host; "" for Unsent and Answered.
func (p Phase) String() string {
	return [...]string{"", "resolve", "connect to", "agree on tls with", "wait for an answer of", ""}[p]
}

// A Trace is how far a request came, and to which host. The zero Trace is ready; its methods are
// safe for concurrent use, since the hooks of a request run on goroutines of the transport, some of
// them after the request has ended.
type Trace struct {
	mu        sync.Mutex // guards what follows
	seen      Seen
	connected bool // connections that are still being made don't matter any longer
}

// Seen is what a Trace has seen.
type Seen struct {
	Host      string // with its port; where there is a proxy, the proxy's
	Asked     string // the host that the request is for; empty before it is made
	Phase     Phase
	Connected bool // to the host, or to the proxy
	Addresses []netip.Addr
}

// Context returns a context whose request is traced.
func (t *Trace) Context(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, t.hooks())
}

// Seen returns what was seen so far.
func (t *Trace) Seen() Seen {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.seen
	s.Addresses = slices.Clone(s.Addresses)
	return s
}

// Ask notes the host that the request is for.
func (t *Trace) Ask(host string) { t.update(func() { t.seen.Asked = host }) }

// Step returns where the request stands, and with which host. A client that is none of net/http's
// calls no hooks: then it is known that the request was made, and no more.
func (s Seen) Step() (at Phase, host string) {
	at, host = s.Phase, cmp.Or(s.Asked, s.Host)
	if at == Unsent && s.Asked != "" || at == Answered {
		at = Waiting
	}
	return at, strings.TrimSuffix(host, ":443")
}

// Answer notes that there was an answer: a client that is none of net/http's calls no hooks.
func (t *Trace) Answer() { t.update(func() { t.seen.Phase = Answered }) }

func (t *Trace) update(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f()
}

func (t *Trace) reach(p Phase) {
	t.update(func() {
		if !t.connected {
			t.seen.Phase = p
		}
	})
}

func (t *Trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		// The transport retries by itself where an idle connection turns out to be dead.
		GetConn:  func(host string) { t.update(func() { t.seen.Host, t.connected = host, false }) },
		DNSStart: func(httptrace.DNSStartInfo) { t.reach(Resolving) },
		DNSDone: func(info httptrace.DNSDoneInfo) {
			t.update(func() {
				for _, a := range info.Addrs {
					if addr, ok := netip.AddrFromSlice(a.IP); ok && !slices.Contains(t.seen.Addresses, addr.Unmap()) {
						t.seen.Addresses = append(t.seen.Addresses, addr.Unmap())
					}
				}
			})
		},
		ConnectStart: func(string, string) { t.reach(Connecting) },
		ConnectDone: func(_, _ string, err error) {
			t.update(func() { t.seen.Connected = t.seen.Connected || err == nil })
		},
		TLSHandshakeStart: func() { t.reach(Handshaking) },
		GotConn: func(httptrace.GotConnInfo) {
			t.update(func() { t.seen.Phase, t.seen.Connected, t.connected = Waiting, true, true })
		},
		GotFirstResponseByte: func() {
			t.update(func() {
				if t.connected {
					t.seen.Phase = Answered
				}
			})
		},
	}
}

// Unreachable returns why no answer came, with phase and host, or nil where err is of another kind.
func (s Seen) Unreachable(err error) error {
	var (
		network     net.Error
		certificate *tls.CertificateVerificationError
		cause       error
	)
	switch {
	case s.Phase == Unsent:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		cause = context.DeadlineExceeded
	case errors.As(err, &certificate):
		cause = certificate
	case errors.As(err, &network):
		cause = network
	default:
		return nil
	}
	phase := s.Phase
	if phase == Answered { // begun, and not ended
		phase = Waiting
	}
	return fmt.Errorf("%s %s: %w", phase, s.Host, cause)
}

// Timeout reports whether err means that nothing came in time.
func Timeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
