package listxml

import (
	"bytes"
	"unicode/utf8"
)

// plain marks the bytes that stand for themselves in every value.
var plain = func() (t [256]bool) {
	for c := ' '; c < 0x80; c++ {
		t[c] = true
	}
	for _, c := range "<&]%+" {
		t[c] = false
	}
	return t
}()

// value reads the text of a leaf and its end tag. The result is valid until scratch, which holds text that
// had entities, is used again; without scratch entities are not expected.
func (s *scanner) value(name []byte, kind tagKind, scratch *[]byte) ([]byte, bool) {
	if kind != start {
		return []byte{}, kind == empty
	}
	var text []byte // what is before from, if that had entities
	from, high := s.pos, false
	for s.pos < len(s.doc) {
		c := s.doc[s.pos]
		switch {
		case plain[c] || c == '%' || c == '+':
			s.pos++
		case c == '<':
			run := s.doc[from:s.pos]
			if high && !legal(run) {
				return nil, false
			}
			if text != nil {
				text = append(text, run...)
				*scratch, run = text, text
			}
			return run, s.closing(name)
		case c == '&':
			if scratch == nil || high {
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
			high = true
			s.pos++
		default:
			return nil, false
		}
	}
	return nil, false
}

// name reads a leaf that holds a key or a prefix into s.key.
func (s *scanner) name(name []byte, kind tagKind) bool {
	s.key = s.key[:0]
	if !s.encoded {
		v, ok := s.value(name, kind, &s.other)
		s.key = append(s.key, v...)
		return ok
	}
	if kind != start {
		return kind == empty
	}
	for {
		from := s.pos
		for s.pos < len(s.doc) && plain[s.doc[s.pos]] {
			s.pos++
		}
		s.key = append(s.key, s.doc[from:s.pos]...)
		switch {
		case s.at('<'):
			return s.closing(name)
		case s.at('+'):
			s.key = append(s.key, ' ')
			s.pos++
		case s.at('%') && s.pos+2 < len(s.doc):
			hi, ok1 := hex(s.doc[s.pos+1])
			lo, ok2 := hex(s.doc[s.pos+2])
			if !ok1 || !ok2 {
				return false
			}
			s.key = append(s.key, hi<<4|lo)
			s.pos += 3
		default:
			return false
		}
	}
}

func (s *scanner) text(name []byte, kind tagKind, to **string) bool {
	v, ok := s.value(name, kind, &s.other)
	t := string(v)
	*to = &t
	return ok
}

func (s *scanner) bool(name []byte, kind tagKind, to **bool) bool {
	v, ok := s.value(name, kind, nil)
	b := string(v) == "true"
	*to = &b
	return ok && (b || string(v) == "false")
}

func (s *scanner) int32(name []byte, kind tagKind, to **int32) bool {
	v, ok := s.value(name, kind, nil)
	if !ok {
		return false
	}
	n, ok := digits(v, 9)
	n32 := int32(n)
	*to = &n32
	return ok
}
