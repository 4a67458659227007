package s3read_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestDownloadSlowDown(t *testing.T) {
	inBubble(t, "halves the number of requests at once, those that were refused included", func(t *testing.T) {
		var fake s3readtest.Server
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: synthetic, Size: 100 << 20})
		start := time.Now()
		fake.Inject(everyGet(s3readtest.Delay(time.Second)))
		fake.Inject(s3readtest.Fault{
			Op: "GetObject", Do: s3readtest.Error("SlowDown", ""),
			Match: func(r s3readtest.Request) bool { return r.Received.Sub(start)/time.Second == 2 },
		})
		got := make(memory, 100<<20)
		_, err := onHTTP(t, &fake).Download(t.Context(), "key", got, partSize(1<<20))
		require.NoError(t, err)
		requests := fake.Requests("GetObject")
		assert.Equal(t, 16, inFlight(requests, start.Add(2500*time.Millisecond)), "the default of Parallel")
		assert.Equal(t, 8, inFlight(requests, start.Add(3900*time.Millisecond)))
	})
	inBubble(t, "is waited out", func(t *testing.T) {
		var fake s3readtest.Server
		data := content(8 << 20)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Every: 3, Do: s3readtest.Error("SlowDown", "")})
		got := make(memory, len(data))
		_, err := onHTTP(t, &fake).Download(t.Context(), "key", got, smallParts)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
	})
}
