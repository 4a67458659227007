package crc

import "encoding/binary"

// A ring is the polynomials over bits, modulo the polynomial of a CRC. In it the CRC of a followed
// by b is that of a, multiplied by x^8 for each byte of b, plus that of b.
//
// Bits are reversed, as in hash/crc32: the highest is the coefficient of x^0.
type ring struct {
	bits int    // 32 or 64
	poly uint64 // the CRC's polynomial, without its highest power
}

// join returns the CRC of bytes with CRC a, followed by n bytes with CRC b. It raises x^8 to the
// power of n by squaring, in about 2·log2(n) multiplications.
func (r *ring) join(a, b uint64, n int64) uint64 {
	power := uint64(1) << (r.bits - 9) // x^8, then x^16, x^32, …
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			a = r.times(a, power)
		}
		power = r.times(power, power)
	}
	return a ^ b
}

// times multiplies two polynomials, one coefficient of a at a time: where it is set, b times that
// power of x is added, and adding is xor.
func (r *ring) times(a, b uint64) uint64 {
	var product uint64
	for bit := uint64(1) << (r.bits - 1); bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		if b&1 != 0 { // the highest power: multiplying by x again takes b out of the ring
			b = b>>1 ^ r.poly
		} else {
			b >>= 1
		}
	}
	return product
}

// decode is the number that a hash's Sum stands for.
func (r *ring) decode(sum []byte) uint64 {
	if r.bits == 32 {
		return uint64(binary.BigEndian.Uint32(sum))
	}
	return binary.BigEndian.Uint64(sum)
}

// encode is the inverse of decode.
func (r *ring) encode(v uint64) []byte {
	if r.bits == 32 {
		return binary.BigEndian.AppendUint32(nil, uint32(v))
	}
	return binary.BigEndian.AppendUint64(nil, v)
}
