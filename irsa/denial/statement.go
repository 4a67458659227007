package denial

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// A statement is one of a policy document.
type statement struct {
	Effect    string
	Principal any `json:",omitempty"`
	Action    string
	Resource  string                       `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"`
}

// Statement is what the policy that Fix names lacks, as JSON: the action, on the resource, for the
// principal where the policy is a resource's. It goes into what is there already, and replaces none
// of it. For a session the principal is its role, whose path the session's ARN doesn't have.
//
// It is false where no statement would help: where a policy denies explicitly, where Fix is "none"
// or "unknown", and where the resource isn't known or is a name that no policy can hold.
func (d Denial) Statement() (string, bool) {
	if d.Deny == explicit || !actionOnly.MatchString(d.Action) {
		return "", false
	}
	s := statement{Effect: "Allow", Action: d.Action, Resource: d.policyResource()}
	role := d.policyPrincipal()
	switch d.Fix {
	case fixIdentity, fixBoundary:
		return s.json()
	case fixOrganization:
		if d.PolicyType == "rcp" {
			return "", false // it grants nothing: there is only its Deny to narrow
		}
		return s.json()
	case fixEndpoint:
		// A gateway endpoint, which S3's and DynamoDB's are, takes no other Principal than "*".
		s.Principal, s.Condition = "*", map[string]map[string]string{"ArnEquals": {"aws:PrincipalArn": role}}
	case fixKeyPolicy:
		s.Principal, s.Resource = map[string]string{"AWS": role}, "*" // the key itself
	case fixResource:
		s.Principal = map[string]string{"AWS": role}
	default:
		return "", false
	}
	if role == "" {
		return "", false
	}
	if s.trust() {
		s.Resource = ""
		return s.json()
	}
	return s.json()
}

// trust reports whether it is for a role's trust policy, which has no Resource.
func (s statement) trust() bool { return s.Principal != nil && strings.HasPrefix(s.Action, "sts:") }

func (s statement) json() (string, bool) {
	if s.Resource == "" && !s.trust() {
		return "", false
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // a key's & is to be read as it is
	e.SetIndent("", "  ")
	if e.Encode(s) != nil {
		return "", false
	}
	return strings.TrimSuffix(b.String(), "\n"), true
}

var (
	actionOnly    = regexp.MustCompile(`^` + actionPattern + `$`)
	principalOnly = regexp.MustCompile(`^` + principalPattern + `$`)
	sessionOfRole = regexp.MustCompile(`^arn:([\w-]+):sts::(\d{12}):assumed-role/([^/]+)/`)
	// What lists or describes is decided on "*" where no single thing is asked for.
	listing     = regexp.MustCompile(`^[\w-]+:(?:Describe|List)`)
	resourceARN = regexp.MustCompile(`^arn:aws(?:-[a-z]+)*:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12}|aws)?:.+$`)
)

// policyPrincipal is the principal as policies name it: the role of a session. An account's root
// stands for all of the account there, which nobody was denied.
func (d Denial) policyPrincipal() string {
	if !principalOnly.MatchString(d.Principal) || strings.HasSuffix(d.Principal, ":root") {
		return ""
	}
	if m := sessionOfRole.FindStringSubmatch(d.Principal); m != nil {
		return "arn:" + m[1] + ":iam::" + m[2] + ":role/" + m[3]
	}
	return d.Principal
}

// policyResource is the resource as policies name it, or "" where they can't.
func (d Denial) policyResource() string {
	switch {
	case onEverything(d.Action), d.Resource == "*" && listing.MatchString(d.Action):
		return "*"
	case !fit(d.Resource) || !resourceARN.MatchString(d.Resource):
		return ""
	}
	f := strings.SplitN(d.Resource, ":", 6)
	if f[2] == "s3" {
		return literal.Replace(d.Resource)
	}
	return d.Resource
}

// literal is a key of S3 with what IAM would take for a wildcard or a variable; other services'
// messages have wildcards of IAM's own in their resources.
var literal = strings.NewReplacer("*", "${*}", "?", "${?}", "${", "${$}{")
