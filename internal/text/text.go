// Package text makes what comes from outside (a server's message, a token's claim, a variable, a
// file name) fit to be shown: on one line, of a readable length, and without a character that a
// terminal would obey or a reader would not see.
package text

import (
	"strconv"
	"strings"
	"unicode"
)

// Line makes one line of a text from outside: a server, a token, a variable. Line feeds, controls,
// and marks that hide or turn characters become spaces, so that no text breaks a log or drives a
// terminal. What Go can print stays as it is.
func Line(s string) string { return keep(s, "") }

// Lines is Line for a text of several lines.
func Lines(s string) string { return keep(s, "\n") }

// Escape makes one line of a name from outside, of which each character matters: a key, say. What
// Line would replace is escaped as in Go.
func Escape(s string) string {
	if s == Line(s) {
		return s
	}
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}

func keep(s, also string) string {
	return strings.Map(func(r rune) rune {
		// IsPrint excludes U+0080 to U+009F, the bidirectional marks, U+2028 and U+2029.
		if unicode.IsPrint(r) || strings.ContainsRune(also, r) {
			return r
		}
		return ' '
	}, s)
}

// maxClip is how many characters of a value from outside a message shows.
const maxClip = 128

// Clip shortens a value from outside to a length that a message can carry.
func Clip(s string) string {
	n := 0
	for i := range s {
		if n == maxClip {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
