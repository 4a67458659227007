package trustpolicy

import "strings"

// A pattern is a value of a policy: its characters, and its wildcards, which are
// negative and so no characters.
type pattern []rune

const (
	anyChars rune = -1 - iota // *: any characters, or none
	oneChar                   // ?: one character
)

// compile reads a value. Where wild is true * and ? are wildcards. Where
// variables is true ${*}, ${?} and ${$} are those characters themselves (IAM User
// Guide, Policy variables), and any other variable makes the value unknown.
func compile(value string, wild, variables bool) (p pattern, known bool) {
	for rest := []rune(value); len(rest) > 0; {
		if variables && len(rest) > 1 && rest[0] == '$' && rest[1] == '{' {
			if len(rest) < 4 || rest[3] != '}' || !strings.ContainsRune("*?$", rest[2]) {
				return nil, false
			}
			p = append(p, rest[2])
			rest = rest[4:]
			continue
		}
		r := rest[0]
		switch {
		case wild && r == '*':
			r = anyChars
		case wild && r == '?':
			r = oneChar
		}
		p = append(p, r)
		rest = rest[1:]
	}
	return p, true
}

// match reports whether the whole of s matches. It backtracks to the last * alone,
// so that it takes at most len(p)·len(s) steps.
func (p pattern) match(s string) bool {
	text := []rune(s)
	i, j := 0, 0
	star, from := -1, 0
	for j < len(text) {
		switch {
		case i < len(p) && p[i] == anyChars:
			star, from = i, j
			i++
		case i < len(p) && (p[i] == oneChar || p[i] == text[j]):
			i++
			j++
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	for i < len(p) && p[i] == anyChars {
		i++
	}
	return i == len(p)
}

// literal is the pattern's text, where it was compiled without wildcards.
func (p pattern) literal() string { return string(p) }

// equalFold compares without case. Where that hangs on a letter outside ASCII (the long
// s and the Kelvin sign are s and k to Unicode) the answer is MayMatch, since how IAM
// takes those isn't documented.
func equalFold(a, b string) Match {
	switch {
	case lower(a) == lower(b):
		return Matches
	case strings.EqualFold(a, b):
		return MayMatch
	}
	return NoMatch
}

// lower is s with the letters of ASCII in lower case, and no others.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
