package keyspace

import "math/bits"

// alphabets holds which bytes were met at each position of the keys.
type alphabets []alphabet

// An alphabet is the set of bytes that are expected at one position: those that were met, widened to their class.
// Whoever met a 3 expects every digit, whoever met a b and a c every letter from a to f. A letter that always was the
// same one is expected to stay so: it is part of a name.
type alphabet struct {
	set  [4]uint64
	size uint64
	only byte // the one that was met first
	end  bool // a key ended here
}

var classes = [...][2]byte{{'0', '9'}, {'a', 'f'}, {'a', 'z'}, {'A', 'F'}, {'A', 'Z'}}

func (as *alphabets) learn(key string) {
	key = key[:min(len(key), longest)]
	for len(*as) <= len(key) {
		*as = append(*as, alphabet{})
	}
	for i := range len(key) {
		(*as)[i].meet(key[i])
	}
	(*as)[len(key)].end = true
}

func (a *alphabet) meet(c byte) {
	if a.has(c) {
		return
	}
	if a.size == 0 {
		a.only = c
	}
	a.add(c)
	if a.size > 1 || '0' <= c && c <= '9' {
		a.widen(a.only)
		a.widen(c)
	}
}

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

// below counts the bytes of the set that are less than c.
func (a *alphabet) below(c byte) uint64 {
	n := bits.OnesCount64(a.set[c>>6] & (1<<(c&63) - 1))
	for i := range c >> 6 {
		n += bits.OnesCount64(a.set[i])
	}
	return uint64(n)
}

// nth is the byte of the set that has n others below it.
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

// base is the number of digits at the position. Where keys end, the lowest digit stands for the end.
func (a *alphabet) base() uint64 {
	if a.end {
		return a.size + 1
	}
	return max(a.size, 1)
}

// A ruler gives keys that begin alike a place, by the digits that follow.
type ruler struct {
	from   int // the position of the first digit
	digits alphabets
}

// ruler takes as many positions as there are numbers for.
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

// at is the place of key. What lies between two places has that of the next one.
func (r ruler) at(key string) uint64 {
	place := uint64(0)
	passed := false // key is behind the place as it is so far
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

// key is the one at place: begin, and the digits of place.
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
