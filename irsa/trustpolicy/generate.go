package trustpolicy

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// defaultAudience is what the EKS webhook (amazon-eks-pod-identity-webhook) asks for, in every
// partition, where no annotation says otherwise.
const defaultAudience = "sts.amazonaws.com"

// Generate returns the trust policy for the role r.RoleARN that admits tokens of
// the service account r.Subject, from the issuer r.Issuer, for the audience
// r.Audience (empty: sts.amazonaws.com, right in every partition), and no others.
// Print it, or marshal it with encoding/json, to paste it.
//
// The identity provider that it names is the issuer's in the role's own account, since IAM looks
// for it there, also where the cluster runs in another account. It is an error where r has no valid
// role, issuer or service account.
func Generate(r Request) (*Policy, error) {
	if r.Audience == "" {
		r.Audience = defaultAudience
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("generate trust policy: %w", err)
	}
	c := newRequestContext(r)
	type statement struct {
		Effect    string
		Principal map[string]string
		Action    string
		Condition map[string]map[string]string
	}
	doc, err := json.MarshalIndent(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", []statement{{
		Effect:    "Allow",
		Principal: map[string]string{"Federated": c.arn},
		Action:    webIdentity,
		Condition: map[string]map[string]string{"StringEquals": {
			c.provider + ":aud": r.Audience,
			c.provider + ":sub": r.Subject,
		}},
	}}}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("generate trust policy: %w", err)
	}
	return Parse(doc)
}

// check rejects what can't be in a policy, or can't be in a token.
func (r Request) check() error {
	role, err := partition.ParseRoleARN(r.RoleARN)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(role.Partition, "aws") {
		return fmt.Errorf("role arn %q: the partition %q is none of AWS's, and has no trust policies",
			r.RoleARN, role.Partition)
	}
	if err := checkIssuer(r.Issuer); err != nil {
		return fmt.Errorf("issuer %+q: %w", text.Clip(r.Issuer), err)
	}
	if strings.ContainsAny(r.Audience, "$*?") || clean(r.Audience) != r.Audience {
		return fmt.Errorf("audience %+q: it has a space, a wildcard, a $ or an invisible character",
			text.Clip(r.Audience))
	}
	ns, sa, ok := strings.Cut(strings.TrimPrefix(r.Subject, subjectPrefix), ":")
	if !isSubject(r.Subject) || !ok || !isName(ns) || !isName(sa) {
		return fmt.Errorf("subject %+q: not of the form %snamespace:account", text.Clip(r.Subject), subjectPrefix)
	}
	return nil
}

// checkIssuer rejects what IAM rejects as an identity provider's URL (CreateOpenIDConnectProvider).
// An http issuer passes on a loopback address, where only a test can have one.
func checkIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	switch {
	case err != nil:
		return errors.New("not a URL")
	case u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("not a URL of a host and a path alone")
	case clean(issuer) != issuer || strings.ContainsAny(issuer, "$*?"):
		return errors.New("it has a space, a wildcard, a $ or an invisible character")
	case !registrable(issuer):
		return errors.New("its scheme is not https")
	}
	return nil
}

// loopback reports whether host is this machine.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// isName reports whether s can be the name of a namespace or a service account: at most 253
// lower-case letters, digits, - and . (DNS subdomains of RFC 1123, which Kubernetes requires of
// names).
func isName(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.' {
			return false
		}
	}
	return s != "" && len(s) <= 253
}
