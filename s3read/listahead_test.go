package s3read_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestListAhead(t *testing.T) {
	inBubble(t, "the next page is asked for when half of this one is consumed", func(t *testing.T) {
		srv, _ := numbered(2000)
		n := 0
		for _, err := range direct(srv).List(t.Context(), "") {
			require.NoError(t, err)
			n++
			synctest.Wait()
			switch n {
			case 500:
				assert.Len(t, srv.Requests(), 1)
			case 501:
				assert.Len(t, srv.Requests(), 2)
			}
		}
		assert.Equal(t, 2000, n)
	})
	t.Run("a loop that breaks leaves no goroutine behind", func(t *testing.T) {
		for _, p := range []int{0, 16} {
			synctest.Test(t, func(t *testing.T) { // which fails where a goroutine remains
				srv, _ := numbered(30_000)
				srv.Inject(s3readtest.Fault{Skip: 1, Do: s3readtest.Delay(time.Hour)})
				start := time.Now()
				n := 0
				for _, err := range direct(srv).List(t.Context(), "", parallel(p)) {
					require.NoError(t, err)
					if n++; n == 700 {
						synctest.Wait()
						break
					}
				}
				assert.Less(t, time.Since(start), time.Minute)
			})
		}
	})
	t.Run("a context that ends is an error, not an end", func(t *testing.T) {
		for _, p := range []int{0, 16} {
			synctest.Test(t, func(t *testing.T) {
				srv, keys := numbered(30_000)
				srv.Inject(s3readtest.Fault{Do: s3readtest.Delay(time.Second)})
				ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
				defer cancel()
				objects, err := collect(ctx, direct(srv), "", parallel(p))
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Less(t, len(objects), len(keys))
			})
		}
	})
}
