package s3read_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/keyspace/keysim"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestListParallel(t *testing.T) {
	for _, set := range keysim.KeySets {
		t.Run(set.Name, func(t *testing.T) {
			keys := set.Keys(4_000)
			srv := &s3readtest.Server{PageSize: 200}
			srv.PutKeys("bucket", keys...)
			for _, p := range []int{2, 3, 16} {
				objects, err := collect(t.Context(), direct(srv), "", parallel(p))
				require.NoError(t, err)
				got := keysOf(objects)
				slices.Sort(got)
				require.Equal(t, len(keys), len(got))
				require.True(t, slices.Equal(keys, got))
			}
		})
	}
	inBubble(t, "so many requests at once, and no more", func(t *testing.T) {
		srv, keys := paged(10_000, 100)
		srv.Inject(s3readtest.Fault{Do: s3readtest.Delay(time.Second)})
		start := time.Now()
		objects, err := collect(t.Context(), direct(srv), "logs/", parallel(16))
		require.NoError(t, err)
		assert.Len(t, objects, len(keys))
		assert.LessOrEqual(t, time.Since(start), 12*time.Second, "100 pages one by one take 100 seconds, ideally 7")
		at := map[int64]int{}
		for _, r := range srv.Requests() {
			at[int64(r.Received.Sub(start)/time.Second)]++
		}
		for _, n := range at {
			assert.LessOrEqual(t, n, 16)
		}
	})
	t.Run("a listing of one page takes one request", func(t *testing.T) {
		srv, _ := numbered(1000)
		_, err := collect(t.Context(), direct(srv), "", parallel(64))
		require.NoError(t, err)
		assert.Len(t, srv.Requests(), 1)
	})
}
