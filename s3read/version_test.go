package s3read_test

import (
	"bytes"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestReaderVersionWithoutStrongETag(t *testing.T) {
	read := func(t *testing.T, effects ...s3readtest.Effect) error {
		var fake s3readtest.Server
		data := content(1 << 20)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
		fake.Inject(firstGet(s3readtest.Cut(100_000)))
		for _, effect := range effects {
			fake.Inject(everyGet(effect))
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
	inBubble(t, "a weak ETag is not sent; date and size show the version", func(t *testing.T) {
		require.NoError(t, read(t, s3readtest.SetHeader("ETag", `W/"x"`)))
	})
	inBubble(t, "so they do without an ETag", func(t *testing.T) {
		require.NoError(t, read(t, s3readtest.SetHeader("ETag", "")))
	})
	inBubble(t, "without a date either, the cut is the error", func(t *testing.T) {
		err := read(t, s3readtest.SetHeader("ETag", ""), s3readtest.SetHeader("Last-Modified", ""))
		require.ErrorContains(t, err, "broke off after 100000 of 1048576 bytes")
	})
}

func TestTheNullVersionIsNotAskedForByItsID(t *testing.T) {
	var fake s3readtest.Server
	fake.CreateBucket(s3readtest.Bucket{Name: "bucket", Versioning: true})
	fake.PutKeys("bucket", "key") // as if put before versions were kept
	r, err := direct(&fake).Open(t.Context(), "key")
	require.NoError(t, err)
	defer r.Close()
	assert.Empty(t, r.Object().VersionID)
	fake.Put("bucket", "key", "other")
	_, err = r.ReadAt(make([]byte, 1), 0)
	require.ErrorIs(t, err, s3read.ErrChanged)
	for _, request := range fake.Requests() {
		assert.False(t, request.Query.Has("versionId"))
	}
}

func TestReadsAtOnceAreOfOneVersion(t *testing.T) {
	inBubble(t, "without ETags, when one of them finds the object overwritten", func(t *testing.T) {
		var fake s3readtest.Server
		fake.CreateBucket(s3readtest.Bucket{Name: "bucket", Versioning: true})
		fake.Inject(everyGet(s3readtest.SetHeader("ETag", "")))
		data := content(8 << 20)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: bytes.Repeat([]byte("x"), len(data))})

		// The first is answered last, after the second one has begun to ask for the version by its
		// id.
		fake.Inject(firstGet(s3readtest.Delay(time.Second)))
		var wg sync.WaitGroup
		for _, off := range []int64{0, 4 << 20} {
			wg.Go(func() {
				p := make([]byte, 10)
				_, err := r.ReadAt(p, off)
				assert.NoError(t, err)
				assert.Equal(t, data[off:off+10], p)
			})
			synctest.Wait()
		}
		wg.Wait()
	})
}
