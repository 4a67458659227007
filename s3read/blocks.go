package s3read

import (
	"context"
	"io"
	"sync"
)

const (
	blockSize = 1 << 20
	mostHeld  = 16 // blocks of one Reader, those on their way included
	mostAhead = 8  // blocks of one request for a caller that reads in order
)

// blocks is the cache behind ReadAt.
type blocks struct {
	src *source
	ctx context.Context
	wg  sync.WaitGroup // the requests under way

	mu     sync.Mutex // guards what follows
	held   map[int64]*block
	tick   int64
	closed bool
}

// A block is on its way until ready is closed; then data or err is set, for good.
type block struct {
	ready chan struct{}
	data  []byte
	err   error

	window int64 // how many were asked for at once; guarded by blocks.mu
	used   int64 // when, in ticks; guarded by blocks.mu
}

func newBlocks(ctx context.Context, src *source) *blocks {
	return &blocks{src: src, ctx: ctx, held: make(map[int64]*block)}
}

// close returns when no request is under way any more; ctx must have ended.
func (c *blocks) close() {
	c.mu.Lock()
	c.closed = true
	c.held = nil
	c.mu.Unlock()
	c.wg.Wait()
}

// readAt reads all of p, which is within the object.
func (c *blocks) readAt(p []byte, off int64) (int, error) {
	if len(p) >= blockSize {
		return c.direct(p, off)
	}
	done := 0
	for done < len(p) {
		at := off + int64(done)
		last := (off + int64(len(p)) - 1) / blockSize
		b := c.block(at/blockSize, last)
		if b == nil {
			n, err := c.direct(p[done:], at)
			return done + n, err
		}
		<-b.ready
		if b.err != nil {
			return done, b.err
		}
		done += copy(p[done:], b.data[at%blockSize:])
	}
	return done, nil
}

// direct reads past the cache.
func (c *blocks) direct(p []byte, off int64) (int, error) {
	s := c.src.stream(c.ctx, "read", byteRange{off, off + int64(len(p))}, nil)
	defer s.Close()
	return io.ReadFull(s, p)
}

// block returns block i. If it is missing it is asked for, together with those behind it that are missing up to last,
// and with more if the one before it is there already: twice as many as that was asked for with. It returns nil if all
// room is taken by blocks that are on their way, or if the Reader is closed.
func (c *blocks) block(i, last int64) *block {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.tick++
	if b := c.held[i]; b != nil {
		b.used = c.tick
		return b
	}
	window := int64(1)
	if before := c.held[i-1]; before != nil {
		window = min(2*before.window, mostAhead)
	}
	window = max(window, last-i+1)
	end := (c.src.object.Size + blockSize - 1) / blockSize
	var run []*block
	for j := i; j < min(i+window, end) && c.held[j] == nil && c.room(); j++ {
		b := &block{ready: make(chan struct{}), window: window, used: c.tick}
		c.held[j] = b
		run = append(run, b)
	}
	if run == nil {
		return nil
	}
	c.wg.Go(func() { c.fetch(i, run) })
	return run[0]
}

// room makes room for one more block.
func (c *blocks) room() bool {
	if len(c.held) < mostHeld {
		return true
	}
	oldest := int64(-1)
	for i, b := range c.held {
		select {
		case <-b.ready:
			if b.used < c.tick && (oldest < 0 || b.used < c.held[oldest].used) {
				oldest = i
			}
		default:
		}
	}
	if oldest < 0 {
		return false
	}
	delete(c.held, oldest)
	return true
}

// fetch reads the blocks of run, the first of which is block i, with one request.
func (c *blocks) fetch(i int64, run []*block) {
	off, size := i*blockSize, c.src.object.Size
	s := c.src.stream(c.ctx, "read", byteRange{off, min(off+int64(len(run))*blockSize, size)}, nil)
	defer s.Close()
	for n, b := range run {
		data := make([]byte, min(blockSize, size-s.off))
		if _, err := io.ReadFull(s, data); err != nil {
			c.fail(i+int64(n), run[n:], err)
			return
		}
		b.data = data
		close(b.ready)
	}
}

// fail ends the waiting for the blocks of run, the first of which is block i. They are asked for anew by who needs
// them next.
func (c *blocks) fail(i int64, run []*block, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n, b := range run {
		delete(c.held, i+int64(n))
		b.err = err
		close(b.ready)
	}
}
