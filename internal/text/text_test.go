package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

func TestWhatCouldBreakALineOrDriveATerminalBecomesASpace(t *testing.T) {
	for in, want := range map[string]string{
		"plain, ü, 世界 and 🙂": "plain, ü, 世界 and 🙂",
		"two\nlines\r\n":     "two lines  ",
		"\x1b[2Jcleared":     " [2Jcleared",
		"\u009b2J":           " 2J",
		"\u202eturned":       " turned",
		"\u2028\u2029\u200b": "   ",
		"\xff\xfe":           "\ufffd\ufffd",
	} {
		assert.Equal(t, want, text.Line(in), "%q", in)
	}
	assert.Equal(t, `a\nb\u202e`, text.Escape("a\nb\u202e"))
	assert.Equal(t, `a "b" \c`, text.Escape(`a "b" \c`), "as it is")
	assert.Equal(t, "two\nlines [2J", text.Lines("two\nlines\x1b[2J"))
}

func TestAValueIsCutBetweenCharacters(t *testing.T) {
	assert.Equal(t, "short", text.Clip("short"))
	long := strings.Repeat("世", 128)
	assert.Equal(t, long, text.Clip(long))
	assert.Equal(t, long+"…", text.Clip(long+"界"))
}

func FuzzLine(f *testing.F) {
	f.Add("a\nb\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		line := text.Line(text.Clip(s))
		require.True(t, utf8.ValidString(line))
		require.Equal(t, line, text.Line(line))
		require.LessOrEqual(t, utf8.RuneCountInString(line), 129)
		require.False(t, strings.ContainsAny(line, "\n\r\x1b\u202e\u2028"))
	})
}
