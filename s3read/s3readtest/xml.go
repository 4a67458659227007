package s3readtest

import (
	"fmt"
)

const (
	xmlDeclaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	xmlNamespace   = `http://s3.amazonaws.com/doc/2006-03-01/`
	timeFormat     = "2006-01-02T15:04:05.000Z"
)

// appendElement appends <name>text</name>.
func appendElement(b []byte, name, text string) []byte {
	b = append(b, '<')
	b = append(b, name...)
	b = append(b, '>')
	b = appendText(b, text)
	b = append(b, '<', '/')
	b = append(b, name...)
	return append(b, '>')
}

// appendText appends s as S3 writes it: control characters as references too, which XML 1.0 forbids
// and encoding/xml refuses. A key that holds some breaks the SDK's decoder unless encoding-type=url
// is asked for (aws-sdk-go-v2#1676).
func appendText(b []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		var escape string
		switch {
		case c == '&':
			escape = "&amp;"
		case c == '<':
			escape = "&lt;"
		case c == '>':
			escape = "&gt;"
		case c == '"':
			escape = "&quot;"
		case c < 0x20 || c == 0x7f:
			escape = fmt.Sprintf("&#x%x;", c)
		default:
			continue
		}
		b = append(b, s[start:i]...)
		b = append(b, escape...)
		start = i + 1
	}
	return append(b, s[start:]...)
}

const upperHex = "0123456789ABCDEF"

// plain are the bytes that encoding-type=url leaves as they are. S3 keeps the slash, and writes a
// space as a plus sign.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			c == '-' || c == '_' || c == '.' || c == '*' || c == '/'
	}
	return t
}()

// appendURLEncoded appends s as S3 writes names with encoding-type=url.
func appendURLEncoded(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case plain[c]:
			b = append(b, c)
		case c == ' ':
			b = append(b, '+')
		default:
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return b
}
