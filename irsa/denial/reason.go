package denial

import (
	"regexp"
	"strings"
)

// A reason is which policy denied, as far as the sentence says it.
type reason struct {
	policyType, policyARN, deny string
	fix                         string // where it is the reason's alone to say
}

var (
	none   = reason{policyType: unknown}                  // there is none
	unread = reason{policyType: unknown, fix: fixUnknown} // there is one that isn't known
)

// policyTypes are AWS's names of the kinds of policy.
var policyTypes = map[string]string{
	"identity-based policy":   "identity",
	"resource-based policy":   "resource",
	"role trust policy":       "resource",
	"permissions boundary":    "boundary",
	"session policy":          "session",
	"sessions policy":         "session", // so in one place of IAM's documentation
	"service control policy":  "scp",
	"resource control policy": "rcp",
	"VPC endpoint policy":     "vpce",
	"VPC endpoint policy transitively through a service control policy": "scp",
}

var (
	implicitly = regexp.MustCompile(`^ because no ([A-Za-z][A-Za-z -]+) allows the (` + actionPattern + `) action$`)
	explicitly = regexp.MustCompile(`^ with an explicit deny in (?:an |a |the )?([A-Za-z][A-Za-z -]+)` +
		`(?:: (arn:aws(?:-[a-z]+)*:(?:iam|organizations)::(?:\d{12}|aws):[\w/+=,.@-]+))?$`)
)

// otherReasons are those that name no kind of policy.
var otherReasons = []struct {
	begin string
	reason
}{
	{" because the resource does not exist in this Region, no resource-based policies allow access, or a " +
		"resource-based policy explicitly denies access", reason{policyType: "kms", fix: fixKeyPolicy}},
	{" because public ACLs are prevented by the BlockPublicAcls setting", reason{policyType: unknown, fix: fixNone}},
	{" because public policies are prevented by the BlockPublicPolicy setting",
		reason{policyType: unknown, fix: fixNone}},
	{" because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided " +
		"keys (SSE-C)", reason{policyType: unknown, fix: fixNone}},
}

// parseReason reads what is behind the resource, all of it.
func parseReason(text, action string) reason {
	if text == "" {
		return none
	}
	if m := implicitly.FindStringSubmatch(text); m != nil && strings.EqualFold(m[2], action) {
		return reason{policyType: policyType(m[1]), deny: implicit}
	}
	if m := explicitly.FindStringSubmatch(text); m != nil {
		return reason{policyType: policyType(m[1]), policyARN: m[2], deny: explicit}
	}
	for _, o := range otherReasons {
		if strings.HasPrefix(text, o.begin) {
			return o.reason
		}
	}
	return unread
}

func policyType(name string) string {
	if t, ok := policyTypes[name]; ok {
		return t
	}
	return unknown
}

// Suffixes that may follow the sentence.
const (
	encodedMessage = " Encoded authorization failure message:"
	contact        = " Contact account owner."
	wrapping       = " (Service: "
)

var encodedText = regexp.MustCompile(`^[\s\w=-]*$`)

// withoutSuffix cuts off what may follow the sentence, from its end on.
func withoutSuffix(text string) string {
	if at := strings.LastIndex(text, encodedMessage); at >= 0 && encodedText.MatchString(text[at+len(encodedMessage):]) {
		text = text[:at]
	}
	if at := strings.LastIndex(text, wrapping); at >= 0 && strings.HasSuffix(text, ")") {
		text = text[:at]
	}
	text = strings.TrimSuffix(text, contact)
	return strings.TrimSuffix(text, ".")
}
