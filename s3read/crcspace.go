package s3read

import (
	"encoding/binary"
	"hash"
)

// A crcSpace is the polynomials modulo a CRC's own, in which the sum of two stretches follows from the sum of each:
// that of the first is multiplied by x^8 for each byte of the second. Bits are reversed, the highest is x^0.
type crcSpace struct {
	bits int
	poly uint64
}

// join returns the CRC of a stretch with sum a followed by one with sum b that is n bytes long.
func (s *crcSpace) join(a, b uint64, n int64) uint64 {
	square := uint64(1) << (s.bits - 9) // x^8
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			a = s.times(a, square)
		}
		square = s.times(square, square)
	}
	return a ^ b
}

// times multiplies two polynomials.
func (s *crcSpace) times(a, b uint64) uint64 {
	var product uint64
	for bit := uint64(1) << (s.bits - 1); bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		if b&1 != 0 {
			b = b>>1 ^ s.poly
		} else {
			b >>= 1
		}
	}
	return product
}

// value is the number that a hash has come to.
func (s *crcSpace) value(h hash.Hash) uint64 {
	if s.bits == 32 {
		return uint64(binary.BigEndian.Uint32(h.Sum(nil)))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// bytes is a number as a hash would write it.
func (s *crcSpace) bytes(v uint64) []byte {
	if s.bits == 32 {
		return binary.BigEndian.AppendUint32(nil, uint32(v))
	}
	return binary.BigEndian.AppendUint64(nil, v)
}
