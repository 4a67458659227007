package advice

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line makes one line of a text from outside: a server, a token, a variable. Line feeds, controls,
// and marks that hide or turn characters become spaces, so that no text breaks a log or drives a
// terminal. What Go can print stays as it is.
func Line(text string) string { return keep(text, "") }

// Lines is Line for a text of several lines.
func Lines(text string) string { return keep(text, "\n") }

func keep(text, also string) string {
	return strings.Map(func(r rune) rune {
		// IsPrint excludes U+0080 to U+009F, the bidirectional marks, U+2028 and U+2029.
		if unicode.IsPrint(r) || strings.ContainsRune(also, r) && also != "" {
			return r
		}
		return ' '
	}, text)
}

// maxClip is how much of a value from outside a message shows, in bytes.
const maxClip = 128

// Clip shortens a value from outside to a length that a message can carry, between characters.
func Clip(value string) string {
	if len(value) <= maxClip {
		return value
	}
	end := maxClip
	for end > 0 && !utf8.RuneStart(value[end]) {
		end--
	}
	return value[:end] + "…"
}
