// Package memnet is a network in memory. It connects a real http.Transport to real HTTP handlers
// without sockets, and can fail in the ways in which networks do.
//
// The problem: tests of credentials last for hours, so they run in virtual time, in a
// testing/synctest bubble. There the clock moves only when all goroutines of the bubble are durably
// blocked, and one that waits on a socket is not: the system could wake it at any time. A test with
// a server on loopback would never end. The fakes of AWS in irsatest and s3readtest therefore use
// this network.
//
//	var network memnet.Network
//	network.Handle("sts.eu-west-1.amazonaws.com", memnet.Host{Handler: fakeSTS})
//	client := &http.Client{Transport: network.Transport()}
//
// The guarantee: what net/http does over TCP it does here. Both ends use the standard library's
// client, server and TLS; connections buffer, have deadlines, and end with the errors of the net
// package, and dials call the hooks of httptrace. And nothing is left when a request is over: the
// goroutine that serves its connection ends with it, as a bubble requires of all its goroutines.
//
// A bubble also requires that a goroutine waits only on what was made within the bubble. Here all
// of that is made while dialling. So a Network itself may be made anywhere, and be shared.
package memnet

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/seed-15cba5db/irsa-go/internal/testca"
)

// A Fault is what goes wrong with a connection.
type Fault int

// The faults, in the order in which a connection passes these steps.
const (
	None         Fault = iota // nothing goes wrong
	NoSuchHost                // the name does not resolve
	ResolveHangs              // the DNS server never answers
	Refused                   // the connection is refused
	ConnectHangs              // the connection is never accepted
	Reset                     // the connection is made, and reset at once
	Silent                    // the connection is made, and no byte ever comes back
	Untrusted                 // the server's certificate is from an unknown authority
)

// A Host is a server, and what goes wrong on the way to it.
type Host struct {
	Handler http.Handler
	Fault   func() Fault // called once for each connection; nil: None
}

// A Network connects to its hosts by name. The zero Network is ready to use and has no hosts: no
// name resolves. Its methods are safe for concurrent use.
type Network struct {
	// Find, if not nil, is asked for the hosts that no pattern of Handle matches: false means that
	// the name doesn't resolve. It must be set before the Network is used.
	Find func(name string) (Host, bool)

	mu    sync.Mutex // guards hosts
	hosts map[string]Host
	ports atomic.Uint32 // of the clients' ends, so that each connection has its own
	ca    testca.Authority
}

// Handle lets h answer connections to host, at every port. A host that begins with "*." stands for
// every name below it, of which the longest that matches wins; "" stands for every host that no
// other pattern matches.
func (n *Network) Handle(host string, h Host) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hosts == nil {
		n.hosts = make(map[string]Host)
	}
	n.hosts[strings.ToLower(host)] = h
}

// lookup returns the host for a name, which DNS compares without regard to case, and which may end
// in a dot.
func (n *Network) lookup(host string) (Host, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if h, ok := n.hosts[host]; ok {
		return h, true
	}
	for rest := host; ; {
		_, after, ok := strings.Cut(rest, ".")
		if !ok {
			break
		}
		if h, ok := n.hosts["*."+after]; ok {
			return h, true
		}
		rest = after
	}
	h, ok := n.hosts[""]
	if !ok && n.Find != nil {
		return n.Find(host)
	}
	return h, ok
}

// Transport returns an http.Transport whose connections are made in this network, over TLS for
// https URLs, and which trusts the network's certificate authority alone. It makes a connection for
// each request, and ends it, or the dial, with the request.
func (n *Network) Transport() http.RoundTripper {
	return transport{&http.Transport{
		DialContext:         n.DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: n.ca.Pool(), MinVersion: tls.VersionTLS12, CurvePreferences: curves},
		TLSHandshakeTimeout: handshakeTimeout,
		DisableKeepAlives:   true,
	}}
}

// A transport ends a dial with the request that it is for. An http.Transport ends neither a dial
// nor a handshake when that request is cancelled, since another request might use the connection:
// it dials with a context that has the values of the request's, but not its end. The request's own
// context therefore goes along as a value.
type transport struct{ *http.Transport }

// requestContext is the key of that value.
type requestContext struct{}

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	r = r.WithContext(context.WithValue(ctx, requestContext{}, ctx))
	// The SDK closes the request's body as soon as the response's header is there. The
	// http.Transport may not yet have seen the end of that body. smithy-go's body has a WriteTo,
	// which fails once it is closed; the transport then takes the request as failed, closes the
	// connection, and cuts the response. Without WriteTo it reads io.EOF, and all is well.
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return t.Transport.RoundTrip(r)
}

// curves is the only one that keys are exchanged by. A handshake for each request is most of what a
// test spends under the race detector, which doesn't slow this one down: it is assembly.
var curves = []tls.CurveID{tls.CurveP256}

// serve answers one connection, over TLS where the client begins with a handshake. A nil logger is
// the standard one, which gets the stack of a handler that panics.
func serve(c *Conn, h Host, ca *testca.Authority, logger *log.Logger) {
	first, err := c.peek()
	if err != nil {
		_ = c.Close()
		return
	}
	var conn net.Conn = c
	const handshake = 0x16 // the first byte of TLS (RFC 8446, 5.1), and of no HTTP request
	if first == handshake {
		conn = tls.Server(c, &tls.Config{
			GetCertificate: ca.Certificate, MinVersion: tls.VersionTLS12, CurvePreferences: curves,
		})
	}
	server := &http.Server{
		Handler:      h.Handler,
		ErrorLog:     logger,
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // no HTTP/2: its goroutines stay
	}
	if h.Fault != nil {
		server.ConnContext = markAsked
	}
	// Serve starts a goroutine for the connection, and returns when the listener has no other one
	// to give.
	_ = server.Serve(&oneConn{conn: conn})
}

// oneConn is a listener that accepts one connection.
type oneConn struct {
	conn net.Conn
	done bool
}

func (l *oneConn) Accept() (net.Conn, error) {
	if l.done {
		return nil, net.ErrClosed
	}
	l.done = true
	return l.conn, nil
}

func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }
