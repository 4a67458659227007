package stsclient

import "strings"

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
func eachRun(text string, f func(from, to int, hash uint64)) {
	var r run
	for i := range len(text) {
		if c := folded[text[i]]; c != 0 && r.push(c, i) {
			f(r.first(), i+1, r.sum())
		}
	}
}

// A shown text is what is read of another one, some of whose escapes are undone.
type shown struct {
	text  string
	begin []int // where each character begins in the other one, and at the end its length; nil: they are the same
}

func plainly(text string) shown { return shown{text: text} }

// at is where a character begins in the other one.
func (s shown) at(i int) int {
	if s.begin == nil {
		return i
	}
	return s.begin[i]
}

// unescaped undoes the escapes: %2B and %252B of URLs, \u002b, \x2b and \053 of JSON, Go and
// shells, &#43; and &#x2b; of XML. It reports false where there are none.
func (s shown) unescaped() (shown, bool) {
	if !strings.ContainsAny(s.text, `%\&`) {
		return s, false
	}
	u := shown{begin: make([]int, 0, len(s.text)+1)}
	text := make([]byte, 0, len(s.text))
	changed := false
	for i := 0; i < len(s.text); {
		c, n := s.text[i], 1
		if c == '%' || c == '\\' || c == '&' {
			if decoded, length := unescape(s.text[i:]); length > 0 {
				c, n, changed = decoded, length, true
			}
		}
		text, u.begin = append(text, c), append(u.begin, s.at(i))
		i += n
	}
	u.text, u.begin = string(text), append(u.begin, s.at(len(s.text)))
	return u, changed
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
		case 'U':
			return hexByte(text, 2, 8)
		case 'a', 'b', 'f', 'n', 'r', 't', 'v':
			return 0, 2
		case '0', '1':
			return octal(text)
		}
		return 0, 1
	}
	return entity(text)
}

// octal reads the three digits of an escape.
func octal(text string) (c byte, n int) {
	if len(text) < 4 {
		return 0, 1
	}
	for _, d := range []byte(text[1:4]) {
		if d < '0' || d > '7' {
			return 0, 1
		}
		c = c<<3 | (d - '0')
	}
	return c, 4
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

// entity reads a character reference of XML, named ones included, which stand for none of the
// characters that are compared.
func entity(text string) (c byte, n int) {
	const longest = 10
	v, base, digits := 0, 10, false
	for i := 1; i < min(len(text), longest); i++ {
		switch d := text[i]; {
		case d == ';' && i > 1:
			switch {
			case text[:i+1] == "&amp;": // around another one
				v = '&'
			case !digits || v > 127:
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
