package listxml

import "bytes"

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

// root reads up to and including the root's start tag, and returns its name.
func (s *scanner) root() (name []byte, ok bool) {
	if rest := s.doc; bytes.HasPrefix(rest, []byte("<?xml ")) {
		i := bytes.Index(rest, []byte("?>"))
		if i < 0 {
			return nil, false
		}
		switch string(bytes.ToLower(bytes.ReplaceAll(rest[6:i], []byte("'"), []byte(`"`)))) {
		case `version="1.0" encoding="utf-8"`, `version="1.0"`:
		default:
			return nil, false
		}
		s.pos = i + 2
	}
	s.space()
	const root = "ListBucketResult"
	if !bytes.HasPrefix(s.doc[s.pos:], []byte("<"+root)) {
		return nil, false
	}
	s.pos += 1 + len(root)
	const xmlns = ` xmlns="`
	if bytes.HasPrefix(s.doc[s.pos:], []byte(xmlns)) {
		s.pos += len(xmlns)
		for s.pos < len(s.doc) && plain[s.doc[s.pos]] && s.doc[s.pos] != '"' {
			s.pos++
		}
		if !s.at('"') {
			return nil, false
		}
		s.pos++
	}
	if !s.at('>') {
		return nil, false
	}
	s.pos++
	return []byte(root), true
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

// children has each element read by child, up to the end tag of parent.
func (s *scanner) children(parent []byte, child func(name []byte, kind tagKind) bool) bool {
	for {
		name, kind := s.tag()
		switch {
		case kind == unexpected:
			return false
		case kind == end:
			return string(name) == string(parent)
		case !child(name, kind):
			return false
		}
	}
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

// skip reads over an element of at most depth levels.
func (s *scanner) skip(name []byte, kind tagKind, depth int) bool {
	if kind != start {
		return kind == empty
	}
	from := s.pos
	if _, ok := s.value(name, kind, &s.other); ok {
		return true
	}
	s.pos = from
	return depth > 1 && s.children(name, func(name []byte, kind tagKind) bool { return s.skip(name, kind, depth-1) })
}
