// Package memnet is a network in memory, for real http.Transports and real HTTP
// handlers that must meet without sockets: in tests that run in a
// testing/synctest bubble, where a goroutine that waits on a socket keeps the
// bubble's clock from moving.
//
// Everything that waits here waits on what was made while dialling, and so
// inside the bubble of whoever dialled. A connection has no goroutine of its own
// but the one that serves it, which ends when either side closes it: with a
// Transport from Network.Transport, that is when its one exchange is over.
package memnet

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// The SDK's own client has these limits too. They are needed: a Transport ends
// neither a dial nor a handshake when the request it was made for is cancelled.
const (
	dialTimeout      = 30 * time.Second
	handshakeTimeout = 10 * time.Second
)

// A Fault is what may befall a connection while it is made.
type Fault int

const (
	None         Fault = iota
	NoSuchHost         // the name does not resolve
	ResolveHangs       // the name's resolution never ends
	Refused            // the connection is refused
	ConnectHangs       // the connection is never accepted
	Reset              // the connection is made, and reset
	Silent             // the connection is made, and no byte ever comes back
	Untrusted          // TLS is answered with a certificate of an unknown authority
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

// Transport returns a transport whose connections are made in this network, over
// TLS for https URLs. It keeps no connection alive, so that nothing is left of an
// exchange when it is over.
func (n *Network) Transport() *http.Transport {
	return &http.Transport{
		DialContext:         n.DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: n.ca.pool(), MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: handshakeTimeout,
		DisableKeepAlives:   true,
	}
}

// DialContext connects to addr, "host:port", and tells an httptrace.ClientTrace
// what a net.Dialer would. Its errors are a net.Dialer's.
func (n *Network) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	h, known := n.lookup(host)
	fault := None
	if h.Fault != nil {
		fault = h.Fault()
	}
	if !known {
		fault = NoSuchHost
	}
	trace := httptrace.ContextClientTrace(ctx)
	remote, err := resolve(ctx, trace, host, port, fault)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	if trace != nil && trace.ConnectStart != nil {
		trace.ConnectStart(network, remote.String())
	}
	conn, err := n.connect(ctx, h, remote, fault)
	if err != nil {
		err = &net.OpError{Op: "dial", Net: network, Addr: remote, Err: err}
	}
	if trace != nil && trace.ConnectDone != nil {
		trace.ConnectDone(network, remote.String(), err)
	}
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// resolve invents an address for a name: all are in 192.0.2.0/24, which RFC 5737
// keeps for documentation.
func resolve(ctx context.Context, trace *httptrace.ClientTrace, host, port string, fault Fault) (*net.TCPAddr, error) {
	addr := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}
	if p, err := net.LookupPort("tcp", port); err == nil {
		addr.Port = p
	}
	if ip := net.ParseIP(host); ip != nil {
		addr.IP = ip
		return addr, nil
	}
	if trace != nil && trace.DNSStart != nil {
		trace.DNSStart(httptrace.DNSStartInfo{Host: host})
	}
	var err error
	switch fault {
	case NoSuchHost:
		err = &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	case ResolveHangs:
		cause := hang(ctx)
		err = &net.DNSError{Err: cause.Error(), UnwrapErr: cause, Name: host, IsTimeout: os.IsTimeout(cause)}
	}
	if trace != nil && trace.DNSDone != nil {
		trace.DNSDone(httptrace.DNSDoneInfo{Addrs: []net.IPAddr{{IP: addr.IP}}, Err: err})
	}
	return addr, err
}

func (n *Network) connect(ctx context.Context, h Host, remote *net.TCPAddr, fault Fault) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch fault {
	case NoSuchHost, Refused: // an address that nobody listens at
		return nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
	case ResolveHangs, ConnectHangs:
		return nil, hang(ctx)
	}
	local := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 1024 + int(n.ports.Add(1)%64000)}
	client, server := pipe(local, remote)
	switch fault {
	case Reset:
		client.Reset()
	case Silent:
	case Untrusted:
		go n.serve(server, h.Handler, new(authority))
	default:
		go n.serve(server, h.Handler, &n.ca)
	}
	return client, nil
}

func hang(ctx context.Context) error {
	t := time.NewTimer(dialTimeout)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return os.ErrDeadlineExceeded
	}
}

// serve answers one connection, over TLS where the client begins with it.
func (n *Network) serve(c *Conn, h http.Handler, ca *authority) {
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
		Handler:      h,
		ErrorLog:     log.New(io.Discard, "", 0),
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // no HTTP/2
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
