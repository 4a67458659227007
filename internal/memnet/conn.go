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

// capacity is how many bytes a direction holds before its writer waits.
const capacity = 256 << 10

// pipe returns the two ends of a connection. Unlike those of net.Pipe they buffer,
// as the ends of a TCP connection do.
func pipe(client, server net.Addr) (*Conn, *Conn) {
	up, down := newStream(), newStream()
	return &Conn{in: down, out: up, local: client, remote: server}, &Conn{in: up, out: down, local: server, remote: client}
}

// A Conn is one end of a connection in memory. It is safe for concurrent use.
type Conn struct {
	in, out       *stream
	local, remote net.Addr
}

// Read reads what has come; at the end of the connection it answers io.EOF.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.in.take(p)
	return n, c.opError("read", err)
}

// Write waits where the other end has not read what is on its way.
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.out.put(p)
	return n, c.opError("write", err)
}

// peek waits for the next byte to read, and leaves it there.
func (c *Conn) peek() (byte, error) {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	if err := c.in.wait(); err != nil {
		return 0, err
	}
	return c.in.buf[c.in.read], nil
}

// Close ends the connection: the other end reads what is on its way, then io.EOF.
func (c *Conn) Close() error {
	c.in.end(net.ErrClosed, syscall.EPIPE, true)
	c.out.end(io.EOF, net.ErrClosed, false)
	return nil
}

// Reset ends the connection as a TCP reset does: what is on its way is lost, and
// both ends have an error.
func (c *Conn) Reset() {
	for _, s := range []*stream{c.in, c.out} {
		s.end(syscall.ECONNRESET, syscall.ECONNRESET, true)
	}
}

// LocalAddr is this end's address, a *net.TCPAddr.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the other end's address, a *net.TCPAddr.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines. The zero time is none.
func (c *Conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline ends Reads with os.ErrDeadlineExceeded, waiting ones too.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.readBy, t)
	return nil
}

// SetWriteDeadline ends Writes with os.ErrDeadlineExceeded, waiting ones too.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.out.setDeadline(&c.out.writeBy, t)
	return nil
}

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
type stream struct {
	mu              sync.Mutex // guards what follows
	changed         sync.Cond
	buf             []byte
	read            int   // of buf
	readErr         error // once buf is read
	writeErr        error
	readBy, writeBy deadline
}

type deadline struct {
	at    time.Time
	timer *time.Timer
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func newStream() *stream {
	s := new(stream)
	s.changed.L = &s.mu
	return s
}

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

// wait returns when there is a byte to read, or why there will be none.
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

// end makes reads and writes fail from now on; the first errors given stay.
func (s *stream) end(readErr, writeErr error, lose bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if lose {
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
