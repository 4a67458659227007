package trustpolicy

import (
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// A Request is what IAM knows of a call of AssumeRoleWithWebIdentity with a service account's
// token: the role that is asked for, and three claims of the token. A field that is empty is not
// known, and Evaluate answers Unknown where it matters.
type Request struct {
	RoleARN  string // arn:aws:iam::111122223333:role/reader
	Issuer   string // the claim iss: https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE
	Audience string // the claim aud; in every partition the EKS webhook asks for sts.amazonaws.com
	Subject  string // the claim sub: system:serviceaccount:payments:api
}

// A requestContext is a Request, with what the elements of a policy are compared with. IAM's term
// is request context.
type requestContext struct {
	Request
	provider string            // the issuer as IAM writes it; empty if not known
	role     partition.RoleARN // zero if not known
	arn      string            // of the issuer's provider in the role's account; empty if not known
}

// newRequestContext derives what it can: the fields of a Request may be empty or invalid.
func newRequestContext(r Request) requestContext {
	c := requestContext{Request: r, provider: partition.ProviderName(r.Issuer)}
	if role, err := partition.SplitRoleARN(r.RoleARN); err == nil {
		c.role = role
		if c.provider != "" {
			c.arn = partition.ProviderARN(role.Partition, role.Account, c.provider)
		}
	}
	return c
}

// presence says whether a condition key is in the context of a request.
type presence int

const (
	unsure  presence = iota // three claims of the token don't tell
	absent                  // it is surely not there
	present                 // it is there, and its value is known
)

// lookup returns a condition key's value. Where the key is absent and looks like one that was meant
// to be there, miss says what is wrong with it.
func (c requestContext) lookup(key string) (value string, p presence, miss string) {
	name, claim, ok := cutLast(key, ":")
	if !ok || c.provider == "" {
		return "", unsure, ""
	}
	// "Condition key names are not case-sensitive" (IAM User Guide, Condition element).
	switch m := equalFold(name, c.provider); {
	case m == Matches && equalFold(claim, "sub") == Matches:
		return c.Subject, known(c.Subject), ""
	case m == Matches && equalFold(claim, "aud") == Matches:
		return c.Audience, known(c.Audience), ""
	case m == Matches && clean(claim) != claim:
		return "", absent, "the key has a space or an invisible character after the colon"
	case m != NoMatch || !namesIssuer(name):
		return "", unsure, ""
	}
	return "", absent, providerMiss(name, c.provider)
}

// known returns the presence of a claim's value.
func known(s string) presence {
	if s == "" {
		return unsure
	}
	return present
}

// namesIssuer reports whether a condition key is one of an identity provider, which starts with a
// host, or by mistake with a URL's scheme or an ARN. Keys of AWS and its services don't
// (aws:SourceIp, aws:RequestTag/https://example.com).
func namesIssuer(name string) bool {
	host, _, _ := strings.Cut(name, "/")
	host, _, _ = strings.Cut(host, ":")
	switch lower(clean(host)) {
	case "https", "http", "arn", "localhost":
		return true
	}
	return strings.Contains(host, ".")
}

// cutLast cuts s around the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
