package fault

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// An Answer is an HTTP response before it is sent.
type Answer struct {
	Status  int
	Header  http.Header
	Body    []byte
	Content io.ReaderAt // instead of Body: Size bytes from Offset on
	Offset  int64
	Size    int64
	Chunked bool // no Content-Length

	// Answered is told the status, right before it is sent; nil: nobody.
	Answered func(status int)
	// Sent is told of bytes of the body before they are written, so that whoever has read them
	// finds them counted, and what could then not be written as a negative number; nil: nobody.
	Sent func(n int64)
}

// Send sends the answer with what the plan has happen on the way. It panics with
// [http.ErrAbortHandler] where the connection is to end in the middle.
func (p *Plan) Send(w http.ResponseWriter, r *http.Request, t *Traffic, a *Answer) {
	if a.Content == nil {
		for _, rewrite := range p.Rewrite {
			a.Body = rewrite(a.Body)
		}
		a.Size = int64(len(a.Body))
		a.Content, a.Offset = bytes.NewReader(a.Body), 0
	}
	if p.Truncate != never {
		a.Size = min(a.Size, p.Truncate)
	}
	if p.Status != 0 {
		a.Status = p.Status
	}
	p.setHeader(w.Header(), r, a)
	if a.Answered != nil {
		a.Answered(a.Status)
	}
	w.WriteHeader(a.Status)
	if r.Method == http.MethodHead || a.Status == http.StatusNotModified {
		return // neither has a body: RFC 9110, sections 9.3.2 and 15.4.5
	}
	b := &bodyWriter{w: w, r: r, sentTo: a.Sent, pace: p.Pace, began: time.Now()}
	p.sendBody(b, a, t)
}

func (p *Plan) setHeader(h http.Header, r *http.Request, a *Answer) {
	for name, values := range a.Header {
		h[name] = values
	}
	switch {
	case a.Status == http.StatusNotModified:
	case a.Chunked && r.Method != http.MethodHead && r.ProtoMajor == 1:
		h.Set("Transfer-Encoding", "chunked")
	case !a.Chunked:
		h.Set("Content-Length", strconv.FormatInt(a.Size, 10))
	}
	for name, values := range p.Header {
		if values[0] == "" {
			h[name] = nil // unlike Del it keeps net/http from setting a Date or Content-Type of its own
			continue
		}
		h[name] = values
	}
}

// sendBody sends the body from mark to mark. A mark behind the end is never reached.
func (p *Plan) sendBody(w *bodyWriter, a *Answer, t *Traffic) {
	marks := slices.Clone(p.marks)
	for _, m := range []mark{
		{p.stall, func() { t.hang(w.r); panic(http.ErrAbortHandler) }},
		{p.reset, func() { resetConnection(w.w); panic(http.ErrAbortHandler) }},
		{p.cut, func() { panic(http.ErrAbortHandler) }},
	} {
		if m.after != never {
			marks = append(marks, m)
		}
	}
	slices.SortStableFunc(marks, func(x, y mark) int { return int(min(1, max(-1, x.after-y.after))) })
	var sent int64
	for _, m := range marks {
		if m.after > a.Size {
			break
		}
		if err := w.copy(a.Content, a.Offset+sent, m.after-sent); err != nil {
			panic(http.ErrAbortHandler)
		}
		sent = m.after
		w.flush()
		m.do()
	}
	if err := w.copy(a.Content, a.Offset+sent, a.Size-sent); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// A bodyWriter writes a body at its pace and counts it.
type bodyWriter struct {
	w      http.ResponseWriter
	r      *http.Request
	sentTo func(int64)
	pace   int64
	began  time.Time
	sent   int64
}

var copyBuffers = sync.Pool{New: func() any { return new([256 << 10]byte) }}

func (w *bodyWriter) copy(content io.ReaderAt, offset, size int64) error {
	buffer := copyBuffers.Get().(*[256 << 10]byte)
	defer copyBuffers.Put(buffer)
	for size > 0 {
		p := buffer[:min(size, int64(len(buffer)))]
		if w.pace > 0 {
			p = p[:min(len(p), 64<<10)] // a steady pace, not one in gulps
		}
		if n, err := content.ReadAt(p, offset); n < len(p) {
			return err
		}
		if err := w.wait(len(p)); err != nil {
			return err
		}
		w.count(int64(len(p)))
		n, err := w.w.Write(p)
		w.count(int64(n - len(p)))
		if err != nil {
			return err
		}
		w.sent += int64(n)
		offset += int64(n)
		size -= int64(n)
	}
	return nil
}

func (w *bodyWriter) count(n int64) {
	if w.sentTo != nil {
		w.sentTo(n)
	}
}

// wait waits until the pace allows n more bytes. It counts from the beginning of the body, so
// that late timers don't add up.
func (w *bodyWriter) wait(n int) error {
	if w.pace <= 0 {
		return nil
	}
	due := time.Duration(float64(w.sent+int64(n)) / float64(w.pace) * float64(time.Second))
	timer := time.NewTimer(due - time.Since(w.began))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-w.r.Context().Done():
		return w.r.Context().Err()
	}
}

func (w *bodyWriter) flush() {
	// A connection that is gone, or a writer that can't be flushed, shows at the next write.
	_ = http.NewResponseController(w.w).Flush()
}

// resetConnection ends the connection with a reset where it can.
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if errors.Is(err, http.ErrNotSupported) {
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		return // the connection is gone
	}
	if tls, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = tls.NetConn()
	}
	switch c := conn.(type) {
	case interface{ SetLinger(int) error }: // TCP
		_ = c.SetLinger(0) // the kernel then sends a reset: socket(7), SO_LINGER
	case interface{ Reset() }: // in memory
		c.Reset()
	}
	_ = conn.Close()
}
