package s3read

import "sync"

const (
	defaultReadAhead = 32 << 20

	// Parts of 2 MiB, 16 at once and half as many that begin: where a connection sends 90 MB/s and
	// takes 20 ms to begin, that is over ten times one connection. Smaller parts would cost more
	// requests and connections, larger parts would be fewer in the same memory.
	aheadParts   = 16
	minAheadPart = 256 << 10
	maxAheadPart = 8 << 20
)

// An aheadBudget is the memory for what all Readers of a bucket read ahead. It is safe for
// concurrent use.
type aheadBudget struct {
	partSize int64
	parts    int // of one Reader at most that have memory; none is read ahead if it is below 2

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

// window is how many parts of one Reader are on their way at most.
func (b *aheadBudget) window() int { return b.parts + b.parts/2 }

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
