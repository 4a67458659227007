package s3read_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// readThrough opens the object and reads it to its end, or up to where reading fails.
func readThrough(t *testing.T, b *s3read.Bucket) ([]byte, error) {
	t.Helper()
	r, err := b.Open(t.Context(), "key")
	require.NoError(t, err)
	defer r.Close()
	return io.ReadAll(r)
}

func TestReader(t *testing.T) {
	data := content(3<<20 + 17)
	put := func(fake *s3readtest.Server) { fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data}) }

	inBubble(t, "reads every byte, and takes one request for it", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		assert.EqualValues(t, len(data), r.Object().Size)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
		n, err := r.Read(make([]byte, 1))
		assert.Zero(t, n)
		assert.Equal(t, io.EOF, err)
		assert.Len(t, fake.Requests(), 1)
	})
	inBubble(t, "passes iotest.TestReader", func(t *testing.T) {
		var fake s3readtest.Server
		small := content(5000)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: small})
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		require.NoError(t, iotest.TestReader(r, small))
	})
	for name, effect := range map[string]s3readtest.Effect{
		"cut":                    s3readtest.Cut(64 << 10),
		"reset":                  s3readtest.Reset(64 << 10),
		"cut before the headers": s3readtest.Cut(-1),
	} {
		inBubble(t, "an answer that is "+name+" is resumed where it broke", func(t *testing.T) {
			var fake s3readtest.Server
			put(&fake)
			times := 20
			if name == "cut before the headers" {
				times = 2
			}
			// A reset takes back what was not read yet.
			fake.Inject(s3readtest.Fault{Op: "GetObject", Times: times, Do: s3readtest.At(64<<10, synctest.Wait)})
			fake.Inject(s3readtest.Fault{Op: "GetObject", Times: times, Do: effect})
			r, err := onHTTP(t, &fake).Open(t.Context(), "key")
			require.NoError(t, err)
			defer r.Close()
			got, err := io.ReadAll(r)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(data, got))
			for _, request := range fake.Requests("GetObject")[1:] {
				if request.Header.Get("Range") != "" {
					assert.Equal(t, r.Object().ETag, request.Header.Get("If-Match"))
				}
			}
		})
	}
	inBubble(t, "an answer that is short and says that it is whole is not taken for it", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Truncate(64 << 10)})
		_, err := readThrough(t, onHTTP(t, &fake))
		require.ErrorIs(t, err, s3read.ErrChecksum)
	})
	inBubble(t, "an answer that ignores the range is read up to where the last one broke", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(1 << 20)})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.IgnoreHeader("Range")})
		got, err := readThrough(t, onHTTP(t, &fake))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
	})
	inBubble(t, "an object that is overwritten while it is read has changed", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.At(1<<20, func() { fake.Put("bucket", "key", "other") })})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(2 << 20)})
		got, err := readThrough(t, onHTTP(t, &fake))
		require.ErrorIs(t, err, s3read.ErrChanged)
		assert.True(t, bytes.HasPrefix(data, got))
		assert.Less(t, len(got), len(data))
		var e *s3read.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "read", e.Op)
		assert.Contains(t, e.Range, "bytes=")
		assert.NotEmpty(t, e.Hint)
	})
	inBubble(t, "one that is deleted has changed, too", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.At(1<<20, func() { fake.Delete("bucket", "key") })})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(2 << 20)})
		_, err := readThrough(t, onHTTP(t, &fake))
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
	inBubble(t, "a bucket that keeps versions serves the one that was begun to its end", func(t *testing.T) {
		var fake s3readtest.Server
		fake.CreateBucket(s3readtest.Bucket{Name: "bucket", Versioning: true})
		put(&fake)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.At(1<<20, func() { fake.Put("bucket", "key", "other") })})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(2 << 20)})
		got, err := readThrough(t, onHTTP(t, &fake))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
	})
	inBubble(t, "where old versions may not be read, it has changed", func(t *testing.T) {
		var fake s3readtest.Server
		fake.CreateBucket(s3readtest.Bucket{Name: "bucket", Versioning: true})
		put(&fake)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.At(1<<20, func() { fake.Delete("bucket", "key") })})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(2 << 20)})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Error("AccessDenied", ""),
			Match: func(r s3readtest.Request) bool { return r.Query.Has("versionId") }})
		_, err := readThrough(t, onHTTP(t, &fake))
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
	inBubble(t, "an IfMatch that doesn't hold is refused", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		_, err := onHTTP(t, &fake).Open(t.Context(), "key", func(o *s3read.OpenOptions) { o.IfMatch = `"other"` })
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
	inBubble(t, "a version that is asked for is what is read", func(t *testing.T) {
		var fake s3readtest.Server
		fake.CreateBucket(s3readtest.Bucket{Name: "bucket", Versioning: true})
		old := fake.Put("bucket", "key", "old")
		fake.Put("bucket", "key", "new")
		b := onHTTP(t, &fake)
		got, err := b.ReadAll(t.Context(), "key", 10, func(o *s3read.OpenOptions) { o.VersionID = old.VersionID })
		require.NoError(t, err)
		assert.Equal(t, "old", string(got))
	})
	inBubble(t, "seeking makes no request, and a short way ahead none when reading either", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		one := make([]byte, 1)
		_, err = io.ReadFull(r, one)
		require.NoError(t, err)
		for _, to := range []int64{1000, 900_000} {
			_, err = r.Seek(to, io.SeekStart)
			require.NoError(t, err)
			_, err = io.ReadFull(r, one)
			require.NoError(t, err)
			assert.Equal(t, data[to], one[0])
		}
		assert.Len(t, fake.Requests(), 1)
		_, err = r.Seek(-1, io.SeekEnd)
		require.NoError(t, err)
		_, err = io.ReadFull(r, one)
		require.NoError(t, err)
		assert.Equal(t, data[len(data)-1], one[0])
		assert.Len(t, fake.Requests(), 2)
		for _, bad := range []func() (int64, error){
			func() (int64, error) { return r.Seek(-1, io.SeekStart) },
			func() (int64, error) { return r.Seek(0, 7) },
		} {
			_, err := bad()
			require.Error(t, err)
		}
		past, err := r.Seek(10, io.SeekEnd)
		require.NoError(t, err)
		assert.EqualValues(t, len(data)+10, past)
		_, err = r.Read(one)
		assert.Equal(t, io.EOF, err)
	})
	inBubble(t, "a first Seek drops the untouched answer", func(t *testing.T) {
		var fake s3readtest.Server
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: s3readtest.Synthetic(1), Size: 1 << 30, ChecksumAlgorithm: s3readtest.NoChecksum})
		b := onHTTP(t, &fake)
		r, err := b.Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		_, err = r.Seek(0, io.SeekCurrent)
		require.NoError(t, err)
		_, err = r.Seek(1<<29, io.SeekStart)
		require.NoError(t, err)
		assert.Less(t, fake.Requests()[0].Sent, int64(1<<30))
	})
	inBubble(t, "what is used after Close says so", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.NoError(t, r.Close())
		_, err = r.Read(make([]byte, 1))
		assert.ErrorIs(t, err, fs.ErrClosed)
		_, err = r.ReadAt(make([]byte, 1), 0)
		assert.ErrorIs(t, err, fs.ErrClosed)
		_, err = r.Seek(0, io.SeekStart)
		assert.ErrorIs(t, err, fs.ErrClosed)
	})
	inBubble(t, "Close ends a Read that waits", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Stall(1000)})
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		_, err = io.ReadFull(r, make([]byte, 1000))
		require.NoError(t, err)
		done := make(chan error)
		go func() {
			_, err := r.Read(make([]byte, 1))
			done <- err
		}()
		synctest.Wait()
		require.NoError(t, r.Close())
		assert.ErrorIs(t, <-done, fs.ErrClosed)
	})
	inBubble(t, "the context of Open governs the reading", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		ctx, cancel := context.WithCancelCause(t.Context())
		r, err := onHTTP(t, &fake).Open(ctx, "key")
		require.NoError(t, err)
		defer r.Close()
		why := errors.New("why")
		cancel(why)
		_, err = io.ReadAll(r)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, why)
	})
}
