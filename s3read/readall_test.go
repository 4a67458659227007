package s3read_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestReadAll(t *testing.T) {
	var fake s3readtest.Server
	fake.Put("bucket", "five", "12345")
	fake.Put("bucket", "empty", "")
	fake.PutObject("bucket", s3readtest.Object{
		Key: "big", Content: synthetic, Size: 1 << 40, ChecksumAlgorithm: s3readtest.NoChecksum,
	})
	for _, tt := range []struct {
		name, key string
		max       int64
		want      string
		err       error
	}{
		{"an object of just the size", "five", 5, "12345", nil},
		{"one byte more than allowed", "five", 4, "", s3read.ErrTooLarge},
		{"a terabyte", "big", 1 << 30, "", s3read.ErrTooLarge},
		{"none allowed, none there", "empty", 0, "", nil},
		{"none allowed, five there", "five", 0, "", s3read.ErrTooLarge},
		{"a missing object", "missing", 5, "", fs.ErrNotExist},
	} {
		inBubble(t, tt.name, func(t *testing.T) {
			got, err := onHTTP(t, &fake).ReadAll(t.Context(), tt.key, tt.max)
			require.ErrorIs(t, err, tt.err)
			assert.Equal(t, tt.want, string(got))
			if err != nil {
				assert.Nil(t, got)
				assert.True(t, strings.HasPrefix(err.Error(), "s3read: readall s3://bucket/"), err.Error())
			}
		})
	}
	inBubble(t, "bytes that were not stored", func(t *testing.T) {
		defer fake.Inject(s3readtest.Fault{Do: wrongCRC()})()
		_, err := onHTTP(t, &fake).ReadAll(t.Context(), "five", 5)
		require.ErrorIs(t, err, s3read.ErrChecksum)
		var e *s3read.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "readall", e.Op)
	})
	inBubble(t, "a negative maximum", func(t *testing.T) {
		_, err := onHTTP(t, &fake).ReadAll(t.Context(), "five", -1)
		require.ErrorContains(t, err, "negative maximum")
	})
}
