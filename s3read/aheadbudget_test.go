package s3read

import (
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestAheadBudget(t *testing.T) {
	for bytes, parts := range map[int64]int{
		-1: 0, 1: 0, 256 << 10: 1, 1 << 20: 4, 0: 16, 32 << 20: 16, 1 << 30: 128,
	} {
		var b aheadBudget
		b.init(bytes)
		if parts < 2 {
			assert.Less(t, b.parts, 2)
			continue
		}
		if bytes == 0 {
			bytes = defaultReadAhead
		}
		assert.Equal(t, parts, b.parts, "%d bytes", bytes)
		assert.LessOrEqual(t, int64(b.parts)*b.partSize, bytes)
		var taken [][]byte
		for buf := b.take(); buf != nil; buf = b.take() {
			taken = append(taken, buf)
		}
		require.Len(t, taken, 2*b.parts)
		b.give(taken[0])
		again := b.take()
		require.NotNil(t, again)
		assert.Same(t, &taken[0][0], &again[0], "a part's memory goes to the next part")
		for _, buf := range taken {
			b.give(buf)
		}
		assert.Empty(t, b.free, "what nobody uses is not kept")
	}
}

// held returns how much memory the budget has given out or keeps.
func (b *aheadBudget) held() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int64(b.taken+len(b.free)) * b.partSize
}

func TestAHundredReadersAtOnceStayWithinTheBucketsMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size, ahead = 8 << 20, 2 << 20
		var fake s3readtest.Server
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: s3readtest.Synthetic(1), Size: size})
		b := NewBucket(fake.S3Client(), "bucket", func(o *BucketOptions) { o.ReadAhead = ahead })
		var mu sync.Mutex
		var most int64
		look := s3readtest.At(-1, func() {
			mu.Lock()
			defer mu.Unlock()
			most = max(most, b.ahead.held())
		})
		near := s3readtest.Delay(time.Millisecond).And(s3readtest.Pace(90e6))
		fake.Inject(s3readtest.Fault{Op: "GetObject", Do: near.And(look)})
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				r, err := b.Open(t.Context(), "key")
				if !assert.NoError(t, err) {
					return
				}
				defer r.Close() // always nil
				n, err := io.Copy(io.Discard, r)
				assert.NoError(t, err)
				assert.EqualValues(t, size, n)
			})
		}
		wg.Wait()
		assert.EqualValues(t, 2*ahead, most, "all of the memory is used, and no more")
		assert.Zero(t, b.ahead.held(), "nothing is kept for later")
	})
}
