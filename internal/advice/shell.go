package advice

import (
	"fmt"
	"regexp"
	"strings"
)

// Word returns a word of a command for a POSIX shell. Where the value isn't known, or can't be
// given to a command safely, it is a shell variable that the reader sets and whose absence stops
// the command: "${ROLE_ARN:?}". A value that begins with a dash counts as unknown, since a program
// would read it as an option.
func Word(known, variable string) string {
	if known == "" || strings.HasPrefix(known, "-") || strings.HasSuffix(known, "\n") || strings.Contains(known,
		"\x00") {
		return `"${` + variable + `:?}"`
	}
	return Quote(known)
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// Quote quotes a word so that every POSIX shell gives it back as it is. bash's $'…' is none of
// them: dash takes the dollar sign literally and ends the word at an escaped quote.
//
// What a terminal doesn't show, or could obey, is given to printf in octal, so that it can be seen
// and pasted. An argument holds no NUL, and a command substitution drops line feeds at its end:
// Word refuses both.
func Quote(word string) string {
	switch {
	case plainWord.MatchString(word):
		return word
	case printable(word):
		return QuoteText(word)
	}
	var b strings.Builder
	b.WriteString(`"$(printf '`)
	for i := range len(word) {
		if c := word[i]; plainWord.MatchString(string(rune(c))) && c != '%' && c < 0x80 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	b.WriteString(`')"`)
	return b.String()
}

// QuoteText puts a text between single quotes, line feeds included: a JSON document that is
// indented along with its command is still the same document.
func QuoteText(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func printable(word string) bool {
	for i := range len(word) {
		if word[i] < ' ' || word[i] > '~' {
			return false
		}
	}
	return word != ""
}
