package s3read_test

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// readThrough opens the object and reads it to its end, or up to where reading fails.
func readThrough(t *testing.T, b *s3read.Bucket) ([]byte, error) {
	t.Helper()
	r, err := b.Open(t.Context(), "key")
	require.NoError(t, err)
	defer r.Close()
	return io.ReadAll(r)
}

func TestReaderResumes(t *testing.T) {
	data := content(3<<20 + 17)
	put := func(fake *s3readtest.Server) { fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data}) }

	for name, effect := range map[string]s3readtest.Effect{
		"cut":                    s3readtest.Cut(64 << 10),
		"reset":                  s3readtest.Reset(64 << 10),
		"cut before the headers": s3readtest.Cut(-1),
	} {
		inBubble(t, "an answer that is "+name+" is resumed where it broke", func(t *testing.T) {
			var fake s3readtest.Server
			put(&fake)
			times := 20
			if name == "cut before the headers" {
				times = 2
			}
			// A reset takes back what was not read yet.
			fake.Inject(s3readtest.Fault{Op: "GetObject", Times: times, Do: s3readtest.At(64<<10, synctest.Wait)})
			fake.Inject(s3readtest.Fault{Op: "GetObject", Times: times, Do: effect})
			r, err := onHTTP(t, &fake).Open(t.Context(), "key")
			require.NoError(t, err)
			defer r.Close()
			got, err := io.ReadAll(r)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(data, got))
			for _, request := range fake.Requests("GetObject")[1:] {
				if request.Header.Get("Range") != "" {
					assert.Equal(t, r.Object().ETag, request.Header.Get("If-Match"))
				}
			}
		})
	}
	inBubble(t, "a response with too few bytes and a matching length fails the checksum", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(everyGet(s3readtest.Truncate(64 << 10)))
		_, err := readThrough(t, onHTTP(t, &fake))
		require.ErrorIs(t, err, s3read.ErrChecksum)
	})
	inBubble(t, "an answer that ignores the range is read up to where the last one broke", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(firstGet(s3readtest.Cut(1 << 20)))
		fake.Inject(everyGet(s3readtest.IgnoreHeader("Range")))
		got, err := readThrough(t, onHTTP(t, &fake))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
	})
	inBubble(t, "an object that is overwritten while it is read has changed", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(firstGet(overwrittenAt(&fake, 1<<20)))
		fake.Inject(firstGet(s3readtest.Cut(2 << 20)))
		got, err := readThrough(t, onHTTP(t, &fake))
		require.ErrorIs(t, err, s3read.ErrChanged)
		assert.True(t, bytes.HasPrefix(data, got))
		assert.Less(t, len(got), len(data))
		var e *s3read.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "read", e.Op)
		assert.Contains(t, e.Range, "bytes=")
		assert.NotEmpty(t, e.Hint)
	})
	inBubble(t, "an object that is deleted while it is read has changed", func(t *testing.T) {
		var fake s3readtest.Server
		put(&fake)
		fake.Inject(firstGet(deletedAt(&fake, 1<<20)))
		fake.Inject(firstGet(s3readtest.Cut(2 << 20)))
		_, err := readThrough(t, onHTTP(t, &fake))
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
	inBubble(t, "in a bucket with versioning, the version that it began with is read to its end", func(t *testing.T) {
		var fake s3readtest.Server
		fake.CreateBucket(s3readtest.Bucket{Name: "bucket", Versioning: true})
		put(&fake)
		fake.Inject(firstGet(overwrittenAt(&fake, 1<<20)))
		fake.Inject(firstGet(s3readtest.Cut(2 << 20)))
		got, err := readThrough(t, onHTTP(t, &fake))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
	})
	inBubble(t, "where old versions may not be read, it has changed", func(t *testing.T) {
		var fake s3readtest.Server
		fake.CreateBucket(s3readtest.Bucket{Name: "bucket", Versioning: true})
		put(&fake)
		fake.Inject(firstGet(deletedAt(&fake, 1<<20)))
		fake.Inject(firstGet(s3readtest.Cut(2 << 20)))
		fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Error("AccessDenied", ""),
			Match: func(r s3readtest.Request) bool { return r.Query.Has("versionId") }})
		_, err := readThrough(t, onHTTP(t, &fake))
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
}
