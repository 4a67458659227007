package s3read_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// content returns n bytes that don't repeat.
func content(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data) // never fails
	return data
}

// onHTTP returns the bucket of a fake served over loopback, and a check that no connection and no goroutine of its
// clients is left, to be called when everything is closed.
func onHTTP(t *testing.T, fake *s3readtest.Server) *s3read.Bucket {
	t.Helper()
	before := runtime.NumGoroutine()
	server := httptest.NewServer(fake)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close() // waits for connections in use
		for range 200 {
			if runtime.NumGoroutine() <= before {
				return
			}
			runtime.Gosched()
			time.Sleep(time.Millisecond)
		}
		buf := make([]byte, 1<<16)
		t.Errorf("goroutines are left:\n%s", buf[:runtime.Stack(buf, true)])
	})
	client := fake.Client(func(o *s3.Options) {
		o.BaseEndpoint, o.UsePathStyle = &server.URL, true
		o.HTTPClient = &http.Client{Transport: transport}
	})
	return s3read.NewBucket(client, "bucket")
}

func TestReader(t *testing.T) {
	data := content(3<<20 + 17)
	put := func(fake *s3readtest.Server) { fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data}) }

	t.Run("reads every byte, and takes one request for it", func(t *testing.T) {
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
	t.Run("passes iotest.TestReader", func(t *testing.T) {
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
		t.Run("an answer that is "+name+" is resumed where it broke", func(t *testing.T) {
			var fake s3readtest.Server
			put(&fake)
			remove := fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 20, Do: effect})
			if name == "cut before the headers" {
				remove()
				fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 2, Do: effect})
			}
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
	t.Run("an answer that is short and says that it is whole is not taken for it", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Truncate(64 << 10)})
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		_, err = io.ReadAll(r)
		require.ErrorIs(t, err, s3read.ErrChecksum)
	})
	t.Run("an answer that ignores the range is read up to where the last one broke", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(1 << 20)})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.IgnoreHeader("Range")})
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
	})
	t.Run("an object that is overwritten while it is read has changed", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.At(1<<20, func() { fake.Put("bucket", "key", "other") })})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(2 << 20)})
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		got, err := io.ReadAll(r)
		require.ErrorIs(t, err, s3read.ErrChanged)
		assert.True(t, bytes.HasPrefix(data, got))
		assert.Less(t, len(got), len(data))
		var e *s3read.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "read", e.Op)
		assert.Contains(t, e.Range, "bytes=")
		assert.NotEmpty(t, e.Hint)
	})
	t.Run("one that is deleted has changed, too", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.At(1<<20, func() { fake.Delete("bucket", "key") })})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(2 << 20)})
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		_, err = io.ReadAll(r)
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
	t.Run("a bucket that keeps versions serves the one that was begun to its end", func(t *testing.T) {
		var fake s3readtest.Server
		fake.CreateBucket(s3readtest.Bucket{Name: "bucket", Versioning: true})
		put(&fake)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.At(1<<20, func() { fake.Put("bucket", "key", "other") })})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(2 << 20)})
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
	})
	t.Run("where old versions may not be read, it has changed", func(t *testing.T) {
		var fake s3readtest.Server
		fake.CreateBucket(s3readtest.Bucket{Name: "bucket", Versioning: true})
		put(&fake)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.At(1<<20, func() { fake.Delete("bucket", "key") })})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(2 << 20)})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Error("AccessDenied", ""),
			Match: func(r s3readtest.Request) bool { return r.Query.Has("versionId") }})
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		_, err = io.ReadAll(r)
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
	t.Run("an IfMatch that doesn't hold is refused", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		_, err := onHTTP(t, &fake).Open(t.Context(), "key", func(o *s3read.OpenOptions) { o.IfMatch = `"other"` })
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
	t.Run("a version that is asked for is what is read", func(t *testing.T) {
		var fake s3readtest.Server
		fake.CreateBucket(s3readtest.Bucket{Name: "bucket", Versioning: true})
		old := fake.Put("bucket", "key", "old")
		fake.Put("bucket", "key", "new")
		b := onHTTP(t, &fake)
		got, err := b.ReadAll(t.Context(), "key", 10, func(o *s3read.OpenOptions) { o.VersionID = old.VersionID })
		require.NoError(t, err)
		assert.Equal(t, "old", string(got))
	})
	t.Run("seeking makes no request, and a short way ahead none when reading either", func(t *testing.T) {
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
	t.Run("a first Seek drops the untouched answer", func(t *testing.T) {
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
	t.Run("what is used after Close says so", func(t *testing.T) {
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
	t.Run("Close ends a Read that waits", func(t *testing.T) {
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
		require.NoError(t, r.Close())
		assert.ErrorIs(t, <-done, fs.ErrClosed)
	})
	t.Run("the context of Open governs the reading", func(t *testing.T) {
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

func TestReaderStall(t *testing.T) {
	for name, after := range map[string]int64{"before the headers": -1, "in the body": 100_000} {
		t.Run("a stall "+name+" is given up after 30 seconds, and resumed", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var fake s3readtest.Server
				data := content(1 << 20)
				fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
				fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Stall(after)})
				start := time.Now()
				got, err := s3read.NewBucket(fake.Client(), "bucket").ReadAll(t.Context(), "key", 1<<20)
				require.NoError(t, err)
				assert.True(t, bytes.Equal(data, got))
				assert.GreaterOrEqual(t, time.Since(start), 30*time.Second)
				assert.Less(t, time.Since(start), 31*time.Second)
			})
		})
	}
	t.Run("time in which nobody reads does not count", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var fake s3readtest.Server
			data := content(1 << 20)
			fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
			r, err := s3read.NewBucket(fake.Client(), "bucket").Open(t.Context(), "key")
			require.NoError(t, err)
			defer r.Close()
			var got []byte
			buf := make([]byte, 64<<10)
			for {
				n, err := r.Read(buf)
				got = append(got, buf[:n]...)
				if err == io.EOF {
					break
				}
				require.NoError(t, err)
				time.Sleep(time.Hour)
			}
			assert.True(t, bytes.Equal(data, got))
			assert.Len(t, fake.Requests(), 1)
		})
	})
	t.Run("an outage of 40 seconds in the middle is waited out", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var fake s3readtest.Server
			data := content(1 << 20)
			fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
			fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(100_000)})
			start := time.Now()
			fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Cut(-1), Skip: 1,
				Match: func(s3readtest.Request) bool { return time.Since(start) < 40*time.Second }})
			got, err := s3read.NewBucket(fake.Client(), "bucket").ReadAll(t.Context(), "key", 1<<20)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(data, got))
		})
	})
	t.Run("one that doesn't end is given up after a minute", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var fake s3readtest.Server
			fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: content(1 << 20)})
			fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(100_000)})
			fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Cut(-1), Skip: 1})
			start := time.Now()
			_, err := s3read.NewBucket(fake.Client(), "bucket").ReadAll(t.Context(), "key", 1<<20)
			require.Error(t, err)
			assert.GreaterOrEqual(t, time.Since(start), time.Minute)
			assert.Less(t, time.Since(start), 70*time.Second)
		})
	})
	t.Run("a first request that fails is given up after five attempts", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var fake s3readtest.Server
			fake.Put("bucket", "key", "body")
			fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Error("InternalError", "")})
			_, err := s3read.NewBucket(fake.Client(), "bucket").Open(t.Context(), "key")
			require.Error(t, err)
			assert.Len(t, fake.Requests(), 5)
		})
	})
	t.Run("SlowDown is waited out, and after a minute an error", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var fake s3readtest.Server
			fake.Put("bucket", "key", "body")
			remove := fake.Inject(s3readtest.Fault{Do: s3readtest.Error("SlowDown", "")})
			b := s3read.NewBucket(fake.Client(), "bucket")
			start := time.Now()
			_, err := b.Stat(t.Context(), "key")
			require.ErrorIs(t, err, s3read.ErrThrottled)
			assert.GreaterOrEqual(t, time.Since(start), time.Minute)
			remove()
			fake.Inject(s3readtest.Fault{Times: 7, Do: s3readtest.Error("SlowDown", "")})
			_, err = b.Stat(t.Context(), "key")
			require.NoError(t, err)
		})
	})
}

func TestReaderVersionWithoutStrongETag(t *testing.T) {
	read := func(t *testing.T, effects ...s3readtest.Effect) error {
		var fake s3readtest.Server
		data := content(1 << 20)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(100_000)})
		for _, effect := range effects {
			fake.Inject(s3readtest.Fault{Op: "GetObject", Do: effect})
		}
		got, err := onHTTP(t, &fake).ReadAll(t.Context(), "key", 1<<20)
		if err == nil {
			assert.True(t, bytes.Equal(data, got))
		} else {
			assert.Nil(t, got)
		}
		for _, request := range fake.Requests() {
			assert.Empty(t, request.Header.Get("If-Match"))
		}
		return err
	}
	t.Run("a weak ETag is not sent; date and size show the version", func(t *testing.T) {
		require.NoError(t, read(t, s3readtest.SetHeader("ETag", `W/"x"`)))
	})
	t.Run("so they do without an ETag", func(t *testing.T) {
		require.NoError(t, read(t, s3readtest.SetHeader("ETag", "")))
	})
	t.Run("without a date either, the cut is the error", func(t *testing.T) {
		err := read(t, s3readtest.SetHeader("ETag", ""), s3readtest.SetHeader("Last-Modified", ""))
		require.ErrorContains(t, err, "broke off after 100000 of 1048576 bytes")
	})
}

func TestReaderChecksum(t *testing.T) {
	var fake s3readtest.Server
	data := content(300_000)
	fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
	fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.SetHeader("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")})
	b := onHTTP(t, &fake)
	t.Run("bytes that were not stored are not all returned: Read", func(t *testing.T) {
		r, err := b.Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		n, err := io.ReadFull(r, make([]byte, len(data)))
		require.ErrorIs(t, err, s3read.ErrChecksum)
		assert.Less(t, n, len(data))
		_, err = r.Read(make([]byte, len(data)))
		require.ErrorIs(t, err, s3read.ErrChecksum, "and it stays so")
	})
	t.Run("bytes that were not stored are not all returned: ReadAll", func(t *testing.T) {
		_, err := b.ReadAll(t.Context(), "key", 1<<20)
		require.ErrorIs(t, err, s3read.ErrChecksum)
	})
	t.Run("bytes that were not stored are not all returned: WriteTo", func(t *testing.T) {
		r, err := b.Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		_, err = r.WriteTo(io.Discard)
		require.ErrorIs(t, err, s3read.ErrChecksum)
	})
	for _, algorithm := range []string{"CRC64NVME", "CRC32C", "CRC32", "SHA256", "SHA1"} {
		t.Run("stored "+algorithm+" is checked, over a resumption and a seek", func(t *testing.T) {
			var fake s3readtest.Server
			data := content(300_000)
			fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data, ChecksumAlgorithm: types.ChecksumAlgorithm(algorithm)})
			fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(100_000)})
			r, err := onHTTP(t, &fake).Open(t.Context(), "key")
			require.NoError(t, err)
			defer r.Close()
			_, err = io.CopyN(io.Discard, r, 1000)
			require.NoError(t, err)
			_, err = r.Seek(0, io.SeekStart)
			require.NoError(t, err)
			got, err := io.ReadAll(r)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(data, got))
		})
	}
}

func TestReadAt(t *testing.T) {
	data := content(20<<20 + 5)
	start := func(t *testing.T) (*s3readtest.Server, *s3read.Reader) {
		fake := new(s3readtest.Server)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
		r, err := onHTTP(t, fake).Open(t.Context(), "key")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, r.Close()) })
		fake.ForgetRequests()
		return fake, r
	}
	check := func(t *testing.T, r *s3read.Reader, off int64, n int) {
		p := make([]byte, n)
		got, err := r.ReadAt(p, off)
		want := data[min(off, int64(len(data))):min(off+int64(n), int64(len(data)))]
		assert.Equal(t, len(want), got)
		assert.True(t, bytes.Equal(want, p[:got]))
		if len(want) < n {
			assert.Equal(t, io.EOF, err)
		} else {
			assert.NoError(t, err)
		}
	}
	t.Run("a thousand random reads within 4 MiB take four requests", func(t *testing.T) {
		fake, r := start(t)
		rnd := rand.New(rand.NewPCG(1, 2))
		for range 1000 {
			check(t, r, rnd.Int64N(4<<20-4<<10), 4<<10)
		}
		assert.LessOrEqual(t, len(fake.Requests()), 4)
	})
	t.Run("a caller that goes through in order takes few", func(t *testing.T) {
		fake, r := start(t)
		for off := int64(0); off < int64(len(data)); off += 40_000 {
			check(t, r, off, 40_000)
		}
		assert.LessOrEqual(t, len(fake.Requests()), 6) // 1, 2, 4, 8, then 8 of which 6 are there
	})
	t.Run("neighbouring blocks that are missing cost one request", func(t *testing.T) {
		fake, r := start(t)
		check(t, r, 5<<20-10, 20)
		assert.Len(t, fake.Requests(), 1)
		assert.Equal(t, "bytes=4194304-6291455", fake.Requests()[0].Header.Get("Range"))
	})
	t.Run("a large read goes past the cache in one request", func(t *testing.T) {
		fake, r := start(t)
		check(t, r, 3, 9<<20)
		check(t, r, 3, 9<<20)
		assert.Len(t, fake.Requests(), 2)
	})
	t.Run("the end, and what is behind it", func(t *testing.T) {
		_, r := start(t)
		check(t, r, int64(len(data))-3, 10)
		check(t, r, int64(len(data))-3, 3)
		check(t, r, int64(len(data))+9, 3)
		_, err := r.ReadAt(make([]byte, 1), -1)
		require.Error(t, err)
	})
	t.Run("many goroutines at once, and Read beside them, with cuts", func(t *testing.T) {
		fake, r := start(t)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Every: 3, Do: s3readtest.Cut(200_000)})
		var wg sync.WaitGroup
		for seed := range uint64(32) {
			wg.Go(func() {
				rnd := rand.New(rand.NewPCG(seed, 2))
				for range 20 {
					check(t, r, rnd.Int64N(int64(len(data))), rnd.IntN(100_000)+1)
				}
			})
		}
		got, err := io.ReadAll(r)
		wg.Wait()
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
	})
	t.Run("Close ends the waiting of all", func(t *testing.T) {
		fake, r := start(t)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Stall(-1)})
		var wg sync.WaitGroup
		for i := range int64(20) {
			wg.Go(func() {
				_, err := r.ReadAt(make([]byte, 10), i<<20)
				assert.ErrorIs(t, err, fs.ErrClosed)
			})
		}
		for len(fake.Requests()) < 2 {
			runtime.Gosched()
		}
		require.NoError(t, r.Close())
		wg.Wait()
	})
	t.Run("a block that failed is asked for anew", func(t *testing.T) {
		fake, r := start(t)
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Error("AccessDenied", "")})
		_, err := r.ReadAt(make([]byte, 10), 0)
		require.ErrorIs(t, err, fs.ErrPermission)
		check(t, r, 0, 10)
	})
	t.Run("an object that has changed is not mixed with what was read", func(t *testing.T) {
		fake, r := start(t)
		check(t, r, 0, 10)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: bytes.Repeat([]byte("x"), len(data))})
		check(t, r, 0, 10)
		_, err := r.ReadAt(make([]byte, 10), 10<<20)
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
}

func TestReadAll(t *testing.T) {
	var fake s3readtest.Server
	fake.Put("bucket", "five", "12345")
	fake.Put("bucket", "empty", "")
	fake.PutObject("bucket", s3readtest.Object{Key: "big", Content: s3readtest.Synthetic(1), Size: 1 << 40, ChecksumAlgorithm: s3readtest.NoChecksum})
	b := onHTTP(t, &fake)
	for _, tt := range []struct {
		name, key string
		max       int64
		want      string
		err       error
	}{
		{"an object of just the size", "five", 5, "12345", nil},
		{"one byte more than allowed", "five", 4, "", s3read.ErrTooLarge},
		{"a terabyte", "big", 1 << 30, "", s3read.ErrTooLarge},
		{"none allowed, none there", "empty", 0, "", nil},
		{"none allowed, five there", "five", 0, "", s3read.ErrTooLarge},
		{"a missing object", "missing", 5, "", fs.ErrNotExist},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := b.ReadAll(t.Context(), tt.key, tt.max)
			require.ErrorIs(t, err, tt.err)
			assert.Equal(t, tt.want, string(got))
			if err != nil {
				assert.Nil(t, got)
				assert.True(t, strings.HasPrefix(err.Error(), "s3read: readall s3://bucket/"), err.Error())
			}
		})
	}
	t.Run("a negative maximum", func(t *testing.T) {
		_, err := b.ReadAll(t.Context(), "five", -1)
		require.ErrorContains(t, err, "negative maximum")
	})
}
