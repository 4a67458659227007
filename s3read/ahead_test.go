package s3read_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// long is a server with an object of n bytes, whose answers take 20 ms to begin and come at 90 MB/s
// on each connection, as S3's do.
func long(n int64) *s3readtest.Server {
	fake := new(s3readtest.Server)
	fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: synthetic, Size: n})
	fake.Inject(everyGet(s3readtest.Delay(20 * time.Millisecond).And(s3readtest.Pace(90e6))))
	return fake
}

// little is the option to read ahead in small parts, of which 20 are 5 MiB.
func little(o *s3read.BucketOptions) { o.ReadAhead = 5 << 20 }

// sameAs compares what is written to it with the synthetic content.
type sameAs struct {
	t   *testing.T
	off int64
}

func (s *sameAs) Write(p []byte) (int, error) {
	want := make([]byte, len(p))
	_, err := synthetic.ReadAt(want, s.off)
	require.NoError(s.t, err)
	require.True(s.t, bytes.Equal(want, p), "behind byte %d", s.off)
	s.off += int64(len(p))
	return len(p), nil
}

// open opens the object and closes it with the test.
func open(t *testing.T, b *s3read.Bucket) *s3read.Reader {
	t.Helper()
	r, err := b.Open(t.Context(), "key")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

func TestReadingAhead(t *testing.T) {
	const size = 14<<20 + 12345
	inBubble(t, "gives what several connections carry, in order and of one version", func(t *testing.T) {
		fake := long(64 << 20)
		start := time.Now()
		r := open(t, direct(fake))
		assert.Less(t, time.Since(start), 22*time.Millisecond, "the first answer is not waited for longer")
		n, err := r.WriteTo(&sameAs{t: t})
		require.NoError(t, err)
		assert.EqualValues(t, 64<<20, n)
		assert.Less(t, time.Since(start), 64<<20*time.Second/90e6/3)
		for i, request := range fake.Requests() {
			assert.Equal(t, i > 0, request.Header.Get("Range") != "")
			if i > 0 {
				assert.Equal(t, r.Object().ETag, request.Header.Get("If-Match"))
			}
		}
	})
	inBubble(t, "is checked as one object", func(t *testing.T) {
		fake := long(size)
		fake.Inject(everyGet(wrongCRC()))
		_, err := io.Copy(io.Discard, open(t, direct(fake, little)))
		require.ErrorIs(t, err, s3read.ErrChecksum)
	})
	for name, do := range map[string]s3readtest.Effect{
		"cut": s3readtest.Cut(300_000), "reset": s3readtest.Reset(300_000), "stalled": s3readtest.Stall(300_000),
		"throttled": s3readtest.Error("SlowDown", ""), "refused": s3readtest.Cut(-1),
		"ended properly": s3readtest.Truncate(300_000),
	} {
		inBubble(t, "parts that are "+name+" are resumed where they broke", func(t *testing.T) {
			fake := long(size)
			fake.Inject(s3readtest.Fault{Op: "GetObject", Every: 3, Do: do})
			n, err := open(t, direct(fake, little)).WriteTo(&sameAs{t: t})
			require.NoError(t, err)
			assert.EqualValues(t, size, n)
		})
	}
	inBubble(t, "costs nothing for whoever stops within the first MiBs, and one part a little later",
		func(t *testing.T) {
			fake := long(size)
			r := open(t, direct(fake, little))
			_, err := io.CopyN(io.Discard, r, 2<<20-1)
			require.NoError(t, err)
			synctest.Wait()
			assert.Len(t, fake.Requests(), 1)
			_, err = io.CopyN(io.Discard, r, 1)
			require.NoError(t, err)
			synctest.Wait()
			assert.Len(t, fake.Requests(), 2)
			require.NoError(t, r.Close())
		})
	inBubble(t, "costs nothing for whoever is slower than one connection", func(t *testing.T) {
		fake := long(8 << 20)
		r := open(t, direct(fake, little))
		for {
			_, err := io.CopyN(io.Discard, r, 64<<10)
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			time.Sleep(10 * time.Millisecond)
		}
		assert.Len(t, fake.Requests(), 1)
	})
	inBubble(t, "asks for no more than the Reader takes when that becomes slow", func(t *testing.T) {
		fake := long(20 << 20)
		r := open(t, direct(fake, little))
		_, err := io.CopyN(io.Discard, r, 12<<20)
		require.NoError(t, err)
		for range 40 { // 2.5 MiB: its connections have all but one nothing to do
			_, err := io.CopyN(io.Discard, r, 64<<10)
			require.NoError(t, err)
			time.Sleep(100 * time.Millisecond)
		}
		fake.ForgetRequests()
		_, err = io.CopyN(io.Discard, r, 512<<10)
		require.NoError(t, err)
		assert.LessOrEqual(t, len(fake.Requests()), 8)
	})
	inBubble(t, "asks for half as many parts again as have memory, and fills no more than those", func(t *testing.T) {
		fake := long(40 << 20)
		r := open(t, direct(fake, little))
		_, err := io.CopyN(io.Discard, r, 12<<20)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		var last int64
		for _, request := range fake.Requests() {
			var off, end int64
			if n, _ := fmt.Sscanf(request.Header.Get("Range"), "bytes=%d-%d", &off, &end); n == 2 {
				last = max(last, end)
			}
		}
		assert.Greater(t, last, int64(12<<20+5<<20), "beyond what has memory")
		assert.LessOrEqual(t, last, int64(12<<20+5<<20*3/2+1<<20))
	})
	inBubble(t, "gives the first part the lead that its latency needs", func(t *testing.T) {
		var fake s3readtest.Server
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: synthetic, Size: 60 << 20})
		fake.Inject(everyGet(s3readtest.Delay(100 * time.Millisecond).And(s3readtest.Pace(90e6))))
		r := open(t, direct(&fake))
		_, err := io.CopyN(io.Discard, r, 30<<20)
		require.NoError(t, err)
		var begins []string
		for _, request := range fake.Requests()[1:] {
			begins = append(begins, request.Header.Get("Range"))
		}
		assert.Equal(t, len(begins), len(slices.Compact(slices.Sorted(slices.Values(begins)))), "no part is passed")
		assert.Contains(t, begins[0], "bytes=15", "2 MiB, twice the part's 2, and what comes in 100 ms")
	})
	inBubble(t, "ends with a Seek, and begins again behind it", func(t *testing.T) {
		fake := long(size)
		r := open(t, direct(fake, little))
		for _, to := range []int64{4 << 20, 1000, 3<<20 + 7, 9 << 20, 0} {
			_, err := r.Seek(to, io.SeekStart)
			require.NoError(t, err)
			_, err = io.CopyN(&sameAs{t, to}, r, min(4<<20, size-to))
			require.NoError(t, err)
		}
	})
	inBubble(t, "ends with Close, however far it is", func(t *testing.T) {
		for at := int64(1 << 20); at < size; at += 1 << 20 {
			r := open(t, direct(long(size), little))
			_, err := io.CopyN(io.Discard, r, at)
			require.NoError(t, err)
			require.NoError(t, r.Close())
		}
	})
	inBubble(t, "ends with the context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := direct(long(size), little).Open(ctx, "key")
		require.NoError(t, err)
		defer r.Close()
		_, err = io.CopyN(io.Discard, r, 12<<20)
		require.NoError(t, err)
		cancel()
		_, err = io.Copy(io.Discard, r)
		require.ErrorIs(t, err, context.Canceled)
	})
	other := s3readtest.Object{Key: "key", Content: s3readtest.Synthetic(2), Size: 20 << 20, ETag: `"2"`}
	inBubble(t, "never joins two versions", func(t *testing.T) {
		fake := long(20 << 20)
		r := open(t, direct(fake, little))
		_, err := io.CopyN(io.Discard, r, 12<<20)
		require.NoError(t, err)
		fake.PutObject("bucket", other)
		_, err = r.WriteTo(&sameAs{t, 12 << 20})
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
	inBubble(t, "ends the version that it began, where it still exists", func(t *testing.T) {
		fake := long(20 << 20)
		fake.CreateBucket(s3readtest.Bucket{Name: "versions", Versioning: true})
		fake.PutObject("versions", s3readtest.Object{Key: "key", Content: synthetic, Size: 20 << 20})
		r, err := s3read.NewBucket(fake.S3Client(), "versions", little).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		_, err = io.CopyN(io.Discard, r, 12<<20)
		require.NoError(t, err)
		fake.PutObject("versions", other)
		_, err = r.WriteTo(&sameAs{t, 12 << 20})
		require.NoError(t, err)
	})
	for name, effect := range map[string]s3readtest.Effect{
		"a server without ranges": s3readtest.IgnoreHeader("Range"), "a server that refuses them": {},
	} {
		inBubble(t, name+" is read on one connection", func(t *testing.T) {
			fake := long(size)
			fake.Inject(everyGet(effect))
			if name != "a server without ranges" {
				fake.Inject(s3readtest.Fault{Do: s3readtest.Error("InvalidArgument", ""),
					Match: func(r s3readtest.Request) bool { return r.Header.Get("Range") != "" }})
			}
			n, err := open(t, direct(fake, little)).WriteTo(&sameAs{t: t})
			require.NoError(t, err)
			assert.EqualValues(t, size, n)
			assert.LessOrEqual(t, len(fake.Requests()), 6)
		})
	}
	inBubble(t, "is left out where the option says so", func(t *testing.T) {
		fake := long(size)
		_, err := io.Copy(io.Discard, open(t, direct(fake, func(o *s3read.BucketOptions) { o.ReadAhead = -1 })))
		require.NoError(t, err)
		assert.Len(t, fake.Requests(), 1)
	})
	inBubble(t, "works with few connections", func(t *testing.T) {
		for most := 2; most < 5; most++ {
			b := onHTTP(t, long(20<<20), func(tr *http.Transport) { tr.MaxConnsPerHost = most })
			_, err := open(t, b).WriteTo(&sameAs{t: t})
			require.NoError(t, err)
		}
	})
}
