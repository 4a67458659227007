package s3readtest

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

// An answer is one, before it is sent.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	content io.ReaderAt // instead of body: size bytes from offset on
	offset  int64
	size    int64
	chunked bool // no Content-Length
}

func newAnswer(status int, body []byte) *answer {
	h := http.Header{}
	h.Set("Server", "AmazonS3")
	h.Set("x-amz-request-id", newRequestID())
	h.Set("x-amz-id-2", newHostID())
	return &answer{status: status, header: h, body: body, size: int64(len(body))}
}

// newXML is an answer with an XML body, which S3 sends in chunks.
func newXML(status int, body []byte) *answer {
	a := newAnswer(status, body)
	a.header.Set("Content-Type", "application/xml")
	a.chunked = true
	return a
}

// before does what is to happen before the request is looked at, and tells whether
// that was all.
func (p *plan) before(w http.ResponseWriter, r *http.Request) bool {
	if p.delay > 0 {
		timer := time.NewTimer(p.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	switch before {
	case p.reset:
		resetConnection(w)
		return true
	case p.cut:
		panic(http.ErrAbortHandler)
	case p.stall:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	return false
}

// send sends the answer, with what is to happen on the way.
func (p *plan) send(w http.ResponseWriter, r *http.Request, a *answer, l *logged) {
	if a.content == nil {
		for _, rewrite := range p.rewrite {
			a.body = rewrite(a.body)
		}
		a.size = int64(len(a.body))
		a.content, a.offset = bytes.NewReader(a.body), 0
	}
	if p.truncate != never {
		a.size = min(a.size, p.truncate)
	}
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	head := r.Method == http.MethodHead
	switch {
	case a.status == http.StatusNotModified:
	case a.chunked && !head && r.ProtoMajor == 1:
		h.Set("Transfer-Encoding", "chunked")
	case !a.chunked:
		h.Set("Content-Length", strconv.FormatInt(a.size, 10))
	}
	for name, values := range p.header {
		h.Del(name)
		if values[0] != "" {
			h[name] = values
		}
	}
	l.answered(a.status)
	w.WriteHeader(a.status)
	if head || a.status == http.StatusNotModified {
		return
	}
	p.sendBody(&bodyWriter{w: w, r: r, log: l, pace: p.pace, began: time.Now()}, a)
}

// sendBody sends the body from mark to mark.
func (p *plan) sendBody(w *bodyWriter, a *answer) {
	marks := slices.Clone(p.marks)
	for _, m := range []mark{
		{p.stall, func() { <-w.r.Context().Done(); panic(http.ErrAbortHandler) }},
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
		if m.after > a.size {
			break
		}
		if err := w.copy(a.content, a.offset+sent, m.after-sent); err != nil {
			panic(http.ErrAbortHandler)
		}
		sent = m.after
		w.flush()
		m.do()
	}
	if err := w.copy(a.content, a.offset+sent, a.size-sent); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// A bodyWriter writes a body at its pace and counts it.
type bodyWriter struct {
	w     http.ResponseWriter
	r     *http.Request
	log   *logged
	pace  int64
	began time.Time
	sent  int64
}

var copyBuffers = sync.Pool{New: func() any { return new([256 << 10]byte) }}

func (w *bodyWriter) copy(content io.ReaderAt, offset, size int64) error {
	buffer := copyBuffers.Get().(*[256 << 10]byte)
	defer copyBuffers.Put(buffer)
	for size > 0 {
		p := buffer[:min(size, int64(len(buffer)))]
		if w.pace > 0 {
			p = p[:min(len(p), 64<<10)]
		}
		if n, err := content.ReadAt(p, offset); n < len(p) {
			return err
		}
		if err := w.wait(len(p)); err != nil {
			return err
		}
		w.log.sent(int64(len(p)))
		n, err := w.w.Write(p)
		w.log.sent(int64(n - len(p)))
		if err != nil {
			return err
		}
		w.sent += int64(n)
		offset += int64(n)
		size -= int64(n)
	}
	return nil
}

// wait waits until the pace allows n more bytes. It counts from the beginning of the
// body, so that late timers don't add up.
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
		_ = c.SetLinger(0) // without it the end is an orderly one
	case interface{ Reset() }: // in memory
		c.Reset()
	}
	_ = conn.Close()
}
