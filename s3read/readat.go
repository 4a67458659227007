package s3read

import (
	"context"
	"io"
	"io/fs"
	"sync"
)

const (
	blockSize     = 1 << 20
	maxBlocks     = 16 // in the cache of one Reader, those on their way included
	maxBlocksOnce = 8  // by one request, for a caller that reads in order
)

// ReadAt reads len(p) bytes at off, or returns why there are fewer; at the object's end that is
// [io.EOF]. A negative off is an error. It is safe for concurrent use, and independent of Read and
// Seek.
//
// Reads of less than 1 MiB go through a cache of 1 MiB blocks, at most 16 MiB for each Reader.
// Neighbouring blocks that are missing take one request, and a caller that goes through the object
// in order gets up to eight of them with one. Larger reads take one request each.
func (r *Reader) ReadAt(p []byte, off int64) (int, error) {
	size := r.version.object.Size
	switch {
	case r.closed.Load():
		return 0, r.newError(fs.ErrClosed)
	case off < 0:
		return 0, r.newError(errNegative)
	case len(p) == 0:
		return 0, nil
	case off >= size:
		return 0, io.EOF
	}
	r.closeUnread()
	var atEnd error
	if int64(len(p)) > size-off {
		p, atEnd = p[:size-off], io.EOF
	}
	n, err := r.cache.readAt(p, off)
	if err != nil {
		return n, r.readError(err)
	}
	return n, atEnd
}

// A blockCache is the cache of ReadAt. Formats like Parquet and zip are read by many small ReadAts,
// each of which would take a request of its own. It is safe for concurrent use.
type blockCache struct {
	version *version
	ctx     context.Context
	wg      sync.WaitGroup // the requests in flight

	mu     sync.Mutex // guards what follows
	blocks map[int64]*block
	clock  int64 // ticks with each use
	closed bool
}

// A block is on its way until ready is closed; from then on data or err is set, and does not
// change.
type block struct {
	ready chan struct{}
	data  []byte
	err   error

	window int64 // how many blocks were requested with it; guarded by blockCache.mu
	used   int64 // when last, by the clock; guarded by blockCache.mu
}

func newBlockCache(ctx context.Context, v *version) *blockCache {
	return &blockCache{version: v, ctx: ctx, blocks: make(map[int64]*block)}
}

// close returns when no request is in flight any more; ctx must have ended.
func (c *blockCache) close() {
	c.mu.Lock()
	c.closed = true
	c.blocks = nil
	c.mu.Unlock()
	c.wg.Wait()
}

// readAt reads all of p, which is within the object.
func (c *blockCache) readAt(p []byte, off int64) (int, error) {
	if len(p) >= blockSize {
		return c.bypass(p, off)
	}
	done := 0
	for done < len(p) {
		at := off + int64(done)
		last := (off + int64(len(p)) - 1) / blockSize
		b := c.block(at/blockSize, last)
		if b == nil {
			n, err := c.bypass(p[done:], at)
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

// bypass reads without the cache.
func (c *blockCache) bypass(p []byte, off int64) (int, error) {
	s := c.version.stream(c.ctx, "read", byteRange{off, off + int64(len(p))})
	defer s.Close()
	return io.ReadFull(s, p)
}

// block returns block i. If it is missing, it is requested, together with those behind it that are
// missing up to last. If the block before it is in the cache, the caller seems to read in order,
// and twice as many blocks are requested as were with that one.
//
// It returns nil if the cache is full of blocks that are on their way, or if the Reader is closed.
func (c *blockCache) block(i, last int64) *block {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.clock++
	if b := c.blocks[i]; b != nil {
		b.used = c.clock
		return b
	}
	window := int64(1)
	if before := c.blocks[i-1]; before != nil {
		window = min(2*before.window, maxBlocksOnce)
	}
	window = max(window, last-i+1)
	end := (c.version.object.Size + blockSize - 1) / blockSize
	var run []*block
	for j := i; j < min(i+window, end) && c.blocks[j] == nil && c.makeRoom(); j++ {
		b := &block{ready: make(chan struct{}), window: window, used: c.clock}
		c.blocks[j] = b
		run = append(run, b)
	}
	if run == nil {
		return nil
	}
	c.wg.Go(func() { c.fetch(i, run) })
	return run[0]
}

// makeRoom makes room for one more block, in the place of the one that was not used for longest. It
// reports whether there is room. c.mu is held.
func (c *blockCache) makeRoom() bool {
	if len(c.blocks) < maxBlocks {
		return true
	}
	oldest := int64(-1)
	for i, b := range c.blocks {
		select {
		case <-b.ready:
			if b.used < c.clock && (oldest < 0 || b.used < c.blocks[oldest].used) {
				oldest = i
			}
		default: // somebody waits for it
		}
	}
	if oldest < 0 {
		return false
	}
	delete(c.blocks, oldest)
	return true
}

// fetch reads the blocks of run, the first of which is block i, with one request.
func (c *blockCache) fetch(i int64, run []*block) {
	off, size := i*blockSize, c.version.object.Size
	span := byteRange{off, min(off+int64(len(run))*blockSize, size)}
	s := c.version.stream(c.ctx, "read", span)
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

// fail ends the wait for the blocks of run, the first of which is block i. They leave the cache, so
// that the next who needs them requests them again.
func (c *blockCache) fail(i int64, run []*block, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n, b := range run {
		delete(c.blocks, i+int64(n))
		b.err = err
		close(b.ready)
	}
}
