package s3read

import (
	"context"
	"io"
	"sync/atomic"
	"time"
)

// aheadAfter is how much is read in order before reading ahead is considered: whoever wants a
// header or a footer has stopped by then.
const aheadAfter = 2 << 20

// An ahead reads a version ahead of a [Reader], in ordered parts on connections of their own. As
// many parts are on their way as pay: more when the Reader has to wait for one, fewer when all of
// them wait for the Reader. It is for one goroutine.
type ahead struct {
	version *version
	op      string // for errors
	ctx     context.Context
	cancel  context.CancelFunc
	parts   []*aheadPart // in order, without gaps
	held    int          // how many of them have memory: the first ones
	next    int64        // where the part after them begins
	window  int          // how many there may be
}

// An aheadPart is on its way until done is closed; from then on data or err is set.
type aheadPart struct {
	byteRange
	begun  atomic.Bool // its answer
	room   chan []byte // gives it buf
	done   chan struct{}
	cancel context.CancelFunc
	buf    []byte // nil: a part in front has to be read first
	data   []byte
	err    error

	took  time.Duration // without the wait for buf
	ended time.Time
}

// readAhead begins to read ahead at off, with one part. It returns nil if there is no memory.
func (v *version) readAhead(ctx context.Context, op string, off int64) *ahead {
	a := &ahead{version: v, op: op, next: off, window: 1}
	a.ctx, a.cancel = context.WithCancel(ctx)
	if a.request(); len(a.parts) == 0 {
		a.cancel()
		return nil
	}
	return a
}

// request asks for the parts that the window has room for. The last ones are asked for without
// memory, half as many as have some: their answers begin while the parts in front still arrive, and
// no connection waits for a server with memory that is of no use meanwhile.
func (a *ahead) request() {
	b, size := &a.version.b.ahead, a.version.object.Size
	for len(a.parts) < a.window && a.next < size {
		var buf []byte
		if a.held < b.parts {
			buf = b.take()
		}
		if buf == nil && len(a.parts)-a.held >= a.held/2 {
			return
		}
		p := &aheadPart{
			byteRange: byteRange{a.next, min(a.next+b.partSize, size)},
			room:      make(chan []byte, 1), done: make(chan struct{}),
		}
		ctx, cancel := context.WithCancel(a.ctx)
		p.cancel = cancel
		a.parts = append(a.parts, p)
		a.next = p.end
		if buf != nil {
			a.lend(buf)
		}
		go p.fetch(a.version.stream(ctx, a.op, p.byteRange))
	}
}

// lend gives memory to the first part that has none.
func (a *ahead) lend(buf []byte) {
	p := a.parts[a.held]
	p.buf = buf
	p.room <- buf
	a.held++
}

// fetch fills the part. A server without ranges would send the whole object for each part: its part
// fails with errWrongRange.
func (p *aheadPart) fetch(s *stream) {
	began := time.Now()
	defer func() { p.ended = time.Now(); p.took += p.ended.Sub(began); close(p.done) }()
	defer p.cancel()
	defer s.Close()
	if p.err = s.connect(); p.err != nil {
		return
	}
	if s.response.off != p.off {
		p.err = s.newError(errWrongRange)
		return
	}
	p.begun.Store(true)
	p.took = time.Since(began)
	var buf []byte
	select {
	case buf = <-p.room:
	case <-s.ctx.Done():
		p.err = s.newError(contextError(s.ctx, nil))
		return
	}
	began = time.Now()
	data := buf[:p.end-p.off]
	if _, p.err = io.ReadFull(s, data); p.err == nil {
		p.data = data
	}
}

// isPassed reports whether nothing is on its way any more for a Reader at pos.
func (a *ahead) isPassed(pos int64) bool { return pos >= a.next }

// read copies what there is at pos. Where that is not there yet, it waits for it if wait says so,
// and otherwise returns zero, as it does where no part covers pos.
func (a *ahead) read(pos int64, p []byte, wait bool) (int, error) {
	if a.ctx.Err() != nil {
		r := request{op: a.op, key: a.version.object.Key}
		return 0, a.version.b.newError(r, "", contextError(a.ctx, nil))
	}
	for len(a.parts) > 0 && a.parts[0].end <= pos { // passed by a Seek, or by the Reader's own stream
		a.drop()
	}
	if a.isPassed(pos) || len(a.parts) > 0 && pos < a.parts[0].off {
		if len(a.parts) == 1 && a.parts[0].begun.Load() {
			a.widen()
		}
		return 0, nil
	}
	if a.request(); len(a.parts) == 0 {
		return 0, nil
	}
	head := a.parts[0]
	if !head.isDone() {
		if !wait {
			return 0, nil
		}
		a.window = min(2*a.window, a.version.b.ahead.window())
		a.request()
		<-head.done
	}
	if head.err != nil {
		return 0, head.err
	}
	n := copy(p, head.data[pos-head.off:])
	if pos+int64(n) == head.end {
		if a.parts[a.held-1].hasWaited() {
			a.window = max(1, a.window-1)
		}
		a.drop()
		a.request()
	}
	return n, nil
}

// widen asks for all that there is memory for, once the server is known to answer for a part.
func (a *ahead) widen() {
	a.window = max(a.window, a.version.b.ahead.parts)
	a.request()
}

func (p *aheadPart) isDone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// hasWaited reports whether the part has been there for longer than it took, so that there would be
// time for another one.
func (p *aheadPart) hasWaited() bool { return p.isDone() && time.Since(p.ended) > p.took }

// drop gives up the first part. Its memory goes to the first part without, or back.
func (a *ahead) drop() {
	p := a.parts[0]
	p.cancel()
	<-p.done
	a.parts = append(a.parts[:0], a.parts[1:]...)
	a.held--
	if a.held < len(a.parts) {
		a.lend(p.buf)
	} else {
		a.version.b.ahead.give(p.buf)
	}
}

// stop gives up all parts. It returns when no request is in flight any more.
func (a *ahead) stop() {
	a.cancel()
	for len(a.parts) > 0 {
		a.drop()
	}
}
