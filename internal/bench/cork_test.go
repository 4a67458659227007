package bench_test

import (
	"crypto/tls"
	"net"
	"sync"
)

// A corkedListener serves TLS, and hands to the kernel at once what a handler writes at once, where
// crypto/tls does so for each 16 KiB. S3 encrypts on processors of its own; here those of the
// clients do it too.
type corkedListener struct {
	net.Listener
	config *tls.Config
}

func (l corkedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	under := &cork{Conn: conn}
	return corked{tls.Server(under, l.config), under}, nil
}

type corked struct {
	*tls.Conn
	under *cork
}

func (c corked) Write(p []byte) (int, error) {
	c.under.hold()
	n, err := c.Conn.Write(p)
	if held := c.under.release(); err == nil {
		err = held
	}
	return n, err
}

// A cork is a connection that gathers what is written to it while it is held.
type cork struct {
	net.Conn
	mu   sync.Mutex // guards what follows
	held bool
	buf  []byte
}

func (c *cork) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = true
}

// release writes what was gathered.
func (c *cork) release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held = false; len(c.buf) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.buf)
	c.buf = c.buf[:0]
	return err
}

func (c *cork) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.held {
		return c.Conn.Write(p)
	}
	c.buf = append(c.buf, p...)
	return len(p), nil
}
