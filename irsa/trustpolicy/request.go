package trustpolicy

import (
	"net/url"
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
	plain    bool              // the issuer is not https, so that IAM has no provider for it
}

// newRequestContext derives what it can: the fields of a Request may be empty or invalid.
func newRequestContext(r Request) requestContext {
	c := requestContext{Request: r, provider: partition.ProviderName(r.Issuer), plain: !registrable(r.Issuer)}
	if role, err := partition.SplitRoleARN(r.RoleARN); err == nil {
		c.role = role
		if c.provider != "" {
			c.arn = partition.ProviderARN(role.Partition, role.Account, c.provider)
		}
	}
	return c
}

// registrable reports whether IAM may have a provider for the issuer, as far as the scheme goes: a
// provider's URL begins with https:// and is the claim iss (IAM API Reference,
// CreateOpenIDConnectProvider). An issuer on a loopback address may have http: only a test has one.
func registrable(issuer string) bool {
	if issuer == "" || strings.HasPrefix(issuer, "https://") {
		return true
	}
	u, err := url.Parse(issuer)
	return err == nil && strings.HasPrefix(issuer, "http://") && loopback(u.Hostname())
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
	switch {
	case !ok:
		// A key is of the form service:name (IAM User Guide, Condition element), and those of a
		// token are the issuer, a colon and a claim.
		return "", absent, "it names no claim: a key is the issuer, a colon, and sub or aud"
	case c.provider == "":
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

// namesIssuer reports whether what stands before a condition key's claim is, or was meant as, an
// identity provider: a host, a URL, an ARN or a part of one, a variable that nobody filled in. Keys
// of AWS and its services begin with a word and a colon (aws:SourceIp,
// aws:RequestTag/https://example.com), and only of those isn't known which a request has.
func namesIssuer(name string) bool {
	word, _, _ := strings.Cut(name, ":")
	word = foldUnicode(clean(word))
	switch word {
	case "https", "http", "arn", "localhost":
		return true
	}
	return !isWord(word) || isClusterID(word)
}

// isWord reports whether s can be the prefix of a service: aws, sts, application-autoscaling.
func isWord(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return s != ""
}

// isClusterID reports whether s looks like the id at the end of an EKS issuer, which has 32 digits
// and letters. No service has a prefix like that.
func isClusterID(s string) bool { return len(s) == 32 && isWord(s) && !strings.ContainsAny(s, "-_") }

// cutLast cuts s around the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
