package listxml

import (
	"bytes"
	"unicode/utf8"
)

// literal marks the bytes that stand for themselves in the text of every leaf, a name's too:
// printable ASCII but for those that XML (<, &, and ] for the sake of "]]>") or URL encoding (%, +)
// gives a meaning. A table look-up for each byte is what makes the scanner fast.
var literal = func() (t [256]bool) {
	for c := ' '; c < 0x80; c++ {
		t[c] = true
	}
	for _, c := range "<&]%+" {
		t[c] = false
	}
	return t
}()

// leaf reads the text of a leaf element and its end tag. The result points into the document, or
// into scratch where the text has entities, and is valid until scratch is used again. Without
// scratch entities are not expected. Nor are line ends within a text, which encoding/xml changes.
func (s *scanner) leaf(name []byte, kind tagKind, scratch *[]byte) ([]byte, bool) {
	if kind != start {
		return []byte{}, kind == empty
	}
	var text []byte // what stands before from, once there was an entity
	from, nonASCII := s.pos, false
	for s.pos < len(s.doc) {
		c := s.doc[s.pos]
		switch {
		case literal[c] || c == '%' || c == '+':
			s.pos++
		case c == '<':
			run := s.doc[from:s.pos]
			if nonASCII && !validXML(run) {
				return nil, false
			}
			if text != nil {
				text = append(text, run...)
				*scratch, run = text, text
			}
			return run, s.endTag(name)
		case c == '&':
			if scratch == nil || nonASCII {
				return nil, false
			}
			if text == nil {
				text = (*scratch)[:0]
			}
			text = append(text, s.doc[from:s.pos]...)
			r, ok := s.entity()
			if !ok {
				return nil, false
			}
			text = utf8.AppendRune(text, r)
			from = s.pos
		case c == ']':
			if bytes.HasPrefix(s.doc[s.pos:], []byte("]]>")) {
				return nil, false
			}
			s.pos++
		case c >= 0x80:
			nonASCII = true
			s.pos++
		default:
			return nil, false
		}
	}
	return nil, false
}

// nameLeaf reads a leaf that holds a key or a prefix into s.name. Where names are URL-encoded it
// undoes that as url.QueryUnescape does: + and %20 are both a space, since stores differ in that.
func (s *scanner) nameLeaf(name []byte, kind tagKind) bool {
	s.name = s.name[:0]
	if !s.encoded {
		v, ok := s.leaf(name, kind, &s.scratch)
		s.name = append(s.name, v...)
		return ok
	}
	if kind != start {
		return kind == empty
	}
	for {
		from := s.pos
		for s.pos < len(s.doc) && literal[s.doc[s.pos]] {
			s.pos++
		}
		s.name = append(s.name, s.doc[from:s.pos]...)
		switch {
		case s.nextIs('<'):
			return s.endTag(name)
		case s.nextIs('+'):
			s.name = append(s.name, ' ')
			s.pos++
		case s.nextIs('%') && s.pos+2 < len(s.doc):
			hi, ok1 := hex(s.doc[s.pos+1])
			lo, ok2 := hex(s.doc[s.pos+2])
			if !ok1 || !ok2 {
				return false
			}
			s.name = append(s.name, hi<<4|lo)
			s.pos += 3
		default:
			return false
		}
	}
}

// stringLeaf reads a leaf into a string of its own.
func (s *scanner) stringLeaf(name []byte, kind tagKind, to **string) bool {
	v, ok := s.leaf(name, kind, &s.scratch)
	t := string(v)
	*to = &t
	return ok
}

// boolLeaf reads a leaf that holds true or false, written as S3 does.
func (s *scanner) boolLeaf(name []byte, kind tagKind, to **bool) bool {
	v, ok := s.leaf(name, kind, nil)
	b := string(v) == "true"
	*to = &b
	return ok && (b || string(v) == "false")
}

// int32Leaf reads a leaf that holds a number of at most nine digits, which fit.
func (s *scanner) int32Leaf(name []byte, kind tagKind, to **int32) bool {
	v, ok := s.leaf(name, kind, nil)
	if !ok {
		return false
	}
	n, ok := digits(v, 9)
	n32 := int32(n)
	*to = &n32
	return ok
}
