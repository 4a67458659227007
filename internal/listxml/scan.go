package listxml

import (
	"bytes"
	"unicode/utf8"
)

// scanner walks over a document. A method that meets what it does not expect answers false, and the walk ends.
type scanner struct {
	doc     []byte
	pos     int
	encoded bool   // names are URL-encoded
	key     []byte // the name read last, decoded
	etag    []byte // scratch for an ETag with entities
	other   []byte // scratch for everything else
	class   string // the storage class met last: a page rarely has two
}

type tagKind int

const (
	unexpected tagKind = iota
	start              // <name>
	end                // </name>
	empty              // <name/>
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

func (s *scanner) at(c byte) bool { return s.pos < len(s.doc) && s.doc[s.pos] == c }

func (s *scanner) space() {
	for s.pos < len(s.doc) {
		switch s.doc[s.pos] {
		case ' ', '\n', '\t', '\r':
			s.pos++
		default:
			return
		}
	}
}

// root reads up to and including the root's start tag.
func (s *scanner) root() bool {
	if rest := s.doc; bytes.HasPrefix(rest, []byte("<?xml ")) {
		i := bytes.Index(rest, []byte("?>"))
		if i < 0 {
			return false
		}
		switch string(bytes.ToLower(bytes.ReplaceAll(rest[6:i], []byte("'"), []byte(`"`)))) {
		case `version="1.0" encoding="utf-8"`, `version="1.0"`:
		default:
			return false
		}
		s.pos = i + 2
	}
	s.space()
	const open = "<ListBucketResult"
	if !bytes.HasPrefix(s.doc[s.pos:], []byte(open)) {
		return false
	}
	s.pos += len(open)
	const xmlns = ` xmlns="`
	if bytes.HasPrefix(s.doc[s.pos:], []byte(xmlns)) {
		s.pos += len(xmlns)
		for s.pos < len(s.doc) && plain[s.doc[s.pos]] && s.doc[s.pos] != '"' {
			s.pos++
		}
		if !s.at('"') {
			return false
		}
		s.pos++
	}
	if !s.at('>') {
		return false
	}
	s.pos++
	return true
}

// tag reads the next tag, with the white space before it.
func (s *scanner) tag() (name []byte, kind tagKind) {
	s.space()
	if !s.at('<') {
		return nil, unexpected
	}
	s.pos++
	kind = start
	if s.at('/') {
		s.pos++
		kind = end
	}
	from := s.pos
	for s.pos < len(s.doc) && alphanumeric(s.doc[s.pos]) {
		s.pos++
	}
	name = s.doc[from:s.pos]
	if len(name) == 0 || name[0] <= '9' {
		return nil, unexpected
	}
	if s.at(' ') {
		s.space()
	}
	if kind == start && s.at('/') {
		s.pos++
		kind = empty
	}
	if !s.at('>') {
		return nil, unexpected
	}
	s.pos++
	return name, kind
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// closing reads the end tag of name.
func (s *scanner) closing(name []byte) bool {
	rest := s.doc[s.pos:]
	n := len(name)
	if len(rest) < n+3 || rest[0] != '<' || rest[1] != '/' || string(rest[2:2+n]) != string(name) || rest[2+n] != '>' {
		return false
	}
	s.pos += n + 3
	return true
}

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

// skip reads over an element of at most depth levels.
func (s *scanner) skip(name []byte, kind tagKind, depth int) bool {
	if kind != start {
		return kind == empty
	}
	from := s.pos
	if _, ok := s.value(name, kind, &s.other); ok {
		return true
	}
	if s.pos = from; depth == 1 {
		return false
	}
	for {
		child, kind := s.tag()
		switch kind {
		case unexpected:
			return false
		case end:
			return string(child) == string(name)
		}
		if !s.skip(child, kind, depth-1) {
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
