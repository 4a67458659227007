package s3read_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

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
	inBubble(t, "a thousand random reads within 4 MiB take four requests", func(t *testing.T) {
		fake, r := start(t)
		rnd := rand.New(rand.NewPCG(1, 2))
		for range 1000 {
			check(t, r, rnd.Int64N(4<<20-4<<10), 4<<10)
		}
		assert.LessOrEqual(t, len(fake.Requests()), 4)
	})
	inBubble(t, "a caller that goes through in order takes few, for eight blocks at most", func(t *testing.T) {
		fake := new(s3readtest.Server)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: synthetic, Size: 40 << 20})
		r, err := onHTTP(t, fake).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		p := make([]byte, 40_000)
		for off := int64(0); off < 40<<20; off += int64(len(p)) {
			if _, err := r.ReadAt(p, off); err != io.EOF {
				require.NoError(t, err)
			}
		}
		var want, got []string
		for _, blocks := range [][2]int{{0, 1}, {1, 3}, {3, 7}, {7, 15}, {15, 23}, {23, 31}, {31, 39}} {
			want = append(want, fmt.Sprintf("bytes=%d-%d", blocks[0]<<20, blocks[1]<<20-1))
		}
		want = append(want, fmt.Sprintf("bytes=%d-", 39<<20))
		for _, r := range fake.Requests()[1:] {
			got = append(got, r.Header.Get("Range"))
		}
		assert.Equal(t, want, got)
	})
	inBubble(t, "sixteen blocks are kept, those used last", func(t *testing.T) {
		fake, r := start(t)
		for i := range int64(17) {
			check(t, r, (17-i)<<20, 1) // backwards, so that none comes ahead
		}
		assert.Len(t, fake.Requests(), 17)
		check(t, r, 1<<20, 1)
		check(t, r, 16<<20, 1)
		assert.Len(t, fake.Requests(), 17)
		check(t, r, 17<<20, 1)
		assert.Len(t, fake.Requests(), 18)
	})
	inBubble(t, "neighbouring blocks that are missing cost one request", func(t *testing.T) {
		fake, r := start(t)
		check(t, r, 5<<20-10, 20)
		assert.Len(t, fake.Requests(), 1)
		assert.Equal(t, "bytes=4194304-6291455", fake.Requests()[0].Header.Get("Range"))
	})
	inBubble(t, "a large read goes past the cache in one request", func(t *testing.T) {
		fake, r := start(t)
		check(t, r, 3, 9<<20)
		check(t, r, 3, 9<<20)
		assert.Len(t, fake.Requests(), 2)
	})
	inBubble(t, "the end of the object, and offsets behind it", func(t *testing.T) {
		_, r := start(t)
		check(t, r, int64(len(data))-3, 10)
		check(t, r, int64(len(data))-3, 3)
		check(t, r, int64(len(data))+9, 3)
		_, err := r.ReadAt(make([]byte, 1), -1)
		require.Error(t, err)
	})
	inBubble(t, "many goroutines at once, and Read beside them, with cuts", func(t *testing.T) {
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
	inBubble(t, "Close ends the waiting of all", func(t *testing.T) {
		fake, r := start(t)
		fake.Inject(everyGet(s3readtest.Stall(-1)))
		var wg sync.WaitGroup
		for i := range int64(20) {
			wg.Go(func() {
				_, err := r.ReadAt(make([]byte, 10), i<<20)
				assert.ErrorIs(t, err, fs.ErrClosed)
			})
		}
		synctest.Wait()
		require.NoError(t, r.Close())
		wg.Wait()
	})
	inBubble(t, "a block that failed is asked for anew", func(t *testing.T) {
		fake, r := start(t)
		fake.Inject(firstGet(s3readtest.Error("AccessDenied", "")))
		_, err := r.ReadAt(make([]byte, 10), 0)
		require.ErrorIs(t, err, fs.ErrPermission)
		check(t, r, 0, 10)
	})
	inBubble(t, "blocks of two versions are never mixed", func(t *testing.T) {
		fake, r := start(t)
		check(t, r, 0, 10)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: bytes.Repeat([]byte("x"), len(data))})
		check(t, r, 0, 10)
		_, err := r.ReadAt(make([]byte, 10), 10<<20)
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
}
