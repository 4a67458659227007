package s3read

import (
	"context"
	"hash"
	"io"
	"net/http"
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

// work downloads parts until there are no more.
func (d *download) work(ctx context.Context) error {
	for {
		i := d.next.Add(1) - 1
		if i >= d.parts {
			return nil
		}
		off := i * d.partSize
		span := byteRange{off, min(off+d.partSize, d.version.object.Size)}
		if err := d.part(ctx, i, d.version.stream(ctx, "download", span)); err != nil {
			return err
		}
	}
}

// part writes what s delivers, and sums it.
func (d *download) part(ctx context.Context, i int64, s *stream) error {
	defer s.Close()
	if err := s.connect(); err != nil {
		return err
	}
	select { // while the bytes of this response are on their way
	case <-d.checksumKnown:
	case <-ctx.Done():
		return s.newError(contextError(ctx, nil))
	}
	var sum hash.Hash
	if a := d.checksum.algorithm; a != nil && (a.Joins() || d.parts == 1) {
		sum = a.New()
	}
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	for s.off < s.end {
		off := s.off
		p := (*buf)[:min(int64(len(*buf)), s.end-off)]
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
	}
	if sum != nil {
		d.sums[i] = sum.Sum(nil)
	}
	return nil
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
