package s3read

import (
	"context"
	"hash"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// parts is one download of an object in parts.
type parts struct {
	src  *source
	w    io.WriterAt
	opts DownloadOptions
	gate *gate

	count int64         // of the parts; the last may be shorter
	next  atomic.Int64  // the first one that nobody has taken
	done  atomic.Int64  // bytes written
	known chan struct{} // closed when it is known what checksum S3 stored
	sum   checksum      // that one; set before known is closed
	sums  []hash.Hash   // of each part; each is written by who has the part
}

func (b *Bucket) newDownload(key string, w io.WriterAt, opts DownloadOptions) *parts {
	return &parts{
		src:   &source{b: b, opts: OpenOptions{VersionID: opts.VersionID, IfMatch: opts.IfMatch}, object: Object{Key: key}},
		w:     w,
		opts:  opts,
		gate:  newGate(opts.Parallel),
		known: make(chan struct{}),
	}
}

// run downloads all parts and compares the sum. It returns when every goroutine it started has ended.
func (d *parts) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	first, err := d.begin(ctx)
	if err != nil {
		return err
	}
	var failed sync.Once
	var failure error
	var wg sync.WaitGroup
	start := func(f func() error) {
		wg.Go(func() {
			if err := f(); err != nil {
				failed.Do(func() { failure = err; cancel(err) })
			}
		})
	}
	if d.src.sum.algorithm == nil && d.count > 1 {
		start(func() error { return d.learnChecksum(ctx) })
	} else {
		d.sum = d.src.sum
		close(d.known)
	}
	start(func() error {
		if err := d.part(ctx, 0, first); err != nil {
			return err
		}
		return d.work(ctx)
	})
	for range min(int64(d.opts.Parallel), d.count) - 1 {
		start(func() error { return d.work(ctx) })
	}
	ended := make(chan struct{})
	go func() { wg.Wait(); close(ended) }()
	defer func() { cancel(nil); <-ended }() // also if Progress panics
	d.report(ended)
	if failure != nil {
		return failure
	}
	return d.check()
}

// begin asks for the first part, whose answer says which version there is and how large it is.
func (d *parts) begin(ctx context.Context) (*stream, error) {
	first := d.src.stream(ctx, "download", byteRange{0, d.opts.PartSize}, d.gate)
	err := first.connect()
	if err != nil && statusOf(err) == http.StatusRequestedRangeNotSatisfiable { // an empty object has no first byte
		first.leave(false)
		first = d.src.stream(ctx, "download", byteRange{0, -1}, d.gate)
		err = first.connect()
	}
	if err != nil {
		return nil, err
	}
	size, part := d.src.object.Size, d.opts.PartSize
	if first.body.end > part { // the server has no ranges: everything comes in one piece
		part = size
	}
	part = max(part, (size+mostParts-1)/mostParts)
	first.end = min(part, size)
	d.opts.PartSize = part
	d.count = max(1, (size+part-1)/part)
	d.sums = make([]hash.Hash, d.count)
	d.next.Store(1)
	return first, nil
}

// learnChecksum lets the parts know what their sums will be compared with.
func (d *parts) learnChecksum(ctx context.Context) error {
	defer close(d.known)
	var err error
	d.sum, err = d.src.wholeSum(ctx, request{op: "download", key: d.src.object.Key, resume: true})
	return err
}

// work downloads parts until there are no more.
func (d *parts) work(ctx context.Context) error {
	for {
		i := d.next.Add(1) - 1
		if i >= d.count {
			return nil
		}
		off := i * d.opts.PartSize
		s := d.src.stream(ctx, "download", byteRange{off, min(off+d.opts.PartSize, d.src.object.Size)}, d.gate)
		if err := d.part(ctx, i, s); err != nil {
			return err
		}
	}
}

// part writes what s delivers.
func (d *parts) part(ctx context.Context, i int64, s *stream) (err error) {
	defer s.Close()
	defer func() { s.leave(err == nil) }()
	if err := s.connect(); err != nil {
		return err
	}
	select { // beside the answer that is on its way
	case <-d.known:
	case <-ctx.Done():
		return s.err(ended(ctx, nil))
	}
	var sum hash.Hash
	if d.sum.algorithm != nil && (d.sum.crc != nil || d.count == 1) {
		sum = d.sum.hash()
		d.sums[i] = sum
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
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
			return d.fail(err)
		}
		d.done.Add(int64(len(p)))
	}
	return nil
}

// check compares the sum of all parts with the stored one.
func (d *parts) check() error {
	if d.sums[0] == nil {
		return nil
	}
	sum := d.sums[0].Sum(nil)
	if crc := d.sum.crc; crc != nil {
		all, at := crc.value(d.sums[0]), d.opts.PartSize
		for _, part := range d.sums[1:] {
			n := min(d.opts.PartSize, d.src.object.Size-at)
			all = crc.join(all, crc.value(part), n)
			at += n
		}
		sum = crc.bytes(all)
	}
	if err := d.sum.check(sum); err != nil {
		return d.fail(err)
	}
	return nil
}

// report tells Progress how far it is, until everything has ended.
func (d *parts) report(ended <-chan struct{}) {
	if d.opts.Progress == nil {
		<-ended
		return
	}
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for told := int64(0); ; {
		select {
		case <-ended:
			return
		case <-ticker.C:
			if done := d.done.Load(); done > told && done < d.src.object.Size {
				d.opts.Progress(done, d.src.object.Size)
				told = done
			}
		}
	}
}

// finished tells Progress that it is all there.
func (d *parts) finished() {
	if d.opts.Progress != nil {
		d.opts.Progress(d.src.object.Size, d.src.object.Size)
	}
}

func (d *parts) fail(err error) error {
	return d.src.b.failed(request{op: "download", key: d.src.object.Key}, "", err)
}
