package trustpolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// A SyntaxError is returned by Parse for a document that is not JSON, or that
// breaks the grammar of IAM's policy language. It names the first such place.
type SyntaxError struct {
	Line    int    // from 1
	Column  int    // from 1, in characters
	Problem string // one line: what is wrong there, and what IAM would take
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("parse trust policy: line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

// maxLen is how many characters of a trust policy IAM's API takes (CreateRole,
// AssumeRolePolicyDocument). The quota for the stored policy is smaller, 2048 characters without
// white space by default, but it can be raised.
const maxLen = 131072

// A node is a JSON value and where it stands. It keeps what encoding/json would lose: places, which
// errors and findings name; the order of members; and members that come twice, of which
// encoding/json takes the last and IAM takes none.
type node struct {
	offset  int
	kind    kind
	text    string // of a string, number, boolean or null
	members []member
	list    []node
}

// A member is a name of an object and its value.
type member struct {
	name   string
	offset int
	value  node
}

// A kind is what a JSON value is, as errors call it.
type kind string

const (
	object  kind = "an object"
	list    kind = "a list"
	str     kind = "a string"
	number  kind = "a number"
	boolean kind = "a boolean"
	null    kind = "null"
)

// source is the document that is parsed.
type source []byte

// fail returns the SyntaxError for a place in the document.
func (s source) fail(offset int, format string, args ...any) error {
	line, column := s.place(offset)
	return &SyntaxError{Line: line, Column: column, Problem: fmt.Sprintf(format, args...)}
}

// place returns the line and column of a byte.
func (s source) place(offset int) (line, column int) {
	offset = min(max(offset, 0), len(s))
	before := s[:offset]
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}

// decode reads the document as JSON. It rejects what encoding/json would accept and replace without
// a word: bytes that are not UTF-8, half of a surrogate pair, and members that come twice. A policy
// that is evaluated must be the one that was written.
func (s source) decode() (node, error) {
	switch {
	case bytes.HasPrefix(s, []byte("\xef\xbb\xbf")):
		return node{}, s.fail(0,
			"the document starts with a byte-order mark, which JSON does not allow: save it without one")
	case len(s) > maxLen:
		return node{}, s.fail(maxLen, "the document is %d bytes long, and iam takes at most %d", len(s), maxLen)
	case bytes.HasPrefix(bytes.ToLower(bytes.TrimSpace(s)), []byte("%7b")):
		return node{}, s.fail(bytes.IndexByte(s, '%'),
			"the document is url-encoded, as iam's api answers it: decode it first")
	}
	if !utf8.Valid(s) {
		return node{}, s.fail(invalidUTF8(s), "a byte that is not UTF-8")
	}
	// The whole document first: json.Decoder reports some errors without a place.
	var whole json.RawMessage
	if err := json.Unmarshal(s, &whole); err != nil {
		var bad *json.SyntaxError
		if !errors.As(err, &bad) {
			return node{}, s.fail(0, "%v", err)
		}
		if len(bytes.TrimSpace(s)) == 0 {
			return node{}, s.fail(0, "the document is empty")
		}
		offset := int(bad.Offset) - 1 // of the byte that was refused
		if strings.HasPrefix(bad.Error(), "unexpected end") {
			offset = len(s)
		}
		return node{}, s.fail(offset, "not JSON: %v", bad)
	}
	r := reader{source: s, decoder: json.NewDecoder(bytes.NewReader(s))}
	r.decoder.UseNumber()
	return r.value()
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8.
func invalidUTF8(s []byte) int {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRune(s[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(s)
}

// A reader turns a document that is known to be JSON into nodes.
type reader struct {
	source
	decoder *json.Decoder
}

// next returns the next token, and where it starts.
func (r *reader) next() (json.Token, int, error) {
	offset := int(r.decoder.InputOffset())
	for offset < len(r.source) && strings.IndexByte(" \t\r\n,:", r.source[offset]) >= 0 {
		offset++
	}
	token, err := r.decoder.Token()
	if err != nil {
		return nil, 0, r.fail(offset, "not JSON: %v", err)
	}
	if value, ok := token.(string); ok && strings.ContainsRune(value, utf8.RuneError) {
		return nil, 0, r.fail(offset, "a string with a character that is not valid Unicode: %+q", text.Clip(value))
	}
	return token, offset, nil
}

// value reads a value of any kind.
func (r *reader) value() (node, error) {
	token, offset, err := r.next()
	if err != nil {
		return node{}, err
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return r.object(offset)
		}
		return r.list(offset)
	case string:
		return node{offset: offset, kind: str, text: t}, nil
	case json.Number:
		return node{offset: offset, kind: number, text: t.String()}, nil
	case bool:
		return node{offset: offset, kind: boolean, text: fmt.Sprint(t)}, nil
	}
	return node{offset: offset, kind: null, text: "null"}, nil
}

// object reads the rest of an object, whose opening brace is at offset.
func (r *reader) object(offset int) (node, error) {
	n := node{offset: offset, kind: object}
	first := map[string]int{}
	for r.decoder.More() {
		token, at, err := r.next()
		if err != nil {
			return node{}, err
		}
		name := fmt.Sprint(token)
		if before, twice := first[name]; twice {
			line, column := r.place(before)
			return node{}, r.fail(at, "%+q comes twice; the first is at line %d, column %d", text.Clip(name), line,
				column)
		}
		first[name] = at
		v, err := r.value()
		if err != nil {
			return node{}, err
		}
		n.members = append(n.members, member{name: name, offset: at, value: v})
	}
	_, _, err := r.next() // the closing brace
	return n, err
}

// list reads the rest of a list, whose opening bracket is at offset.
func (r *reader) list(offset int) (node, error) {
	n := node{offset: offset, kind: list}
	for r.decoder.More() {
		v, err := r.value()
		if err != nil {
			return node{}, err
		}
		n.list = append(n.list, v)
	}
	_, _, err := r.next() // the closing bracket
	return n, err
}
