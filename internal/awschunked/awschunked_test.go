package awschunked_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/awschunked"
)

func TestABodyInChunksIsRead(t *testing.T) {
	for name, tc := range map[string]struct{ body, data, trailer string }{
		"without signatures": {"4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n", "abcdef", ""},
		"with signatures":    {"4;chunk-signature=aa\r\nabcd\r\n0;chunk-signature=bb\r\n\r\n", "abcd", ""},
		"empty":              {"0\r\n\r\n", "", ""},
		"with a trailer": {"1\r\na\r\n0\r\nX-Amz-Checksum-Crc32: AA==\r\n\r\n", "a",
			"x-amz-checksum-crc32:AA==\n"},
		"with a signed trailer":  {"0\r\na:b\r\nx-amz-trailer-signature:cc\r\n\r\n", "", "a:b\n"},
		"without the last line":  {"1\r\na\r\n0\r\n", "a", ""},
		"with data like its own": {"3\r\n0\r\n\r\n0\r\n\r\n", "0\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := awschunked.Read(strings.NewReader(tc.body))
			require.NoError(t, err)
			assert.Equal(t, tc.data, string(got.Data()))
			assert.Equal(t, tc.trailer, got.RawTrailer)
		})
	}
	got, err := awschunked.Read(strings.NewReader("1;chunk-signature=aa\r\nx\r\n0;chunk-signature=bb\r\n\r\n"))
	require.NoError(t, err)
	assert.Equal(t, []awschunked.Chunk{{Data: []byte("x"), Signature: "aa"}, {Signature: "bb"}}, got.Chunks)
}

func TestABodyThatIsNotInChunksIsAnError(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		err  error
	}{
		"nothing":                {"", io.ErrUnexpectedEOF},
		"a size alone":           {"4", io.ErrUnexpectedEOF},
		"less than its size":     {"4\r\nab", io.ErrUnexpectedEOF},
		"no last chunk":          {"1\r\na\r\n", io.ErrUnexpectedEOF},
		"a trailer cut off":      {"0\r\na:b", io.ErrUnexpectedEOF},
		"no size":                {"four\r\nabcd\r\n", awschunked.ErrFormat},
		"a size below nothing":   {"-1\r\na\r\n", awschunked.ErrFormat},
		"a size beyond all":      {"fffffffffffffffff\r\na\r\n", awschunked.ErrFormat},
		"more than its size":     {"1\r\nabc\r\n0\r\n\r\n", awschunked.ErrFormat},
		"a trailer that is none": {"0\r\nabc\r\n\r\n", awschunked.ErrFormat},
		"a line without an end":  {strings.Repeat("0", 20<<10), awschunked.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := awschunked.Read(strings.NewReader(tc.body))
			require.ErrorIs(t, err, tc.err)
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add("content", 3, "")
	f.Add("", 1, "4\r\nabcd\r\n0\r\n\r\n")
	f.Add("0\r\n\r\n", 2, "ffffffffff\r\n")
	f.Fuzz(func(t *testing.T, data string, size int, raw string) {
		if got, err := awschunked.Read(strings.NewReader(raw)); err == nil { // anybody's
			assert.LessOrEqual(t, len(got.Data()), len(raw))
		}
		if size <= 0 {
			return
		}
		var body strings.Builder
		for rest := data; rest != ""; {
			n := min(size, len(rest))
			fmt.Fprintf(&body, "%x\r\n%s\r\n", n, rest[:n])
			rest = rest[n:]
		}
		body.WriteString("0\r\n\r\n")
		got, err := awschunked.Read(strings.NewReader(body.String()))
		require.NoError(t, err)
		assert.Equal(t, data, string(got.Data()))
	})
}
