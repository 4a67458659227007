package memnet

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// capacity is how many bytes a direction holds before its writer waits: enough for a page of a
// listing, so that a writer and a reader seldom wait for each other.
const capacity = 256 << 10

// pipe returns the two ends of a connection. Unlike those of [net.Pipe] they buffer, as the ends of
// a TCP connection do: with net.Pipe a server that answers before it has read the whole request,
// and a client that writes before it reads, would wait for each other for ever.
func pipe(client, server net.Addr) (*Conn, *Conn) {
	up, down := newStream(), newStream()
	return &Conn{in: down, out: up, local: client, remote: server},
		&Conn{in: up, out: down, local: server, remote: client}
}

// A Conn is one end of a connection in memory. It is safe for concurrent use.
type Conn struct {
	in, out       *stream
	local, remote net.Addr
}

// Read reads what has arrived, and waits where nothing has. After the other end's Close it returns
// io.EOF.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.in.take(p)
	return n, c.opError("read", err)
}

// Write waits where as many bytes are under way as a direction holds.
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.out.put(p)
	return n, c.opError("write", err)
}

// peek waits for the next byte, and returns it without reading it.
func (c *Conn) peek() (byte, error) {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	if err := c.in.wait(); err != nil {
		return 0, err
	}
	return c.in.buf[c.in.read], nil
}

// Close ends the connection: the other end reads what is under way, then io.EOF.
func (c *Conn) Close() error {
	c.in.end(net.ErrClosed, syscall.EPIPE, true)
	c.out.end(io.EOF, net.ErrClosed, false)
	return nil
}

// Reset ends the connection as a TCP reset does: what is under way is lost, and both ends get
// ECONNRESET.
func (c *Conn) Reset() {
	for _, s := range []*stream{c.in, c.out} {
		s.end(syscall.ECONNRESET, syscall.ECONNRESET, true)
	}
}

// LocalAddr is this end's address, a *net.TCPAddr.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the other end's address, a *net.TCPAddr.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines. The zero time means no deadline.
func (c *Conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline lets Reads fail with os.ErrDeadlineExceeded from t on, also those that wait.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.readBy, t)
	return nil
}

// SetWriteDeadline lets Writes fail with os.ErrDeadlineExceeded from t on, also those that wait.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.out.setDeadline(&c.out.writeBy, t)
	return nil
}

// opError wraps an error as the net package does: callers look for a *net.OpError, and in it for an
// *os.SyscallError with the errno.
func (c *Conn) opError(op string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		err = os.NewSyscallError(op, errno)
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.remote, Err: err}
}

// A stream is one direction of a connection.
//
// Readers and writers wait on a sync.Cond, because that counts as durably blocked in a bubble, as a
// mutex does not. Whoever changes anything wakes all of them, and each looks whether it can go on.
type stream struct {
	mu              sync.Mutex // guards what follows
	changed         sync.Cond
	buf             []byte // written; the first read bytes of it are read
	read            int
	readErr         error // of reads once all of buf is read; nil while the stream is open
	writeErr        error // of writes; nil while the stream is open
	readBy, writeBy deadline
}

// A deadline is when reads or writes begin to fail. Its timer wakes those that wait then.
type deadline struct {
	at    time.Time // zero: none
	timer *time.Timer
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func newStream() *stream {
	s := new(stream)
	s.changed.L = &s.mu
	return s
}

// take reads into p at least one byte.
func (s *stream) take(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	if err := s.wait(); err != nil {
		return 0, err
	}
	n := copy(p, s.buf[s.read:])
	if s.read += n; s.read == len(s.buf) {
		s.buf, s.read = s.buf[:0], 0
	}
	s.changed.Broadcast()
	return n, nil
}

// wait returns nil when there is a byte to read, or the error that says why there will be none.
func (s *stream) wait() error {
	for {
		switch {
		case s.readBy.passed():
			return os.ErrDeadlineExceeded
		case s.read < len(s.buf):
			return nil
		case s.readErr != nil:
			return s.readErr
		}
		s.changed.Wait()
	}
}

// put writes all of p, or fails.
func (s *stream) put(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	written := 0
	for {
		switch {
		case s.writeErr != nil:
			return written, s.writeErr
		case s.writeBy.passed():
			return written, os.ErrDeadlineExceeded
		}
		if n := min(len(p), capacity-len(s.buf)+s.read); n > 0 {
			// Move what is not read to the front rather than grow.
			if s.read > 0 && len(s.buf)+n > cap(s.buf) {
				s.buf, s.read = s.buf[:copy(s.buf, s.buf[s.read:])], 0
			}
			s.buf = append(s.buf, p[:n]...)
			p, written = p[n:], written+n
			s.changed.Broadcast()
		}
		if len(p) == 0 {
			return written, nil
		}
		s.changed.Wait()
	}
}

// end makes reads and writes fail with these errors from now on; if discard is true, also reads of
// what is under way. The errors of the first end stay, except that an end's own Close counts: from
// then on it gets net.ErrClosed, whatever the other end did before.
func (s *stream) end(readErr, writeErr error, discard bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if discard {
		s.buf, s.read = nil, 0
	}
	if s.readErr == nil || errors.Is(readErr, net.ErrClosed) {
		s.readErr = readErr
	}
	if s.writeErr == nil || errors.Is(writeErr, net.ErrClosed) {
		s.writeErr = writeErr
	}
	for _, d := range []*deadline{&s.readBy, &s.writeBy} {
		if d.timer != nil {
			d.timer.Stop()
		}
	}
	s.changed.Broadcast()
}

// setDeadline replaces a deadline of the stream.
func (s *stream) setDeadline(d *deadline, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.at = at
	if wait := time.Until(at); !at.IsZero() && wait > 0 {
		d.timer = time.AfterFunc(wait, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.changed.Broadcast()
		})
	}
	s.changed.Broadcast()
}
