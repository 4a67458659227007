package s3read_test

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestReadRanges(t *testing.T) {
	data := content(20 << 20)
	const mib = 1 << 20
	put := func() *s3readtest.Server {
		fake := new(s3readtest.Server)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
		return fake
	}
	check := func(t *testing.T, r *s3read.Reader, ranges []s3read.Range) {
		t.Helper()
		got, err := r.ReadRanges(ranges)
		require.NoError(t, err)
		require.Len(t, got, len(ranges))
		for i, g := range ranges {
			require.True(t, bytes.Equal(data[g.Off:g.Off+g.Len], got[i]), "%v", g)
		}
	}
	for name, tt := range map[string]struct {
		ranges   []s3read.Range
		requests int
	}{
		"none":                               {nil, 0},
		"empty ones":                         {[]s3read.Range{{}, {Off: 20 << 20}}, 0},
		"one":                                {[]s3read.Range{{5, 100}}, 1},
		"four far apart":                     {[]s3read.Range{{0, 9}, {5 * mib, 9}, {10 * mib, 9}, {15 * mib, 9}}, 4},
		"neighbours":                         {[]s3read.Range{{0, 100}, {mib, 100}, {2 * mib, 100}}, 1},
		"in no order, and overlapping":       {[]s3read.Range{{500, 100}, {0, 300}, {200, 400}, {10, 5}, {0, 300}}, 1},
		"more than one request is asked for": {[]s3read.Range{{0, 20 * mib}}, 2},
		"all within a long one, and behind":  {[]s3read.Range{{0, 1000}, {100, 10}, {990, 20}, {2000, 10}}, 1},
	} {
		inBubble(t, name, func(t *testing.T) {
			fake := put()
			r := open(t, direct(fake))
			fake.ForgetRequests()
			check(t, r, tt.ranges)
			assert.Len(t, fake.Requests(), tt.requests)
		})
	}
	inBubble(t, "whatever they are", func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		r := open(t, direct(put()))
		for range 100 {
			var ranges []s3read.Range
			for range random.IntN(20) {
				off := random.Int64N(20 << 20)
				ranges = append(ranges, s3read.Range{Off: off,
					Len: random.Int64N(min(20<<20-off, 1<<random.IntN(22)) + 1)})
			}
			check(t, r, ranges)
		}
	})
	inBubble(t, "several at once", func(t *testing.T) {
		fake := put()
		r := open(t, direct(fake))
		fake.Inject(everyGet(s3readtest.Delay(time.Second)))
		start := time.Now()
		check(t, r, []s3read.Range{{0, 10}, {5 * mib, 10}, {10 * mib, 10}, {15 * mib, 10}})
		assert.Equal(t, time.Second, time.Since(start))
	})
	inBubble(t, "are resumed where they broke", func(t *testing.T) {
		fake := put()
		r := open(t, direct(fake))
		fake.Inject(everyGet(s3readtest.Cut(100_000)))
		check(t, r, []s3read.Range{{0, 2 * mib}, {5 * mib, mib}})
	})
	inBubble(t, "are of the version that was opened", func(t *testing.T) {
		fake := put()
		r := open(t, direct(fake))
		fake.Put("bucket", "key", "other")
		got, err := r.ReadRanges([]s3read.Range{{0, 10}, {5 * mib, 10}})
		require.ErrorIs(t, err, s3read.ErrChanged)
		assert.Nil(t, got)
	})
	inBubble(t, "must be within the object", func(t *testing.T) {
		fake := put()
		r := open(t, direct(fake))
		fake.ForgetRequests()
		for _, bad := range []s3read.Range{{-1, 1}, {0, -1}, {20 * mib, 1}, {0, 20*mib + 1}, {1 << 62, 1 << 62}} {
			_, err := r.ReadRanges([]s3read.Range{{0, 10}, bad})
			require.Error(t, err)
		}
		assert.Empty(t, fake.Requests())
		require.NoError(t, r.Close())
		_, err := r.ReadRanges(nil)
		require.ErrorIs(t, err, fs.ErrClosed)
	})
}
