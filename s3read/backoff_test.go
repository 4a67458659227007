package s3read_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestReaderRetries(t *testing.T) {
	inBubble(t, "an outage of 40 seconds in the middle is waited out", func(t *testing.T) {
		var fake s3readtest.Server
		data := content(1 << 20)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
		fake.Inject(firstGet(s3readtest.Cut(100_000)))
		start := time.Now()
		fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Cut(-1), Skip: 1,
			Match: func(s3readtest.Request) bool { return time.Since(start) < 40*time.Second }})
		got, err := direct(&fake).ReadAll(t.Context(), "key", 1<<20)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
	})
	inBubble(t, "an outage without end is given up after a minute", func(t *testing.T) {
		var fake s3readtest.Server
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: content(1 << 20)})
		fake.Inject(firstGet(s3readtest.Cut(100_000)))
		fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Cut(-1), Skip: 1})
		start := time.Now()
		_, err := direct(&fake).ReadAll(t.Context(), "key", 1<<20)
		require.Error(t, err)
		assert.GreaterOrEqual(t, time.Since(start), time.Minute)
		assert.Less(t, time.Since(start), 70*time.Second)
	})
	inBubble(t, "any number of cuts is resumed, as long as 4 KiB arrive between them", func(t *testing.T) {
		var fake s3readtest.Server
		data := content(1 << 20)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
		fake.Inject(everyGet(s3readtest.Cut(4 << 10)))
		start := time.Now()
		got, err := onHTTP(t, &fake).ReadAll(t.Context(), "key", 1<<20)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
		assert.Equal(t, start, time.Now(), "there is no wait after progress")
	})
	inBubble(t, "cuts every hundred bytes are given up after a minute", func(t *testing.T) {
		var fake s3readtest.Server
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: content(1 << 20)})
		fake.Inject(everyGet(s3readtest.Cut(100)))
		start := time.Now()
		_, err := onHTTP(t, &fake).ReadAll(t.Context(), "key", 1<<20)
		require.ErrorContains(t, err, "broke off")
		assert.GreaterOrEqual(t, time.Since(start), time.Minute)
		assert.Less(t, time.Since(start), 70*time.Second)
	})
	inBubble(t, "a first request that fails is given up after five attempts", func(t *testing.T) {
		var fake s3readtest.Server
		fake.Put("bucket", "key", "body")
		fake.Inject(everyGet(s3readtest.Error("InternalError", "")))
		_, err := direct(&fake).Open(t.Context(), "key")
		require.Error(t, err)
		assert.Len(t, fake.Requests(), 5)
	})
	inBubble(t, "SlowDown is waited out, and after a minute an error", func(t *testing.T) {
		var fake s3readtest.Server
		fake.Put("bucket", "key", "body")
		remove := fake.Inject(s3readtest.Fault{Do: s3readtest.Error("SlowDown", "")})
		b := direct(&fake)
		start := time.Now()
		_, err := b.Stat(t.Context(), "key")
		require.ErrorIs(t, err, s3read.ErrThrottled)
		assert.GreaterOrEqual(t, time.Since(start), time.Minute)
		remove()
		fake.Inject(s3readtest.Fault{Times: 7, Do: s3readtest.Error("SlowDown", "")})
		_, err = b.Stat(t.Context(), "key")
		require.NoError(t, err)
	})
}
