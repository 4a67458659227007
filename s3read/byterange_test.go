package s3read

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func FuzzParseContentRange(f *testing.F) {
	for _, seed := range []string{
		"bytes 0-9/10", "bytes 0-9/*", "bytes 9-0/10", "bytes */10", "bytes 0-9", "items 0-9/10", "",
		"bytes 0-99/10", "bytes -1-5/10", "bytes 0-9223372036854775807/9223372036854775808",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, size, err := parseContentRange(s)
		if err != nil {
			assert.Zero(t, r)
			return
		}
		assert.GreaterOrEqual(t, r.off, int64(0))
		assert.Greater(t, r.end, r.off)
		assert.True(t, size == -1 || size >= r.end, "%d", size)
	})
}
