package listxml

import "bytes"

// A scanner walks over a document from its first byte to its last. Its methods return false for
// everything that they do not expect, and the walk ends there: the SDK's decoder then reads the
// document instead. So the scanner needs to know only what S3 really sends, and may reject valid
// XML, but it must never accept what the SDK rejects or reads differently.
type scanner struct {
	doc     []byte
	pos     int
	encoded bool // names are URL-encoded

	// Buffers that are used again for each element.
	name    []byte // the key or prefix read last, decoded
	etagBuf []byte // an ETag that has entities: S3 writes its quotes as &quot;
	scratch []byte // any other text that has entities

	storageClass string // the one met last: few pages have two
}

type tagKind int

const (
	unexpected tagKind = iota
	start              // <name>
	end                // </name>
	empty              // <name/>
)

// nextIs reports whether c is the next byte.
func (s *scanner) nextIs(c byte) bool { return s.pos < len(s.doc) && s.doc[s.pos] == c }

// skipSpace skips XML's white space: some stores indent their documents.
func (s *scanner) skipSpace() {
	for s.pos < len(s.doc) {
		switch s.doc[s.pos] {
		case ' ', '\n', '\t', '\r':
			s.pos++
		default:
			return
		}
	}
}

// root reads the XML declaration, if there is one, and the start tag of the root, whose name it
// returns. The only attribute that it expects is the namespace, with any value: some stores have
// one of their own, and the SDK ignores it.
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
	s.skipSpace()
	const root = "ListBucketResult"
	if !bytes.HasPrefix(s.doc[s.pos:], []byte("<"+root)) {
		return nil, false
	}
	s.pos += 1 + len(root)
	const xmlns = ` xmlns="`
	if bytes.HasPrefix(s.doc[s.pos:], []byte(xmlns)) {
		s.pos += len(xmlns)
		for s.pos < len(s.doc) && literal[s.doc[s.pos]] && s.doc[s.pos] != '"' {
			s.pos++
		}
		if !s.nextIs('"') {
			return nil, false
		}
		s.pos++
	}
	if !s.nextIs('>') {
		return nil, false
	}
	s.pos++
	return []byte(root), true
}

// tag reads the next tag, and the white space before it.
func (s *scanner) tag() (name []byte, kind tagKind) {
	s.skipSpace()
	if !s.nextIs('<') {
		return nil, unexpected
	}
	s.pos++
	kind = start
	if s.nextIs('/') {
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
	if s.nextIs(' ') {
		s.skipSpace()
	}
	if kind == start && s.nextIs('/') {
		s.pos++
		kind = empty
	}
	if !s.nextIs('>') {
		return nil, unexpected
	}
	s.pos++
	return name, kind
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// eachChild hands the start tag of each child element of parent to child, which reads the rest of
// that element. It ends with the end tag of parent.
func (s *scanner) eachChild(parent []byte, child func(name []byte, kind tagKind) bool) bool {
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

// endTag reads the end tag of name, where it follows at once.
func (s *scanner) endTag(name []byte) bool {
	rest := s.doc[s.pos:]
	n := len(name)
	if len(rest) < n+3 || rest[0] != '<' || rest[1] != '/' || string(rest[2:2+n]) != string(name) || rest[2+n] != '>' {
		return false
	}
	s.pos += n + 3
	return true
}

// skip skips an element that is nested at most depth levels deep. The limit keeps a hostile
// document from exhausting the stack.
func (s *scanner) skip(name []byte, kind tagKind, depth int) bool {
	if kind != start {
		return kind == empty
	}
	from := s.pos
	if _, ok := s.leaf(name, kind, &s.scratch); ok {
		return true
	}
	s.pos = from
	return depth > 1 && s.eachChild(name, func(name []byte, kind tagKind) bool { return s.skip(name, kind, depth-1) })
}
