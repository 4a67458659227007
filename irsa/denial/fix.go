package denial

import (
	"regexp"
	"strings"
)

// Whose it is to change what.
const (
	fixIdentity     = "identity-statement"
	fixResource     = "resource-policy"
	fixKeyPolicy    = "key-policy"
	fixBoundary     = "boundary"
	fixOrganization = "organization"
	fixEndpoint     = "endpoint-policy"
	fixNone         = "none"
	fixUnknown      = unknown
)

// fixes are those of the kinds of policy, where nothing else decides.
var fixes = map[string]string{
	"identity": fixIdentity,
	"resource": fixResource,
	"kms":      fixKeyPolicy,
	"boundary": fixBoundary,
	"session":  fixNone, // it is in the request of whoever assumed the role, not in IAM
	"scp":      fixOrganization,
	"rcp":      fixOrganization,
	"vpce":     fixEndpoint,
	unknown:    fixUnknown,
}

const anonymous = "anonymous"

// settle decides the Fix by what the sentence says.
func (d *Denial) settle() {
	service, _, _ := strings.Cut(d.Action, ":")
	if d.PolicyType == "resource" && service == "kms" {
		d.PolicyType = "kms"
	}
	d.Fix = fixes[d.PolicyType]
	switch {
	case d.Principal == anonymous:
		d.Fix = fixNone // sign the request; a resource is not to be opened to everybody
	case d.PolicyType == "identity" && d.Deny == explicit:
		d.Fix = fixNone // no Allow goes before a Deny
	case d.PolicyType != unknown || d.Deny != "":
	case service == "kms" || service == "sts" || d.otherAccount():
		d.Fix = fixUnknown // both sides have to allow it
	default:
		d.Fix = fixIdentity
	}
}

// otherAccount reports whether the resource is known to be in another account than the principal.
// Bucket ARNs have no account, and some services mask it but for its last four digits.
func (d *Denial) otherAccount() bool {
	theirs, ours := accountOf(d.Resource), accountOf(d.Principal)
	if theirs == "" || ours == "" {
		return false
	}
	if masked.MatchString(theirs) {
		return theirs[len(theirs)-4:] != ours[len(ours)-4:]
	}
	return account.MatchString(theirs) && theirs != ours
}

var (
	account = regexp.MustCompile(`^\d{12}$`)
	masked  = regexp.MustCompile(`^\*{8}\d{4}$`)
)

func accountOf(arn string) string {
	if f := strings.SplitN(arn, ":", 6); len(f) == 6 && f[0] == "arn" {
		return f[4]
	}
	return ""
}
