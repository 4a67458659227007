// Package memnet is a network in memory, for real http.Transports and real HTTP
// handlers that must meet without sockets: in tests that run in a
// testing/synctest bubble, where a goroutine that waits on a socket keeps the
// bubble's clock from moving.
//
// Everything that waits here waits on what was made while dialling, and so
// inside the bubble of whoever dialled. A connection has no goroutine of its own
// but the one that serves it, which ends when either side closes it: with
// Network.Transport, that is when its one exchange is over or given up.
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
)

// A Fault is what may befall a connection while it is made.
type Fault int

// The faults, in the order in which a connection would meet them.
const (
	None         Fault = iota // nothing goes wrong
	NoSuchHost                // the name does not resolve
	ResolveHangs              // the name's resolution never ends
	Refused                   // the connection is refused
	ConnectHangs              // the connection is never accepted
	Reset                     // the connection is made, and reset
	Silent                    // the connection is made, and no byte ever comes back
	Untrusted                 // TLS is answered with a certificate of an unknown authority
)

// A Host answers connections.
type Host struct {
	Handler http.Handler
	Fault   func() Fault // asked once for each connection; nil: None
}

// A Network connects to its hosts by name. The zero Network is ready, and has no
// hosts: no name resolves. Its methods are safe for concurrent use.
type Network struct {
	mu    sync.Mutex
	hosts map[string]Host
	ports atomic.Uint32
	ca    authority
}

// Handle lets h answer connections to host, at every port. A host that begins
// with "*." stands for every name below it, "" for every host that no other
// pattern matches.
func (n *Network) Handle(host string, h Host) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hosts == nil {
		n.hosts = make(map[string]Host)
	}
	n.hosts[strings.ToLower(host)] = h
}

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
	return h, ok
}

// Transport returns an http.Transport whose connections are made in this network,
// over TLS for https URLs. It keeps no connection alive and lets no dial outlive
// the request that asked for it, so that nothing is left of an exchange when it is
// over.
func (n *Network) Transport() http.RoundTripper {
	return transport{&http.Transport{
		DialContext:         n.DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: n.ca.pool(), MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: handshakeTimeout,
		DisableKeepAlives:   true,
	}}
}

// An http.Transport ends neither a dial nor a handshake when the request is
// cancelled that it is for: another might use the connection. The context that it
// dials with has the values of the request's, and so carries the request's own.
type transport struct{ *http.Transport }

type requestContext struct{}

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	r = r.WithContext(context.WithValue(ctx, requestContext{}, ctx))
	// The SDK closes a body when the answer's header is there. To the http.Transport,
	// if it is still about to see that nothing follows the last byte, the WriteTo of
	// smithy-go's closed body has failed, and it closes the connection.
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return t.Transport.RoundTrip(r)
}

// serve answers one connection, over TLS where the client begins with it. A nil
// logger is the standard one: a handler that panics is told of there.
func serve(c *Conn, h Host, ca *authority, logger *log.Logger) {
	first, err := c.peek()
	if err != nil {
		_ = c.Close()
		return
	}
	var conn net.Conn = c
	const handshake = 0x16 // the first byte of TLS, and of no HTTP request
	if first == handshake {
		conn = tls.Server(c, &tls.Config{GetCertificate: ca.certificate, MinVersion: tls.VersionTLS12})
	}
	server := &http.Server{
		Handler:      h.Handler,
		ErrorLog:     logger,
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // no HTTP/2
	}
	if h.Fault != nil {
		server.ConnContext = markAsked
	}
	// Serve starts a goroutine for the connection, and returns when the listener
	// has no other to give.
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
