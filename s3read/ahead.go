package s3read

import (
	"context"
	"io"
	"sync"
	"time"
)

const (
	defaultReadAhead = 32 << 20

	// Parts of 1.4 MB, 24 at once: where a connection sends 90 MB/s and takes 20 ms to begin, that
	// is ten times one connection. Larger parts would be fewer in the same memory.
	aheadParts   = 24
	minAheadPart = 256 << 10
	maxAheadPart = 8 << 20

	// aheadAfter is how much is read in order before reading ahead is considered: whoever wants a
	// header or a footer has stopped by then.
	aheadAfter = 2 << 20
)

// An aheadBudget is the memory for what all Readers of a bucket read ahead. It is safe for
// concurrent use.
type aheadBudget struct {
	partSize int64
	parts    int // of one Reader at most; none is read ahead if it is below 2

	mu    sync.Mutex // guards what follows
	taken int        // parts of all Readers; at most twice that
	free  [][]byte   // of partSize, for the next parts while any is taken
}

func (b *aheadBudget) init(bytes int64) {
	if bytes == 0 {
		bytes = defaultReadAhead
	}
	b.partSize = min(max(bytes/aheadParts, minAheadPart), maxAheadPart) &^ (64<<10 - 1)
	b.parts = int(bytes / b.partSize)
}

// take returns the memory for a part, or nil if all is in use.
func (b *aheadBudget) take() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.taken >= 2*b.parts {
		return nil
	}
	b.taken++
	if n := len(b.free); n > 0 {
		buf := b.free[n-1]
		b.free = b.free[:n-1]
		return buf
	}
	return make([]byte, b.partSize)
}

// give is the inverse of take. The last one to give leaves all to the garbage collector. Until then
// a part's memory goes to the next part: a [sync.Pool] would lose it to each collection, and what
// is lost adds to what is in use.
func (b *aheadBudget) give(buf []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free = append(b.free, buf)
	if b.taken--; b.taken == 0 {
		b.free = nil
	}
}

// An ahead reads a version ahead of a [Reader], in ordered parts on connections of their own. As
// many parts are on their way as pay: more when the Reader has to wait for one, fewer when all of
// them wait for the Reader. It is for one goroutine.
type ahead struct {
	version *version
	op      string // for errors
	ctx     context.Context
	cancel  context.CancelFunc
	parts   []*aheadPart // in order, without gaps
	next    int64        // where the part after them begins
	window  int          // how many there may be
}

// An aheadPart is on its way until done is closed; from then on data or err is set.
type aheadPart struct {
	byteRange
	done   chan struct{}
	cancel context.CancelFunc
	buf    []byte
	data   []byte
	err    error

	began, ended time.Time
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

// request asks for the parts that the window and the memory have room for.
func (a *ahead) request() {
	b, size := &a.version.b.ahead, a.version.object.Size
	for len(a.parts) < min(a.window, b.parts) && a.next < size {
		buf := b.take()
		if buf == nil {
			return
		}
		p := &aheadPart{byteRange: byteRange{a.next, min(a.next+b.partSize, size)}, done: make(chan struct{}), buf: buf}
		ctx, cancel := context.WithCancel(a.ctx)
		p.cancel = cancel
		a.parts = append(a.parts, p)
		a.next = p.end
		go p.fetch(a.version.stream(ctx, a.op, p.byteRange))
	}
}

// fetch fills the part. A server without ranges would send the whole object for each part: its part
// fails with errWrongRange.
func (p *aheadPart) fetch(s *stream) {
	p.began = time.Now()
	defer func() { p.ended = time.Now(); close(p.done) }()
	defer p.cancel()
	defer s.Close()
	if p.err = s.connect(); p.err != nil {
		return
	}
	if s.response.off != p.off {
		p.err = s.newError(errWrongRange)
		return
	}
	data := p.buf[:p.end-p.off]
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
		a.window = min(2*a.window, a.version.b.ahead.parts)
		a.request()
		<-head.done
	}
	if head.err != nil {
		return 0, head.err
	}
	n := copy(p, head.data[pos-head.off:])
	if pos+int64(n) == head.end {
		if a.parts[len(a.parts)-1].hasWaited() {
			a.window = max(1, a.window-1)
		}
		a.drop()
		a.request()
	}
	return n, nil
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
func (p *aheadPart) hasWaited() bool { return p.isDone() && time.Since(p.ended) > p.ended.Sub(p.began) }

// drop gives up the first part, and gives back its memory.
func (a *ahead) drop() {
	p := a.parts[0]
	p.cancel()
	<-p.done
	a.version.b.ahead.give(p.buf)
	a.parts = append(a.parts[:0], a.parts[1:]...)
}

// stop gives up all parts. It returns when no request is in flight any more.
func (a *ahead) stop() {
	a.cancel()
	for len(a.parts) > 0 {
		a.drop()
	}
}
