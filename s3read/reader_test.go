package s3read_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

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
	inBubble(t, "an IfMatch that doesn't hold is refused", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		_, err := onHTTP(t, &fake).Open(t.Context(), "key", func(o *s3read.OpenOptions) { o.IfMatch = `"other"` })
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
	inBubble(t, "VersionID selects the version", func(t *testing.T) {
		var fake s3readtest.Server
		fake.CreateBucket(s3readtest.Bucket{Name: "bucket", Versioning: true})
		old := fake.Put("bucket", "key", "old")
		fake.Put("bucket", "key", "new")
		b := onHTTP(t, &fake)
		got, err := b.ReadAll(t.Context(), "key", 10, func(o *s3read.OpenOptions) { o.VersionID = old.VersionID })
		require.NoError(t, err)
		assert.Equal(t, "old", string(got))
	})
	inBubble(t, "Seek makes no request, and a Read shortly ahead none either", func(t *testing.T) {
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
	for name, move := range map[string]func(*s3read.Reader) error{
		"Seek, with the Read behind it": func(r *s3read.Reader) error {
			if _, err := r.Seek(1<<29, io.SeekStart); err != nil {
				return err
			}
			_, err := r.Read(make([]byte, 1))
			return err
		},
		"ReadAt": func(r *s3read.Reader) error {
			_, err := r.ReadAt(make([]byte, 1), 1<<29)
			return err
		},
	} {
		inBubble(t, "one connection is enough for a first "+name, func(t *testing.T) {
			var fake s3readtest.Server
			fake.PutObject("bucket", s3readtest.Object{
				Key: "key", Content: synthetic, Size: 1 << 30, ChecksumAlgorithm: s3readtest.NoChecksum,
			})
			start := time.Now()
			r, err := onHTTP(t, &fake, func(tr *http.Transport) { tr.MaxConnsPerHost = 1 }).Open(t.Context(), "key")
			require.NoError(t, err)
			defer r.Close()
			require.NoError(t, move(r))
			assert.Equal(t, start, time.Now(), "nothing had to stall first")
		})
	}
	inBubble(t, "Close doesn't wait long for the rest of the response", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(everyGet(s3readtest.Stall(int64(len(data)) - 1000)))
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		_, err = io.CopyN(io.Discard, r, int64(len(data))-2000)
		require.NoError(t, err)
		start := time.Now()
		require.NoError(t, r.Close())
		assert.Equal(t, 250*time.Millisecond, time.Since(start))
	})
	inBubble(t, "methods called after Close return fs.ErrClosed", func(t *testing.T) {
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
		fake.Inject(everyGet(s3readtest.Stall(1000)))
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
