package stsclient

import "math/bits"

// A hashSet holds hashes whose high bits are mixed. It is a table that is at most half full, in
// which a hash is looked for from where its high bits say: a redactor asks it for each character of
// a text, and a map takes three times as long.
type hashSet struct {
	slots []uint64 // a power of two of them; 0 is empty
	n     int
}

// newHashSet returns one with room for n hashes before it grows.
func newHashSet(n int) *hashSet {
	return &hashSet{slots: make([]uint64, 1<<bits.Len(uint(max(2*n, 2)-1)))}
}

// find returns the slot of a hash, or the empty one where it would be. No hash is 0 here.
func (s *hashSet) find(hash uint64) *uint64 {
	for i := hash >> (65 - bits.Len(uint(len(s.slots)))); ; i++ {
		slot := &s.slots[i&uint64(len(s.slots)-1)]
		if *slot == hash || *slot == 0 {
			return slot
		}
	}
}

func (s *hashSet) has(hash uint64) bool { return *s.find(hash | 1) != 0 }

func (s *hashSet) add(hash uint64) {
	slot := s.find(hash | 1)
	if *slot != 0 {
		return
	}
	if *slot, s.n = hash|1, s.n+1; 2*s.n <= len(s.slots) {
		return
	}
	grown := newHashSet(len(s.slots))
	for _, h := range s.slots {
		if h != 0 {
			*grown.find(h), grown.n = h, grown.n+1
		}
	}
	*s = *grown
}
