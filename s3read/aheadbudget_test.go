package s3read

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAheadBudget(t *testing.T) {
	for bytes, parts := range map[int64]int{
		-1: 0, 1: 0, 256 << 10: 1, 1 << 20: 4, 0: 20, 32 << 20: 20, 1 << 30: 128,
	} {
		var b aheadBudget
		b.init(bytes)
		if parts < 2 {
			assert.Less(t, b.parts, 2)
			continue
		}
		if bytes == 0 {
			bytes = defaultReadAhead
		}
		assert.Equal(t, parts, b.parts, "%d bytes", bytes)
		assert.LessOrEqual(t, int64(b.parts)*b.partSize, bytes)
		var taken []*[]byte
		for buf := b.take(); buf != nil; buf = b.take() {
			taken = append(taken, buf)
		}
		require.Len(t, taken, 2*b.parts)
		b.give(taken[0])
		assert.NotNil(t, b.take())
	}
}
