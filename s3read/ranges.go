package s3read

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
)

// maxSpan is how much one request of ReadRanges asks for. More takes several, which are faster.
const maxSpan = 16 << 20

// A Range is Len bytes of an object from offset Off on.
type Range struct{ Off, Len int64 }

// ReadRanges reads several ranges of the object, and returns their bytes in the order in which the
// ranges were given. They may overlap and come in any order. A range that is not within the object,
// or negative, is an error before anything is requested.
//
// Ranges that are less than 1 MiB apart share a request, up to 16 MiB; what lies between them is
// thrown away. Up to 16 requests are sent at once. Readers of columns, as of Parquet, do better
// with one call for all that they need than with ReadAt for each. Memory is what is returned.
//
// It is safe for concurrent use, and independent of Read and Seek. The first error ends all
// requests and comes without bytes.
func (r *Reader) ReadRanges(ranges []Range) ([][]byte, error) {
	if r.closed.Load() {
		return nil, r.newError(fs.ErrClosed)
	}
	size := r.version.object.Size
	for _, g := range ranges {
		if g.Off < 0 || g.Len < 0 || g.Off > size || g.Len > size-g.Off {
			return nil, r.newError(fmt.Errorf("no %d bytes at %d in an object of %d", g.Len, g.Off, size))
		}
	}
	r.closeUnread()
	data := make([][]byte, len(ranges))
	var pieces []piece
	for i, g := range ranges {
		data[i] = make([]byte, g.Len)
		for off := int64(0); off < g.Len; off += maxSpan {
			part := data[i][off:min(off+maxSpan, g.Len)]
			pieces = append(pieces, piece{g.Off + off, part})
		}
	}
	if err := r.readSpans(spansOf(pieces)); err != nil {
		return nil, r.readError(err)
	}
	return data, nil
}

// A piece is where bytes of the object from off on are wanted.
type piece struct {
	off  int64
	data []byte
}

func (p piece) end() int64 { return p.off + int64(len(p.data)) }

// A span is pieces that one request is for, in order of their offsets.
type span struct {
	byteRange
	pieces []piece
}

// spansOf joins pieces that are neighbours.
func spansOf(pieces []piece) []span {
	slices.SortFunc(pieces, func(a, b piece) int { return cmp.Compare(a.off, b.off) })
	var spans []span
	for _, p := range pieces {
		if n := len(spans); n > 0 {
			last := &spans[n-1]
			end := max(last.end, p.end())
			if p.off-last.end <= maxDiscard && end-last.off <= maxSpan {
				last.end = end
				last.pieces = append(last.pieces, p)
				continue
			}
		}
		spans = append(spans, span{byteRange{p.off, p.end()}, []piece{p}})
	}
	return spans
}

// readSpans fills the pieces of all spans, several at once.
func (r *Reader) readSpans(spans []span) error {
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	var next atomic.Int64
	var once sync.Once
	var failure error // the first one
	var workers sync.WaitGroup
	for range min(defaultParallel, len(spans)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(spans)); i = next.Add(1) - 1 {
				if err := r.readSpan(ctx, spans[i]); err != nil {
					once.Do(func() { failure = err; cancel() })
					return
				}
			}
		})
	}
	workers.Wait()
	return failure
}

// readSpan fills the pieces of one span.
func (r *Reader) readSpan(ctx context.Context, g span) error {
	s := r.version.stream(ctx, r.op, g.byteRange)
	defer s.Close()
	var longest piece // of those before, the one that ends where the stream is, or before a gap
	for _, p := range g.pieces {
		if gap := p.off - s.off; gap > 0 {
			if _, err := io.CopyN(io.Discard, s, gap); err != nil {
				return err
			}
		}
		have := 0 // bytes that another piece has, too
		if p.off < s.off {
			have = copy(p.data, longest.data[p.off-longest.off:])
		}
		if _, err := io.ReadFull(s, p.data[have:]); err != nil {
			return err
		}
		if p.end() >= longest.end() {
			longest = p
		}
	}
	return nil
}
