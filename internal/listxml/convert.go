package listxml

import (
	"bytes"
	"time"
	"unicode/utf8"
)

// validXML reports whether text with bytes beyond ASCII consists of characters that XML 1.0 allows
// (its production Char). Of valid UTF-8 beyond ASCII that are all but two non-characters.
func validXML(text []byte) bool {
	return utf8.Valid(text) && !bytes.Contains(text, []byte("\uFFFE")) && !bytes.Contains(text, []byte("\uFFFF"))
}

// entity reads a reference to a character, &quot; or &#34; or &#x22;. The five names are those that
// XML defines; documents with a DTD of their own are not expected. Twelve bytes hold the longest.
func (s *scanner) entity() (rune, bool) {
	rest := s.doc[s.pos:min(len(s.doc), s.pos+12)]
	n := bytes.IndexByte(rest, ';')
	if n < 2 {
		return 0, false
	}
	s.pos += n + 1
	body := rest[1:n]
	switch string(body) {
	case "quot":
		return '"', true
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "apos":
		return '\'', true
	}
	if body[0] != '#' {
		return 0, false
	}
	body = body[1:]
	r := int64(0)
	if len(body) > 1 && body[0] == 'x' {
		for _, c := range body[1:] {
			d, ok := hex(c)
			if !ok {
				return 0, false
			}
			r = r<<4 | int64(d)
		}
	} else {
		var ok bool
		if r, ok = digits(body, 9); !ok {
			return 0, false
		}
	}
	return rune(r), r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// digits reads a decimal number of at most maxDigits digits, few enough not to overflow.
func digits(v []byte, maxDigits int) (n int64, ok bool) {
	if len(v) == 0 || len(v) > maxDigits {
		return 0, false
	}
	for _, c := range v {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

func hex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// dateTime reads the one form in which S3 writes a time, 2006-01-02T15:04:05.000Z, with up to nine
// digits of a second or none. It refuses what the SDK refuses, such as 30 February.
func dateTime(v []byte) (time.Time, bool) {
	const form = "0000-00-00T00:00:00"
	if len(v) < len(form)+1 || v[len(v)-1] != 'Z' {
		return time.Time{}, false
	}
	for i := range len(form) {
		if form[i] == '0' && (v[i] < '0' || v[i] > '9') || form[i] != '0' && v[i] != form[i] {
			return time.Time{}, false
		}
	}
	nanos := int64(0)
	if fraction := v[len(form) : len(v)-1]; len(fraction) > 0 {
		n, ok := digits(fraction[1:], 9)
		if !ok || fraction[0] != '.' {
			return time.Time{}, false
		}
		for range 9 - len(fraction[1:]) {
			n *= 10
		}
		nanos = n
	}
	two := func(i int) int { return int(v[i]-'0')*10 + int(v[i+1]-'0') }
	year, month, day, hour, minute, second := two(0)*100+two(2), two(5), two(8), two(11), two(14), two(17)
	if month < 1 || month > 12 || day < 1 || day > 28 && day > daysIn(year, month) ||
		hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, int(nanos), time.UTC), true
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
