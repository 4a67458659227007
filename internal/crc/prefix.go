package crc

import "hash"

// A Prefix is the running sum of an object's bytes from the first on, for a reader that may go back
// and forth. The nil Prefix sums nothing. It is not safe for concurrent use.
type Prefix struct {
	hash hash.Hash
	n    int64 // bytes summed so far
}

// NewPrefix returns the sum of no bytes yet.
func NewPrefix(a *Algorithm) *Prefix { return &Prefix{hash: a.New()} }

// Add sums what data, which is at offset off of the object, adds to the bytes before it. Bytes that
// are part of the sum already are not hashed again. Bytes behind a gap are left out, which is no
// error: the sum goes on where it stopped when reading comes back to that place.
func (p *Prefix) Add(data []byte, off int64) {
	if p == nil || off > p.n || off+int64(len(data)) <= p.n {
		return
	}
	data = data[p.n-off:]
	_, _ = p.hash.Write(data) // a hash never fails
	p.n += int64(len(data))
}

// Sum returns the sum of an object's first size bytes, or nil if not just they were summed.
func (p *Prefix) Sum(size int64) []byte {
	if p == nil || p.n != size {
		return nil
	}
	return p.hash.Sum(nil)
}
