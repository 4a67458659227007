package embedded

import (
	"context"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
)

// A network is how the pod reaches STS.
type network struct {
	stsURL      string      // "" where only AWS's own endpoint is left
	proxyAllows atomic.Bool // the proxy lets the pod connect
}

// connect serves STS at an address that the pod reaches.
func (c *Cloud) connect() (err error) {
	c.stsURL, err = c.serve(http.HandlerFunc(c.serveSTS))
	return err
}

// caFile is the certificate of the server that serveTLS starts.
func (c *Cloud) caFile() string { return filepath.Join(c.root, "ca.pem") }

// serveTLS serves STS with a self-signed certificate for this address, for example.com and for
// the names below it.
func (c *Cloud) serveTLS() (address string, err error) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(c.serveSTS))
	// That clients don't trust the certificate is intended, and the report says it: the server's
	// own log would only repeat it.
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	c.servers = append(c.servers, server.Config)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return server.Listener.Addr().String(), c.write("ca.pem", string(ca))
}

// serveProxy starts a proxy that connects every client to one address.
func (c *Cloud) serveProxy(address string) (url string, err error) {
	return c.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || !c.proxyAllows.Load() {
			http.Error(w, "not on the list", http.StatusForbidden)
			return
		}
		upstream, err := net.Dial("tcp", address)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		client, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			upstream.Close()
			return
		}
		_, _ = io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n")
		var copies sync.WaitGroup // each ends when its source is closed
		copies.Go(func() { _, _ = io.Copy(upstream, buffered); upstream.Close() })
		copies.Go(func() { _, _ = io.Copy(client, upstream); client.Close() })
		copies.Wait()
	}))
}

// refusingAddress returns an address that refuses connections until Close. A port that was merely
// free a moment ago may be taken by another process; this one is held by a client's connection.
func (c *Cloud) refusingAddress() (string, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.s3URL, "http://"))
	if err != nil {
		return "", err
	}
	c.closers = append(c.closers, conn.Close)
	return conn.LocalAddr().String(), nil
}

// resolveNothing makes the process resolve no name at all, without asking another server.
func (c *Cloud) resolveNothing() error {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		message := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(message)
			if err != nil {
				return // closed
			}
			if n >= 12 {
				message[2] |= 0x80 // a response,
				message[3] = 0x83  // recursion available, NXDOMAIN (RFC 1035, 4.1.1)
				_, _ = server.WriteTo(message[:n], from)
			}
		}
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "udp", server.LocalAddr().String())
		},
	}
	c.closers = append(c.closers, func() error {
		net.DefaultResolver = before
		return server.Close()
	})
	return nil
}
