package s3read_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestReaderStall(t *testing.T) {
	for name, after := range map[string]int64{"before the headers": -1, "in the body": 100_000} {
		inBubble(t, "a stall "+name+" is given up after 30 seconds, and resumed", func(t *testing.T) {
			var fake s3readtest.Server
			data := content(1 << 20)
			fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
			fake.Inject(firstGet(s3readtest.Stall(after)))
			start := time.Now()
			got, err := direct(&fake).ReadAll(t.Context(), "key", 1<<20)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(data, got))
			assert.GreaterOrEqual(t, time.Since(start), 30*time.Second)
			assert.Less(t, time.Since(start), 31*time.Second)
		})
	}
	inBubble(t, "the time is BucketOptions.Stall", func(t *testing.T) {
		var fake s3readtest.Server
		fake.Put("bucket", "key", "body")
		fake.Inject(s3readtest.Fault{Times: 1, Do: s3readtest.Stall(-1)})
		start := time.Now()
		b := direct(&fake, func(o *s3read.BucketOptions) { o.Stall = 5 * time.Second })
		_, err := b.Stat(t.Context(), "key")
		require.NoError(t, err)
		assert.Less(t, time.Since(start), 6*time.Second)
	})
	inBubble(t, "a negative one waits until the context ends", func(t *testing.T) {
		var fake s3readtest.Server
		fake.Put("bucket", "key", "body")
		fake.Inject(s3readtest.Fault{Do: s3readtest.Stall(2)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		b := direct(&fake, func(o *s3read.BucketOptions) { o.Stall = -1 })
		_, err := b.ReadAll(ctx, "key", 10)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Hour, time.Since(start))
		assert.Len(t, fake.Requests(), 1)
	})
	inBubble(t, "time between reads does not count", func(t *testing.T) {
		var fake s3readtest.Server
		data := content(1 << 20)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
		r, err := direct(&fake).Open(t.Context(), "key")
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
}
