package stsclient

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAHashSetHasWhatWasAddedHoweverItGrows(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, room := range []int{0, 1, 100, 5000} {
		s, want := newHashSet(room), map[uint64]bool{0: true, 1<<64 - 1: true}
		for range 1000 {
			want[random.Uint64()] = true
			want[^uint64(0)-random.Uint64N(100)] = true // next to one another, and round the end
		}
		for hash := range want {
			s.add(hash)
			s.add(hash)
		}
		for hash := range want {
			require.True(t, s.has(hash), "room for %d", room)
		}
		for range 1000 {
			assert.False(t, s.has(random.Uint64()), "room for %d", room)
		}
		assert.LessOrEqual(t, 2*s.n, len(s.slots))
	}
}
