package s3read

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	// enoughProgress is how many bytes reset the backoff, so that a body may break any number of
	// times. A server that sends less at a time is given up after retryFor.
	enoughProgress = 4 << 10

	// maxDrain is how many bytes of a response are read only to keep its connection, which costs
	// less than a new TLS handshake; drainTime limits the wait for them.
	maxDrain  = 256 << 10
	drainTime = 250 * time.Millisecond
)

// A stream delivers the bytes of one range of a version, over as many responses as that takes. It
// is for one goroutine; the end of ctx ends it.
type stream struct {
	version   *version
	ctx       context.Context
	op        string // for errors
	byteRange        // still to be delivered; a negative end is the object's

	response *response       // nil: to be requested
	attempt  context.Context // of response
	cancel   context.CancelCauseFunc
	timer    *stallTimer
	skip     int64 // bytes of the response that come before off

	retry    backoff
	progress int64  // bytes since the last failure
	failure  error  // why there is no response any more
	final    bool   // failure can't be retried
	region   string // which the last request was signed for
}

func (v *version) stream(ctx context.Context, op string, r byteRange) *stream {
	return &stream{version: v, ctx: ctx, op: op, byteRange: r, retry: backoff{resume: v.pinned}}
}

// connect makes sure that there is a response to read from. Its error is an *Error.
func (s *stream) connect() error {
	for s.response == nil {
		if err := s.waitRetry(); err != nil {
			return s.newError(err)
		}
		s.failure = s.version.b.admit(s.ctx, s.request)
	}
	return nil
}

// waitRetry waits as long as the last failure makes necessary: not at all after progress.
func (s *stream) waitRetry() error {
	switch {
	case s.ctx.Err() != nil:
		return contextError(s.ctx, nil)
	case s.failure == nil:
		return nil
	case s.final:
		return s.failure
	case s.progress >= enoughProgress:
		s.progress = 0
		s.retry.reset()
		return nil
	}
	return s.retry.wait(s.ctx, s.failure)
}

// request sends one request for what is still to be delivered.
func (s *stream) request() error {
	ctx, cancel := context.WithCancelCause(s.ctx)
	timer := s.version.b.startStallTimer(cancel)
	r, region, err := s.version.get(ctx, s.byteRange)
	timer.stop()
	s.region = region
	if err != nil {
		err = stallOr(ctx, err)
		cancel(nil)
		if errors.Is(err, errUnknownVersion) && s.failure != nil {
			s.final = true
			return s.failure
		}
		return err
	}
	if !s.version.pinned {
		s.version.pin(r)
		s.retry.resume = true
	}
	if s.end < 0 || s.end > r.object.Size {
		s.end = r.object.Size
	}
	s.response, s.attempt, s.cancel, s.timer, s.skip = r, ctx, cancel, timer, s.off-r.off
	return nil
}

// Read is [io.Reader]'s. It returns io.EOF at the end of the range and never before, and no bytes
// together with an error.
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
		if s.off == s.end { // of an empty object, which is only known now
			s.Close()
			continue
		}
		if n := s.receive(p[:min(int64(len(p)), s.end-s.off)]); n > 0 {
			return n, nil
		}
	}
}

// receive reads once from the response.
func (s *stream) receive(p []byte) int {
	if s.skip > 0 {
		p = p[:min(int64(len(p)), s.skip)]
	}
	s.timer.start()
	n, err := s.response.body.Read(p)
	s.timer.stop()
	if s.skip > 0 {
		s.skip -= int64(n)
		n = 0
	}
	s.off += int64(n)
	s.progress += int64(n)
	switch {
	case s.off == s.end:
		s.Close()
	case err != nil || s.off-s.skip == s.response.end:
		if err == nil || err == io.EOF { // a proxy that cuts a body may end it properly
			err = io.ErrUnexpectedEOF
		}
		s.abandon(err)
	}
	return n
}

// abandon gives up a response whose body failed. The SDK never retries a body; connect resumes it.
func (s *stream) abandon(err error) {
	s.failure = &bodyError{stallOr(s.attempt, err), s.off, s.version.object.Size}
	s.final = !s.version.resumable()
	s.cancel(nil)
	_ = s.response.body.Close() // it has failed already
	s.response = nil
}

// Close gives back the connection, for further use if little of the response is left.
func (s *stream) Close() {
	if s.response == nil {
		return
	}
	if left := s.response.end - s.off + s.skip; left > 0 && left <= maxDrain && s.ctx.Err() == nil {
		timer := time.AfterFunc(drainTime, func() { s.cancel(nil) })
		_, _ = io.CopyN(io.Discard, s.response.body, left) // only the connection is lost if it fails
		timer.Stop()
	}
	_ = s.response.body.Close() // everything that was wanted has arrived
	s.cancel(nil)
	s.response = nil
}

// newError makes the *Error of what ends the stream.
func (s *stream) newError(err error) error {
	r := request{op: s.op, key: s.version.object.Key, rangeHeader: s.header(s.version.size())}
	return s.version.b.newError(r, s.region, err)
}

// A bodyError is a body that ended too early. It is transient.
type bodyError struct {
	err       error
	off, size int64 // where it ended, of how many bytes; negative: unknown
}

func (e *bodyError) Error() string {
	if e.size < 0 {
		return fmt.Sprintf("body broke off after %d bytes: %v", e.off, e.err)
	}
	return fmt.Sprintf("body broke off after %d of %d bytes: %v", e.off, e.size, e.err)
}

func (e *bodyError) Unwrap() error { return e.err }

// RetryableError tells the SDK's rules, which isTransient uses, that the next attempt may get
// further.
func (e *bodyError) RetryableError() bool { return true }
