package memnet

import (
	"context"
	"io"
	"log"
	"net"
	"net/http/httptrace"
	"os"
	"syscall"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/testca"
)

// The limits of the SDK's own HTTP client (aws-sdk-go-v2, aws/transport/http).
const (
	dialTimeout      = 30 * time.Second
	handshakeTimeout = 10 * time.Second
)

// DialContext connects to addr, "host:port". It returns the errors that a [net.Dialer] returns, and
// calls the hooks of an [httptrace.ClientTrace] that it calls: irsa finds out by them how far a
// request got.
func (n *Network) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if request, ok := ctx.Value(requestContext{}).(context.Context); ok {
		ctx = request
	}
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

// resolve returns an address for a name, the same for all: it is of 192.0.2.0/24, which RFC 5737
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

// connect makes a connection to h, or fails as fault says.
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
	case Silent: // nobody serves it; it ends with the request, as everything does
		context.AfterFunc(ctx, client.Reset)
	case Untrusted:
		// The server would log the handshake that fails, which is what the test wants.
		go serve(server, h, new(testca.Authority), log.New(io.Discard, "", 0))
	default:
		go serve(server, h, &n.ca, nil)
	}
	return client, nil
}

// hang waits until ctx ends, or for dialTimeout, and returns the error of that.
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
