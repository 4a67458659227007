package main

import (
	"os"
	"strconv"
	"unicode/utf8"
)

// defaultColumns is the width of a terminal that does not tell.
const defaultColumns = 80

// columns returns the width of the terminal f: what $COLUMNS says takes precedence over what the
// terminal does.
func columns(f *os.File) int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if n := terminalColumns(f); n > 0 {
		return n
	}
	return defaultColumns
}

// shorten cuts the beginning of s off, so that it takes at most width columns. The end of a key
// tells it from others.
func shorten(s string, width int) string {
	if displayColumns(s) <= width {
		return s
	}
	const mark = "..."
	for s != "" && displayColumns(mark+s) > width {
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	if s == "" {
		return ""
	}
	return mark + s
}

// displayColumns returns how many columns s takes at most. Letters of Chinese, Japanese and Korean
// take two; which others do depends on the terminal, and they are counted as two, too.
func displayColumns(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x300 {
			n++
		}
	}
	return n
}
