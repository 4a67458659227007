package s3read

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/crc"
)

// maxDiscard is how far ahead a Read goes by discarding bytes of its response, instead of by
// another request: at 85 MB/s, which is about what S3 sends on one connection, the wait is that for
// a response.
const maxDiscard = 1 << 20

// maxHead is how many of an object's first bytes a Reader keeps: [http.ServeContent] looks at so
// many to tell what they are, and then goes back to the first.
const maxHead = 512

// A Reader reads one version of an object: the newest one when it was opened, or the one that was
// asked for. It implements [io.Reader], [io.ReaderAt], [io.Seeker], [io.WriterTo] and [io.Closer].
//
// Whoever goes through the object in order gets what several connections carry: after the first
// MiBs, if the connection is what Read and WriteTo wait for, parts of the object are requested
// ahead on connections of their own, one at first and more while that pays.
// [BucketOptions].ReadAhead bounds their memory.
//
// When a connection breaks or stalls, another one goes on at the same byte. After the last byte the
// whole is compared with the checksum that S3 stored, if it stored one and everything was read in
// order. When the version is gone before that, reading fails with [ErrChanged]; in a bucket with
// versioning it still exists, and is read to its end if the caller has s3:GetObjectVersion.
//
// Read, WriteTo and Seek are for one goroutine at a time; ReadAt, Object and Close may be called by
// any, at any time. A Reader must be closed.
type Reader struct {
	version *version
	ctx     context.Context // Open's, until Close
	op      string          // for errors
	cancel  context.CancelCauseFunc
	closed  atomic.Bool
	unread  atomic.Bool // nothing was read of the first response
	cache   *blockCache // of ReadAt

	mu     sync.Mutex // guards what follows
	stream *stream    // nil: to be requested at pos
	ahead  *ahead     // nil: nothing is read ahead
	single bool       // nothing shall be
	pace   pace       // of stream
	leads  int64      // twice as many each time the stream was sooner than the first part
	pos    int64
	head   []byte      // the object's first bytes, once they are read
	prefix *crc.Prefix // nil: there is no checksum to compare with
	bad    error       // the bytes are not those that were stored

	answered time.Duration // how long Open took
}

// Open asks for an object, and returns when the response has begun. ctx governs the [Reader] until
// it is closed, not only the opening.
//
// The bytes are as they are stored: a ContentEncoding is not undone. Errors are an [*Error]:
// [fs.ErrNotExist] for a missing object, [fs.ErrPermission], [ErrNoBucket], [ErrArchived],
// [ErrChanged] where IfMatch does not hold.
func (b *Bucket) Open(ctx context.Context, key string, optFns ...func(*OpenOptions)) (*Reader, error) {
	var opts OpenOptions
	for _, fn := range optFns {
		fn(&opts)
	}
	return b.open(ctx, "open", key, opts)
}

func (b *Bucket) open(ctx context.Context, op, key string, opts OpenOptions) (*Reader, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	v := &version{b: b, opts: opts, object: Object{Key: key}}
	r := &Reader{version: v, ctx: ctx, op: "read", cancel: cancel}
	r.stream = v.stream(ctx, op, byteRange{0, -1})
	began := time.Now()
	if err := r.stream.connect(); err != nil {
		cancel(nil)
		return nil, err
	}
	r.answered = time.Since(began)
	r.stream.op = r.op
	r.unread.Store(true)
	r.prefix = v.checksum.prefix()
	r.cache = newBlockCache(ctx, v)
	return r, nil
}

// Object describes the version that is read.
func (r *Reader) Object() Object { return r.version.object }

// Read reads the next bytes. It returns [io.EOF] after the last one and never before. If the whole
// does not have the stored checksum, the bytes that would complete it are not returned; the error
// is [ErrChecksum], then and ever after.
func (r *Reader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	size := r.version.object.Size
	switch {
	case r.closed.Load():
		return 0, r.newError(fs.ErrClosed)
	case r.bad != nil:
		return 0, r.bad
	case len(p) == 0:
		return 0, nil
	case r.pos >= size:
		return 0, io.EOF
	}
	if r.pos < int64(len(r.head)) {
		n := copy(p, r.head[r.pos:])
		r.pos += int64(n)
		return n, nil
	}
	n, err := r.readAhead(p)
	if n == 0 && err == nil {
		n, err = r.readStream(p)
	}
	if err != nil {
		return 0, r.readError(err)
	}
	r.prefix.Add(p[:n], r.pos)
	if r.pos+int64(n) == size {
		if err := r.version.checksum.verify(r.prefix.Sum(size)); err != nil {
			r.bad = r.newError(err)
			return 0, r.bad
		}
	}
	if room := maxHead - len(r.head); room > 0 && r.pos == int64(len(r.head)) {
		r.head = append(r.head, p[:min(n, room)]...)
	}
	r.pos += int64(n)
	return n, nil
}

// advance makes sure that the stream continues at pos.
func (r *Reader) advance() error {
	r.unread.Store(false)
	if r.stream != nil && (r.stream.off > r.pos || r.pos-r.stream.off > maxDiscard) {
		r.closeStream()
	}
	if r.stream == nil {
		r.pace = pace{}
		r.stream = r.version.stream(r.ctx, r.op, byteRange{r.pos, r.version.object.Size})
	}
	for r.stream.off < r.pos {
		scratch := make([]byte, min(r.pos-r.stream.off, 64<<10))
		off := r.stream.off
		n, err := r.stream.Read(scratch)
		if err != nil {
			return err
		}
		r.prefix.Add(scratch[:n], off)
	}
	return nil
}

func (r *Reader) closeStream() {
	if r.stream != nil {
		r.stream.Close()
		r.stream = nil
	}
}

// closeUnread drops the first response if nothing was read of it: it would occupy a connection that
// nobody uses, and the client may have no other.
func (r *Reader) closeUnread() {
	if r.unread.CompareAndSwap(true, false) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.stream != nil && r.stream.off == 0 {
			r.closeStream()
		}
	}
}

var errNegative = errors.New("negative position")

// Seek sets where the next Read begins. It makes no request. A position behind the end is allowed,
// and nothing can be read there; a negative one is an error. To the end and back again costs
// nothing.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	r.mu.Lock()
	pos, err := r.pos+offset, error(nil)
	switch {
	case r.closed.Load():
		err = fs.ErrClosed
	case whence == io.SeekStart:
		pos = offset
	case whence == io.SeekEnd:
		pos = r.version.object.Size + offset
	case whence != io.SeekCurrent:
		err = fs.ErrInvalid
	}
	if err == nil && pos < 0 {
		err = errNegative
	}
	if err != nil {
		r.mu.Unlock()
		return 0, r.newError(err)
	}
	away := pos != r.pos && pos != r.version.object.Size && pos != 0
	r.pos = pos
	r.mu.Unlock()
	if away {
		r.closeUnread()
	}
	return pos, nil
}

// Close ends the reading, that of other goroutines included, and gives back the connection. It
// returns nil. Whatever is called afterwards fails with [fs.ErrClosed].
func (r *Reader) Close() error {
	if r.closed.Swap(true) {
		return nil
	}
	if !r.mu.TryLock() {
		r.cancel(fs.ErrClosed) // so that a Read ends
		r.mu.Lock()
	}
	r.closeStream()
	r.stopAhead()
	r.mu.Unlock()
	r.cancel(fs.ErrClosed)
	r.cache.close()
	return nil
}

// readError is err, or fs.ErrClosed alone where Close caused err by ending the Reader's context.
func (r *Reader) readError(err error) error {
	if r.closed.Load() && errors.Is(err, fs.ErrClosed) {
		return r.newError(fs.ErrClosed)
	}
	return err
}

func (r *Reader) newError(err error) error {
	return r.version.b.newError(request{op: r.op, key: r.version.object.Key}, "", err)
}
