package s3read

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"
)

// nearSeek is how far ahead a Read goes by discarding what is between, rather than by another request.
const nearSeek = 1 << 20

// A Reader reads one version of an object: the newest one when it was opened, or the one that was asked for. A
// connection that breaks or stalls is replaced by another that goes on at the same byte, and after the last byte the
// whole is compared with the checksum that S3 stored, where it stored one and everything was read in order. When the
// version is gone before that, reading fails with [ErrChanged]; a bucket that keeps versions still has it, and it is
// read to its end if the caller may (s3:GetObjectVersion).
//
// Read, WriteTo and Seek are for one goroutine at a time; ReadAt, Object and Close may be called by any, at any time.
// A Reader must be closed.
type Reader struct {
	src    *source
	ctx    context.Context // Open's, until Close
	op     string          // for errors
	cancel context.CancelCauseFunc
	closed atomic.Bool
	fresh  atomic.Bool // nothing was read of the first answer
	blocks *blocks

	mu   sync.Mutex // guards what follows
	body *stream    // nil: to be asked for at pos
	pos  int64
	sum  *running
	bad  error // the bytes are not those that were stored
}

// Open asks for an object and returns when the answer has begun. ctx governs the Reader until it is closed, not only
// the opening.
//
// The bytes are as they are stored: ContentEncoding is not undone.
func (b *Bucket) Open(ctx context.Context, key string, optFns ...func(*OpenOptions)) (*Reader, error) {
	var opts OpenOptions
	for _, fn := range optFns {
		fn(&opts)
	}
	return b.open(ctx, "open", key, opts)
}

func (b *Bucket) open(ctx context.Context, op, key string, opts OpenOptions) (*Reader, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	r := &Reader{ctx: ctx, op: "read", cancel: cancel, src: &source{b: b, opts: opts, object: Object{Key: key}}}
	r.body = r.src.stream(ctx, op, byteRange{0, -1}, nil)
	if err := r.body.connect(); err != nil {
		cancel(nil)
		return nil, err
	}
	r.body.op = r.op
	r.fresh.Store(true)
	r.sum = r.src.sum.running()
	r.blocks = newBlocks(ctx, r.src)
	return r, nil
}

// Object describes the version that is read.
func (r *Reader) Object() Object { return r.src.object }

// Read reads the next bytes. It returns io.EOF after the last one and never before; if the whole does not have the
// stored checksum, the bytes that would complete it are not returned but ErrChecksum is, from then on.
func (r *Reader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.read(p)
}

func (r *Reader) read(p []byte) (int, error) {
	size := r.src.object.Size
	switch {
	case r.closed.Load():
		return 0, r.fail(fs.ErrClosed)
	case r.bad != nil:
		return 0, r.bad
	case len(p) == 0:
		return 0, nil
	case r.pos >= size:
		return 0, io.EOF
	}
	if err := r.advance(); err != nil {
		return 0, r.readError(err)
	}
	n, err := r.body.Read(p)
	if err != nil {
		return 0, r.readError(err)
	}
	r.sum.add(p[:n], r.pos)
	if r.pos+int64(n) == size {
		if err := r.sum.check(size); err != nil {
			r.bad = r.fail(err)
			return 0, r.bad
		}
	}
	r.pos += int64(n)
	return n, nil
}

// advance sees to it that body continues at pos.
func (r *Reader) advance() error {
	r.fresh.Store(false)
	if r.body != nil && (r.body.off > r.pos || r.pos-r.body.off > nearSeek) {
		r.drop()
	}
	if r.body == nil {
		r.body = r.src.stream(r.ctx, r.op, byteRange{r.pos, r.src.object.Size}, nil)
	}
	for r.body.off < r.pos {
		scratch := make([]byte, min(r.pos-r.body.off, 64<<10))
		off := r.body.off
		n, err := r.body.Read(scratch)
		if err != nil {
			return err
		}
		r.sum.add(scratch[:n], off)
	}
	return nil
}

func (r *Reader) drop() {
	if r.body != nil {
		r.body.Close()
		r.body = nil
	}
}

// release drops the first answer if nothing was read of it: a connection would wait for nobody.
func (r *Reader) release() {
	if r.fresh.CompareAndSwap(true, false) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.body != nil && r.body.off == 0 {
			r.drop()
		}
	}
}

// WriteTo writes the rest of the object to w, whose errors it returns as they are.
func (r *Reader) WriteTo(w io.Writer) (int64, error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	var done int64
	for {
		n, err := r.Read(*buf)
		if err == io.EOF {
			return done, nil
		}
		if err != nil {
			return done, err
		}
		m, err := w.Write((*buf)[:n])
		done += int64(m)
		if err == nil && m != n {
			err = io.ErrShortWrite
		}
		if err != nil {
			return done, err
		}
	}
}

// buffers are what bytes pass through on their way to a writer.
var buffers = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

var errNegative = errors.New("negative position")

// Seek sets where the next Read begins. It makes no request; a position behind the end is allowed, and nothing can be
// read there.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	r.mu.Lock()
	pos, err := r.pos+offset, error(nil)
	switch {
	case r.closed.Load():
		err = fs.ErrClosed
	case whence == io.SeekStart:
		pos = offset
	case whence == io.SeekEnd:
		pos = r.src.object.Size + offset
	case whence != io.SeekCurrent:
		err = fs.ErrInvalid
	}
	if err == nil && pos < 0 {
		err = errNegative
	}
	if err != nil {
		r.mu.Unlock()
		return 0, r.fail(err)
	}
	moved := pos != r.pos
	r.pos = pos
	r.mu.Unlock()
	if moved {
		r.release()
	}
	return pos, nil
}

// ReadAt reads len(p) bytes at off, or returns why there are fewer; at the object's end that is io.EOF. Reads of less
// than 1 MiB go through a cache of the Reader of at most 16 MiB, in blocks of 1 MiB: neighbouring blocks that are
// missing cost one request, and a caller that goes through the object in order gets more of them at a time.
func (r *Reader) ReadAt(p []byte, off int64) (int, error) {
	size := r.src.object.Size
	switch {
	case r.closed.Load():
		return 0, r.fail(fs.ErrClosed)
	case off < 0:
		return 0, r.fail(errNegative)
	case len(p) == 0:
		return 0, nil
	case off >= size:
		return 0, io.EOF
	}
	r.release()
	var atEnd error
	if int64(len(p)) > size-off {
		p, atEnd = p[:size-off], io.EOF
	}
	n, err := r.blocks.readAt(p, off)
	if err != nil {
		return n, r.readError(err)
	}
	return n, atEnd
}

// Close ends the reading, that of other goroutines included, and gives back the connection. It returns nil.
func (r *Reader) Close() error {
	if r.closed.Swap(true) {
		return nil
	}
	if !r.mu.TryLock() {
		r.cancel(fs.ErrClosed) // so that a Read ends
		r.mu.Lock()
	}
	r.drop()
	r.mu.Unlock()
	r.cancel(fs.ErrClosed)
	r.blocks.close()
	return nil
}

// readError is err, unless it is for having been closed.
func (r *Reader) readError(err error) error {
	if r.closed.Load() && errors.Is(err, fs.ErrClosed) {
		return r.fail(fs.ErrClosed)
	}
	return err
}

func (r *Reader) fail(err error) error {
	return r.src.b.failed(request{op: r.op, key: r.src.object.Key}, "", err)
}
