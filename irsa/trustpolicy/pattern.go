package trustpolicy

import (
	"strings"
	"unicode"
)

// A pattern is a value of a policy: its characters, and its wildcards, which are negative numbers
// and so no characters.
type pattern []rune

const (
	anyChars rune = -1 - iota // *: any characters, or none
	oneChar                   // ?: one character
)

// compile turns a value into a pattern. With wild * and ? are wildcards. With variables ${*}, ${?}
// and ${$} are those characters themselves, and any other variable makes the value unknown (IAM
// User Guide, IAM policy elements: Variables and tags).
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

// match reports whether the whole of s matches. Where the rest doesn't match, only the last * can
// help, by taking one character more; so match takes at most len(p)·len(s) steps, also for a
// hostile policy.
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

// literal returns the text of a pattern that was compiled without wildcards.
func (p pattern) literal() string { return string(p) }

// equalFold compares without case. Where the result depends on a letter outside ASCII it is
// MayMatch: to Unicode the long s and the Kelvin sign are an s and a k, and whether to IAM isn't
// documented.
func equalFold(a, b string) Match {
	switch {
	case lower(a) == lower(b):
		return Matches
	case strings.EqualFold(a, b), foldUnicode(a) == foldUnicode(b):
		return MayMatch
	}
	return NoMatch
}

// letters are those that fold to more than one letter of ASCII (Unicode, SpecialCasing.txt).
var letters = strings.NewReplacer("\u00df", "ss", "\u1e9e", "ss", "\ufb00", "ff", "\ufb01", "fi", "\ufb02", "fl",
	"\ufb03", "ffi", "\ufb04", "ffl", "\ufb05", "st", "\ufb06", "st")

// foldUnicode returns s in lower case as far as any rule of Unicode goes: also the long s, the
// dotless i and the Kelvin sign become letters of ASCII.
func foldUnicode(s string) string {
	return letters.Replace(strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, s))
}

// lower returns s with the letters of ASCII in lower case, and all others as they are.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
