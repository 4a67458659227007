package trustpolicy

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// Errors, reasons and findings quote what stands in a policy or a request. They quote it as Go
// does, with escapes for all that is not ASCII (%+q): a zero-width space or a look-alike letter is
// often the whole reason why two values differ, and would not show otherwise. And they shorten it:
// a policy may be 128 KiB long.

// show returns a value for an error: scalars as they are, the rest by kind.
func (n node) show() string {
	switch n.kind {
	case str:
		return fmt.Sprintf("%+q", text.Clip(n.text))
	case number, boolean, null:
		return n.text
	}
	return string(n.kind)
}

// plain returns a name as it is, or quoted where some of it would not show.
func plain(s string) string {
	s = text.Clip(s)
	if quoted := strconv.QuoteToASCII(s); quoted != `"`+s+`"` {
		return quoted
	}
	return s
}

// quoteList quotes the first few values, and says how many more there are.
func quoteList(values []string) string {
	const most = 5
	var quoted []string
	for _, v := range values[:min(len(values), most)] {
		quoted = append(quoted, fmt.Sprintf("%+q", text.Clip(v)))
	}
	if more := len(values) - most; more > 0 {
		quoted = append(quoted, fmt.Sprintf("%d more", more))
	}
	return strings.Join(quoted, " or ")
}
