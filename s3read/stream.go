package s3read

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	enoughProgress = 4 << 10   // bytes received that make the next failure the first again
	worthDraining  = 256 << 10 // bytes left of an answer that are read so that its connection can be used again
	drainTime      = 250 * time.Millisecond
)

// A stream delivers the bytes of one range of a source, over as many answers as that takes. It is for one goroutine;
// ctx ends it from outside.
type stream struct {
	src       *source
	ctx       context.Context
	op        string // for errors
	gate      *gate  // has the room for it, if there is one
	byteRange        // still to be delivered; a negative end is the object's

	inside  bool            // the gate
	body    *answer         // nil: to be asked for
	attempt context.Context // body's
	cancel  context.CancelCauseFunc
	watch   *watch
	skip    int64 // bytes of body that come before off

	tries  attempts
	got    int64 // bytes since tries began
	failed error // why there is no body any more
	final  bool  // failed can't be mended
	region string
}

func (s *source) stream(ctx context.Context, op string, r byteRange, gate *gate) *stream {
	return &stream{src: s, ctx: ctx, op: op, byteRange: r, gate: gate, tries: attempts{resume: s.pinned}}
}

// connect sees to it that there is an answer to read from.
func (s *stream) connect() error {
	for s.body == nil {
		if err := s.again(); err != nil {
			return s.err(err)
		}
		if !s.inside {
			if err := s.gate.enter(s.ctx); err != nil {
				return s.err(ended(s.ctx, nil))
			}
			s.inside = true
		}
		turn := s.gate.turn()
		s.failed = s.ask()
		if isThrottle(s.failed) {
			s.gate.slowDown(turn)
			s.leave(false) // others have its room while it waits
		}
	}
	return nil
}

// leave gives the stream's room to others.
func (s *stream) leave(ok bool) {
	if s.inside {
		s.gate.leave(ok)
		s.inside = false
	}
}

// again waits as long as the last failure makes it necessary: not at all after progress.
func (s *stream) again() error {
	switch {
	case s.ctx.Err() != nil:
		return ended(s.ctx, nil)
	case s.failed == nil:
		return nil
	case s.final:
		return s.failed
	case s.got >= enoughProgress:
		s.got = 0
		s.tries.progressed()
		return nil
	}
	return s.tries.again(s.ctx, s.failed)
}

func (s *stream) ask() error {
	ctx, cancel := context.WithCancelCause(s.ctx)
	w := s.src.b.watch(cancel)
	a, region, err := s.src.get(ctx, s.byteRange)
	w.stop()
	s.region = region
	if err != nil {
		err = stalled(ctx, err)
		cancel(nil)
		if errors.Is(err, errNoVersion) && s.failed != nil {
			s.final = true
			return s.failed
		}
		return err
	}
	if !s.src.pinned {
		s.src.pin(a)
		s.tries.resume = true
	}
	if s.end < 0 || s.end > a.object.Size {
		s.end = a.object.Size
	}
	s.body, s.attempt, s.cancel, s.watch, s.skip = a, ctx, cancel, w, s.off-a.off
	return nil
}

// Read is io.Reader's. It never returns io.EOF before the range's end, nor bytes with an error.
func (s *stream) Read(p []byte) (int, error) {
	for {
		if s.off == s.end {
			return 0, io.EOF
		}
		if len(p) == 0 {
			return 0, nil
		}
		if err := s.connect(); err != nil {
			return 0, err
		}
		if s.off == s.end { // known only now
			s.Close()
			continue
		}
		if n := s.receive(p[:min(int64(len(p)), s.end-s.off)]); n > 0 {
			return n, nil
		}
	}
}

// receive reads once from the answer.
func (s *stream) receive(p []byte) int {
	if s.skip > 0 {
		p = p[:min(int64(len(p)), s.skip)]
	}
	s.watch.start()
	n, err := s.body.body.Read(p)
	s.watch.stop()
	if s.skip > 0 {
		s.skip -= int64(n)
		n = 0
	}
	s.off += int64(n)
	s.got += int64(n)
	switch {
	case s.off == s.end:
		s.Close()
	case err != nil || s.off-s.skip == s.body.end:
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		s.cut(err)
	}
	return n
}

// cut gives up an answer that broke.
func (s *stream) cut(err error) {
	s.failed = &cutError{stalled(s.attempt, err), s.off, s.src.object.Size}
	s.final = !s.src.resumable()
	s.cancel(nil)
	_ = s.body.body.Close() // it is broken
	s.body = nil
}

// Close gives back the connection, for further use if what is left of the answer is short.
func (s *stream) Close() {
	if s.body == nil {
		return
	}
	if left := s.body.end - s.off + s.skip; left > 0 && left <= worthDraining && s.ctx.Err() == nil {
		timer := time.AfterFunc(drainTime, func() { s.cancel(nil) })
		_, _ = io.CopyN(io.Discard, s.body.body, left) // only the connection is lost if it fails
		timer.Stop()
	}
	_ = s.body.body.Close() // everything that was wanted has arrived
	s.cancel(nil)
	s.body = nil
}

// err makes the *Error of what ends the stream.
func (s *stream) err(err error) error {
	size := int64(-1)
	if s.src.pinned {
		size = s.src.object.Size
	}
	return s.src.b.failed(request{op: s.op, key: s.src.object.Key, rng: s.header(size)}, s.region, err)
}

// A cutError is a body that ended before its time. What caused it may be over at the next attempt.
type cutError struct {
	err       error
	off, size int64
}

func (e *cutError) Error() string {
	return fmt.Sprintf("body broke off after %d of %d bytes: %v", e.off, e.size, e.err)
}
func (e *cutError) Unwrap() error        { return e.err }
func (e *cutError) RetryableError() bool { return true }
