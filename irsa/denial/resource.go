package denial

import (
	"strings"
	"unicode/utf8"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// Nothing in IAM is longer than an ARN.
const maxARN = 2 << 10

// fit reports whether a resource can be shown, and be put into a policy, as it is. What breaks out
// of a quotation, or doesn't show, is not named at all: a key may hold what it likes.
func fit(resource string) bool {
	return len(resource) <= maxARN && utf8.ValidString(resource) &&
		!strings.ContainsAny(resource, `"\<>`) && text.Line(resource) == resource
}
