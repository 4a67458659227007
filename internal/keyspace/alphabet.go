package keyspace

import "math/bits"

// alphabets holds, for each position, the alphabet of the keys there.
type alphabets []alphabet

// An alphabet is the set of bytes that are expected at one position: those that were seen there,
// widened to their class. After a 3 every digit is expected, after a b and a c every letter from a
// to f. A letter that always was the same is expected to stay so: it is part of a name.
//
// Without the classes the first pages would decide: they show the beginning of the key space alone,
// such as the first months of a year. Without the alphabets a split in the middle of all 256 bytes
// would mostly fall where no key is.
type alphabet struct {
	set   [4]uint64 // a bit for each byte
	size  uint64    // bytes in the set
	first byte      // the byte that was seen first
	end   bool      // a key ended before this position
}

// classes are digits, and letters of hexadecimal numbers before letters of words: a byte is widened
// to the first class that has it.
var classes = [...][2]byte{{'0', '9'}, {'a', 'f'}, {'a', 'z'}, {'A', 'F'}, {'A', 'Z'}}

// learn adds the bytes of key to the alphabets.
func (as *alphabets) learn(key string) {
	as.extend(key)
	for i := range min(len(key), maxKeyLen) {
		(*as)[i].observe(key[i])
	}
}

// extend makes room for the bytes of key, and notes where it ends.
func (as *alphabets) extend(key string) {
	n := min(len(key), maxKeyLen)
	for len(*as) <= n {
		*as = append(*as, alphabet{})
	}
	(*as)[n].end = true
}

// observe adds a byte that was seen. A digit is widened to its class at once, a letter when another
// byte was seen at its position.
func (a *alphabet) observe(c byte) {
	if a.has(c) {
		return
	}
	if a.size == 0 {
		a.first = c
	}
	a.add(c)
	if a.size > 1 || '0' <= c && c <= '9' {
		a.widen(a.first)
		a.widen(c)
	}
}

// widen adds the class of c.
func (a *alphabet) widen(c byte) {
	for _, class := range classes {
		if class[0] <= c && c <= class[1] {
			for b := class[0]; b <= class[1]; b++ {
				a.add(b)
			}
			return
		}
	}
}

func (a *alphabet) has(c byte) bool { return a.set[c>>6]&(1<<(c&63)) != 0 }

func (a *alphabet) add(c byte) {
	if !a.has(c) {
		a.set[c>>6] |= 1 << (c & 63)
		a.size++
	}
}

// below returns how many bytes of the set are less than c: c's digit.
func (a *alphabet) below(c byte) uint64 {
	n := bits.OnesCount64(a.set[c>>6] & (1<<(c&63) - 1))
	for i := range c >> 6 {
		n += bits.OnesCount64(a.set[i])
	}
	return uint64(n)
}

// nth returns the byte of the set that has n others below it: it undoes below.
func (a *alphabet) nth(n uint64) byte {
	for i, word := range a.set {
		if count := uint64(bits.OnesCount64(word)); n >= count {
			n -= count
			continue
		}
		for range n {
			word &= word - 1
		}
		return byte(i<<6 + bits.TrailingZeros64(word))
	}
	return 0xff
}

// base returns the number of digits at the position. Where keys end, the lowest digit stands for
// the end, as a key sorts before its continuations.
func (a *alphabet) base() uint64 {
	if a.end {
		return a.size + 1
	}
	return max(a.size, 1)
}

// A ruler measures keys that begin alike. It reads what follows as a number, each position a digit
// in the base of its alphabet, so that distances between keys can be compared and halved.
type ruler struct {
	from   int // the position of the first digit
	digits alphabets
}

// ruler returns a ruler for keys that agree up to from, with as many positions as a uint64 holds.
func (as alphabets) ruler(from int) ruler {
	from = min(from, len(as))
	to, size := from, 0
	for to < len(as) {
		if size += bits.Len64(as[to].base() - 1); size > 62 {
			break
		}
		to++
	}
	return ruler{from, as[from:to]}
}

// place returns the number of key. A key with bytes outside the alphabets lies between two numbers,
// and gets the next one.
func (r ruler) place(key string) uint64 {
	place := uint64(0)
	passed := false // key is greater than every key with the digits so far
	for i := range r.digits {
		a := &r.digits[i]
		place *= a.base()
		if passed || r.from+i >= len(key) {
			continue
		}
		c := key[r.from+i]
		place += a.below(c)
		if a.end {
			place++
		}
		passed = !a.has(c)
	}
	return place
}

// key returns the key with the given number: begin, and the bytes of its digits.
func (r ruler) key(begin string, place uint64) string {
	digits := make([]uint64, len(r.digits))
	for i := len(digits) - 1; i >= 0; i-- {
		base := r.digits[i].base()
		digits[i] = place % base
		place /= base
	}
	key := []byte(begin)
	for i, digit := range digits {
		if r.digits[i].end {
			if digit == 0 {
				break
			}
			digit--
		}
		key = append(key, r.digits[i].nth(digit))
	}
	return string(key)
}
