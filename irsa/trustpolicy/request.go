package trustpolicy

import (
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// A Request is what IAM knows of a call of AssumeRoleWithWebIdentity with a
// service account's token: the role that is asked for, and three claims of the
// token. A field that is empty is not known, and Evaluate answers Unknown where
// it matters.
type Request struct {
	RoleARN  string // arn:aws:iam::111122223333:role/reader
	Issuer   string // the claim iss: https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE
	Audience string // the claim aud; in every partition the EKS webhook asks for sts.amazonaws.com
	Subject  string // the claim sub: system:serviceaccount:payments:api
}

// context is a Request as the elements of a policy are compared with it.
type context struct {
	Request
	provider string            // the issuer as IAM writes it; empty if not known
	role     partition.RoleARN // zero if not known
	arn      string            // of the issuer's provider in the role's account; empty if not known
}

func newContext(r Request) context {
	c := context{Request: r, provider: partition.ProviderName(r.Issuer)}
	if role, err := partition.ParseRoleARN(r.RoleARN); err == nil {
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
	unsure  presence = iota // it can't be told from the token's three claims
	absent                  // it is surely not there
	present                 // it is there, with the value that came with it
)

// lookup finds a condition key's value. Where the key is absent, miss says why
// in words, as far as the key looks like one that was meant to be found.
func (c context) lookup(key string) (value string, p presence, miss string) {
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

func known(s string) presence {
	if s == "" {
		return unsure
	}
	return present
}

// namesIssuer tells a condition key of an identity provider, which starts with a host
// (or wrongly with a URL's scheme, or an ARN), from the keys of AWS and its services
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

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
