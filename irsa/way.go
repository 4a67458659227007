package irsa

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"sync"
)

// The phases of a request, in their order, as an error words them.
const (
	phaseResolve  = "resolve"
	phaseConnect  = "connect to"
	phaseTLS      = "agree on tls with"
	phaseResponse = "wait for an answer of"
)

// A way is how far a request came, and to which host.
type way struct {
	mu    sync.Mutex // hooks run on the transport's goroutines, some after the request
	host  string
	phase string // begun last; empty where no connection was looked for
	got   bool   // a connection: others that are still being made don't matter any longer
}

func (w *way) trace() *httptrace.ClientTrace {
	reach := func(phase string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.got {
			w.phase = phase
		}
	}
	return &httptrace.ClientTrace{
		GetConn: func(host string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.host, w.got = host, false // the transport tries again by itself where an idle connection was dead
		},
		DNSStart:          func(httptrace.DNSStartInfo) { reach(phaseResolve) },
		ConnectStart:      func(string, string) { reach(phaseConnect) },
		TLSHandshakeStart: func() { reach(phaseTLS) },
		GotConn: func(httptrace.GotConnInfo) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.phase, w.got = phaseResponse, true
		},
	}
}

func (w *way) reached() (host, phase string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.host, w.phase
}

// unreachable returns why no answer came, with phase and host, or nil where err is
// of another kind.
func (w *way) unreachable(err error) error {
	var (
		network     net.Error
		certificate *tls.CertificateVerificationError
		host, phase = w.reached()
	)
	switch {
	case phase == "":
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s %s: %w", phase, host, context.DeadlineExceeded)
	case errors.As(err, &certificate):
		return fmt.Errorf("%s %s: %w", phase, host, certificate)
	case errors.As(err, &network):
		return fmt.Errorf("%s %s: %w", phase, host, network)
	}
	return nil
}
