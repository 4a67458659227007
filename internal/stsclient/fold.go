package stsclient

// folded has each letter and digit in lower case, and 0 for everything else.
var folded = func() (table [256]byte) {
	for c := byte('0'); c <= '9'; c++ {
		table[c] = c
	}
	for c := byte('a'); c <= 'z'; c++ {
		table[c], table[c-'a'+'A'] = c, c
	}
	return table
}()

func lower(c byte) byte { return folded[c] }

// A run is the last letters of a text that were read, and a hash of them.
type run struct {
	letters [runLength]byte
	at      [runLength]int // where they begin
	n       int            // how many were read altogether
	hash    uint64
}

// hashBase may be any odd number whose high bits are mixed; hashTop is its runLength-th power.
const hashBase = 0x9E3779B97F4A7C15

var hashTop = func() uint64 {
	top := uint64(1)
	for range runLength {
		top *= hashBase
	}
	return top
}()

// push reads a letter that begins at an offset, and reports whether the run is complete.
func (r *run) push(c byte, at int) bool {
	i := r.n % runLength
	r.hash = r.hash*hashBase + uint64(c)
	if r.n >= runLength {
		r.hash -= hashTop * uint64(r.letters[i])
	}
	r.letters[i], r.at[i] = c, at
	r.n++
	return r.n >= runLength
}

// first is where the run begins.
func (r *run) first() int { return r.at[r.n%runLength] }

// sum is the hash of the letters of the run, whatever came before it.
func (r *run) sum() uint64 { return r.hash ^ r.hash>>29 }

// eachRun calls f for each run of letters of a text, with where it begins and ends, and its hash.
// With escapes undone it reads %2B and %252B of URLs, \u002b and \x2b of JSON and Go, &#43; and
// &#x2b; of XML as the characters that they stand for.
func eachRun(text string, undo bool, f func(from, to int, hash uint64)) {
	var r run
	for i := 0; i < len(text); {
		c, n := text[i], 1
		if undo && (c == '%' || c == '\\' || c == '&') {
			if decoded, length := unescape(text[i:]); length > 0 {
				c, n = decoded, length
			}
		}
		if c = folded[c]; c != 0 && r.push(c, i) {
			f(r.first(), i+n, r.sum())
		}
		i += n
	}
}

// unescape reads the escape that a text begins with, and returns its character and its length; the
// character is 0 where it is none of ASCII, the length where there is no escape.
func unescape(text string) (c byte, n int) {
	switch text[0] {
	case '%':
		n = 1
		for len(text) >= n+3 && text[n:n+2] == "25" { // encoded again
			n += 2
		}
		return hexByte(text, n, 2)
	case '\\':
		if len(text) < 2 {
			return 0, 0
		}
		switch text[1] {
		case 'x':
			return hexByte(text, 2, 2)
		case 'u':
			return hexByte(text, 2, 4)
		case 'n', 'r', 't':
			return 0, 2
		}
		return 0, 1
	}
	return entity(text)
}

// hexByte reads digits hexadecimal digits from an offset on.
func hexByte(text string, from, digits int) (c byte, n int) {
	if len(text) < from+digits {
		return 0, 0
	}
	v := 0
	for _, d := range []byte(text[from : from+digits]) {
		x := hexDigit(d)
		if x < 0 {
			return 0, 0
		}
		v = v<<4 | x
	}
	if v > 127 {
		v = 0
	}
	return byte(v), from + digits
}

func hexDigit(d byte) int {
	switch d = lower(d); {
	case d >= '0' && d <= '9':
		return int(d - '0')
	case d >= 'a' && d <= 'f':
		return int(d-'a') + 10
	}
	return -1
}

// entity reads a character reference of XML, named ones (&amp;) included, which stand for none of
// the characters that are compared.
func entity(text string) (c byte, n int) {
	const longest = 10
	v, base, digits := 0, 10, false
	for i := 1; i < min(len(text), longest); i++ {
		switch d := text[i]; {
		case d == ';' && i > 1:
			if !digits || v > 127 {
				v = 0
			}
			return byte(v), i + 1
		case i == 1 && d == '#':
			digits = true
		case digits && i == 2 && (d == 'x' || d == 'X'):
			base = 16
		case digits && hexDigit(d) >= 0 && hexDigit(d) < base:
			v = min(v*base+hexDigit(d), 1<<16)
		case !digits && lower(d) != 0:
		default:
			return 0, 0
		}
	}
	return 0, 0
}
