package s3read

import (
	"context"
	"hash"
	"io"
	"net/http"
	"time"
)

// begin asks for the first part. The response says which version there is and how large it is, so
// that no HEAD has to come first.
func (d *download) begin(ctx context.Context) (*stream, error) {
	first := d.version.stream(ctx, "download", byteRange{0, d.opts.PartSize})
	err := first.connect()
	if err != nil && refusesRange(err) {
		first = d.version.stream(ctx, "download", byteRange{0, -1})
		err = first.connect()
	}
	if err != nil {
		return nil, err
	}
	size, part := d.version.object.Size, d.opts.PartSize
	if first.response.end > part { // the server has no ranges: everything comes in one piece
		part = size
	}
	part = max(part, (size+maxParts-1)/maxParts)
	first.end = min(part, size)
	d.partSize = part
	d.parts = max(1, (size+part-1)/part)
	d.sums = make([][]byte, d.parts)
	d.next.Store(1)
	return first, nil
}

// refusesRange reports whether the same GET may succeed without a range: an empty object has no
// first byte, and there are stores, proxies and policies that refuse a range as such.
func refusesRange(err error) bool {
	switch statusOf(err) {
	case http.StatusRequestedRangeNotSatisfiable, http.StatusBadRequest, http.StatusForbidden,
		http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return !isDeleteMarker(err)
	}
	return false
}

// learnChecksum asks for the checksum of the whole object, beside the first parts.
func (d *download) learnChecksum(ctx context.Context) error {
	defer close(d.checksumKnown)
	var err error
	d.checksum, err = d.version.wholeChecksum(ctx, request{op: "download", key: d.version.object.Key, kind: headObject})
	return err
}

const (
	// A connection that carries more than this is not limited by the way to S3: EC2 has 5 Gb/s for
	// one that leaves its placement group. What it takes is the processors' time, of which several
	// take more.
	localRate = 700e6 // bytes a second

	probeSize = 512 << 10 // is how much of the first part shows the rate
	spanParts = 8         // that one request is for as long as there is one connection
)

// work downloads parts until there are no more.
func (d *download) work(ctx context.Context) error {
	for {
		n := int64(1)
		if !d.isSpread.Load() {
			n = spanParts
		}
		i := d.next.Add(n) - n
		if i >= d.parts {
			return nil
		}
		off := i * d.partSize
		span := byteRange{off, min(off+n*d.partSize, d.version.object.Size)}
		if err := d.copy(ctx, i, d.version.stream(ctx, "download", span)); err != nil {
			return err
		}
	}
}

// copy writes what s delivers, which is part i and those behind it. As soon as that is slow enough
// for a network, others start to work.
func (d *download) copy(ctx context.Context, i int64, s *stream) error {
	defer s.Close()
	if err := s.connect(); err != nil {
		return err
	}
	select { // while the bytes of this response are on their way
	case <-d.checksumKnown:
	case <-ctx.Done():
		return s.newError(contextError(ctx, nil))
	}
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	if s.off == s.end { // an empty object
		return d.part(i, s, s.end, *buf)
	}
	for ; s.off < s.end; i++ {
		if err := d.part(i, s, min((i+1)*d.partSize, s.end), *buf); err != nil {
			return err
		}
	}
	return nil
}

// part writes what s delivers up to end, and sums it.
func (d *download) part(i int64, s *stream, end int64, buf []byte) error {
	var sum hash.Hash
	if a := d.checksum.algorithm; a != nil && (a.Joins() || d.parts == 1) {
		sum = a.New()
	}
	begin, began := s.off, time.Now()
	for s.off < end {
		off := s.off
		p := buf[:min(int64(len(buf)), end-off)]
		if _, err := io.ReadFull(s, p); err != nil {
			return err
		}
		if sum != nil {
			_, _ = sum.Write(p) // a hash never fails
		}
		n, err := d.w.WriteAt(p, off)
		if err == nil && n < len(p) {
			err = io.ErrShortWrite
		}
		if err != nil {
			return d.newError(&notSentError{err})
		}
		d.written.Add(int64(len(p)))
		if !d.isSpread.Load() && (s.off-begin >= probeSize || s.off == end) && !isLocal(s.off-begin,
			time.Since(began)) {
			d.spread()
		}
	}
	if sum != nil {
		d.sums[i] = sum.Sum(nil)
	}
	return nil
}

// isLocal reports whether n bytes in that time are more than a network carries. No time is no
// measure.
func isLocal(n int64, took time.Duration) bool {
	return took > 0 && float64(n) > localRate*took.Seconds()
}

// verify joins the sums of all parts, and compares the result with the stored checksum.
func (d *download) verify() error {
	sum, at := d.sums[0], d.partSize
	if sum == nil { // there is no checksum, or one that can't be joined
		return nil
	}
	for _, part := range d.sums[1:] {
		n := min(d.partSize, d.version.object.Size-at)
		sum = d.checksum.algorithm.Join(sum, part, n)
		at += n
	}
	if err := d.checksum.verify(sum); err != nil {
		return d.newError(err)
	}
	return nil
}
