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
	"sync"
	"sync/atomic"
)

// A network is how the pod reaches STS.
type network struct {
	stsURL string
	lets   atomic.Bool // the proxy lets the pod through
}

// connect gives the pod a way to STS.
func (c *Cloud) connect() (err error) {
	c.stsURL, err = c.serve(http.HandlerFunc(c.serveSTS))
	return err
}

// caFile is where the CA of what TLS server there is lies.
func (c *Cloud) caFile() string { return filepath.Join(c.root, "ca.pem") }

// serveTLS serves STS with a certificate of nobody's, for this address, for
// example.com and for the names below it.
func (c *Cloud) serveTLS() (address string, err error) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(c.serveSTS))
	// What the server says of clients that don't trust it is the case's point, and
	// the report says it.
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	c.servers = append(c.servers, server.Config)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return server.Listener.Addr().String(), c.write("ca.pem", string(ca))
}

// serveProxy starts a proxy that leads nowhere but to this address.
func (c *Cloud) serveProxy(address string) (url string, err error) {
	return c.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || !c.lets.Load() {
			http.Error(w, "not on the list", http.StatusForbidden)
			return
		}
		there, err := net.Dial("tcp", address)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		here, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			there.Close()
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
		var both sync.WaitGroup // each direction ends with its connection
		both.Go(func() { _, _ = io.Copy(there, buffered); there.Close() })
		both.Go(func() { _, _ = io.Copy(here, there); here.Close() })
		both.Wait()
	}))
}

// resolveNothing makes the process's resolver one that knows no name, so that a
// name that isn't there is asked of nobody else.
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
				message[2] |= 0x80 // an answer,
				message[3] = 0x83  // from one who recurses: there is no such name (RFC 1035, 4.1.1)
				_, _ = server.WriteTo(message[:n], from)
			}
		}
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	c.closers = append(c.closers, func() error {
		net.DefaultResolver = before
		return server.Close()
	})
	return nil
}
