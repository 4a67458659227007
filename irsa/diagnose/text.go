package diagnose

import (
	"strings"
	"unicode/utf8"
)

const (
	columns = 80
	margin  = 20 // column in which details begin, after the result and the longest name
)

// A style is how a Result is shown: as a word, or on a terminal as a symbol in colour.
type style struct{ word, symbol, color string }

var styles = map[Result]style{
	OK:      {"ok", "✓", "\x1b[32m"},
	Warn:    {"warn", "!", "\x1b[33m"},
	Fail:    {"FAIL", "✗", "\x1b[31m"},
	Skipped: {"-", "·", "\x1b[2m"},
}

const plain = "\x1b[0m"

// String returns the report as plain text in 80 columns.
func (r *Report) String() string { return r.Text(false) }

// Text returns the report as text in 80 columns, with colours and symbols for a terminal where
// color is true. Commands and documents to paste are never broken into lines, and may be longer.
func (r *Report) Text(color bool) string {
	var b strings.Builder
	for _, c := range r.Checks {
		s := styles[c.Result]
		mark := s.word
		if color {
			mark = s.color + s.symbol + plain
		}
		b.WriteString(mark)
		width := utf8.RuneCountInString(s.word)
		if color {
			width = 1
		}
		pad(&b, 5-width)
		b.WriteString(c.Name)
		pad(&b, margin-5-utf8.RuneCountInString(c.Name))
		for i, line := range wrap(c.Detail, columns-margin) {
			if i > 0 {
				pad(&b, margin)
			}
			b.WriteString(line + "\n")
		}
		for line := range strings.SplitSeq(strings.TrimRight(c.Fix, "\n"), "\n") {
			switch {
			case line == "":
			case line[0] == ' ':
				b.WriteString("     " + line + "\n")
			default:
				hang := 0 // the lines of a step are aligned with its first word
				if strings.HasPrefix(line, "- ") {
					hang = 2
				}
				for i, line := range wrap(line, columns-5-hang) {
					pad(&b, 5+hang*min(i, 1))
					b.WriteString(line + "\n")
				}
			}
		}
	}
	b.WriteString("\n" + r.summary() + "\n")
	return b.String()
}

// summary returns the last line of the text.
func (r *Report) summary() string {
	if err := r.Err(); err != nil {
		return strings.TrimPrefix(err.Error(), "diagnose: ")
	}
	for _, c := range r.Checks {
		if c.Result == Warn {
			return "nothing failed; see the warnings"
		}
	}
	return "all ok"
}

// pad writes n spaces, and at least one.
func pad(b *strings.Builder, n int) { b.WriteString(strings.Repeat(" ", max(n, 1))) }

// wrap breaks s at spaces into lines of at most width characters. A longer word gets a line of its
// own.
func wrap(s string, width int) []string {
	var lines []string
	var line string
	for word := range strings.FieldsSeq(s) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
