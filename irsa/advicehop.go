package irsa

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/smithy-go"

	"github.com/seed-15cba5db/irsa-go/internal/kubectl"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// A link is what tells a hop from others, and what the trust policy of its role
// has to admit.
type link struct {
	number     int    // from 1
	from       string // the role that assumes; "" where it isn't known
	externalID string
	tags       bool // session tags are sent, or come down the chain
	transitive bool // they go down the chain
	identity   bool // a source identity is set, or was on a hop before
}

func linkOf(o stscreds.AssumeRoleOptions) *link {
	return &link{
		number: 1, externalID: aws.ToString(o.ExternalID), tags: len(o.Tags) > 0,
		transitive: len(o.TransitiveTagKeys) > 0, identity: aws.ToString(o.SourceIdentity) != "",
	}
}

// follow puts l behind a role, and the hop that assumes that where one does.
func (l *link) follow(role string, b *link) {
	l.from = role
	if b == nil {
		return
	}
	l.number = b.number + 1
	l.tags, l.transitive, l.identity = l.tags || b.transitive, l.transitive || b.transitive, l.identity || b.identity
}

// actions are those that the hop needs.
func (l *link) actions() []string {
	actions := []string{"sts:AssumeRole"}
	if l.tags {
		actions = append(actions, "sts:TagSession")
	}
	if l.identity {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	return actions
}

// action is what STS was asked for.
func (f facts) action() string {
	if f.link != nil {
		return "sts:AssumeRole"
	}
	return "sts:AssumeRoleWithWebIdentity"
}

var (
	deniedUser  = regexp.MustCompile(`User: (arn:[\w-]+:(?:sts|iam)::\d{12}:[\w/.@+=,-]+) is not authorized`)
	assumedRole = regexp.MustCompile(`^arn:([\w-]+):sts::(\d{12}):assumed-role/([\w.@+=,-]+)/`)
)

// caller is the role, or else the user, that assumes the hop's role: the one that
// is known, else the one that STS names, which does so without a role's path.
func (f facts) caller() string {
	if f.link.from != "" {
		return f.link.from
	}
	var api smithy.APIError
	if !errors.As(f.Err, &api) {
		return ""
	}
	m := deniedUser.FindStringSubmatch(api.ErrorMessage())
	if m == nil {
		return ""
	}
	if r := assumedRole.FindStringSubmatch(m[1]); r != nil {
		return "arn:" + r[1] + ":iam::" + r[2] + ":role/" + r[3]
	}
	return m[1]
}

// A hopStatement is a statement of the policies on both sides of a hop.
type hopStatement struct {
	Effect    string
	Principal map[string]string            `json:",omitempty"`
	Action    []string                     `json:"Action"`
	Resource  string                       `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"`
}

func hopPolicy(s hopStatement) string {
	s.Effect = "Allow"
	doc, err := json.MarshalIndent(struct {
		Version   string
		Statement []hopStatement
	}{"2012-10-17", []hopStatement{s}}, "", "  ")
	if err != nil {
		return "" // strings in maps can be marshalled
	}
	return string(doc)
}

// hopTrust is the trust policy that admits the hop.
func (f facts) hopTrust() string {
	s := hopStatement{Principal: map[string]string{"AWS": f.caller()}, Action: f.link.actions()}
	if f.link.externalID != "" {
		s.Condition = map[string]map[string]string{"StringEquals": {"sts:ExternalId": f.link.externalID}}
	}
	return hopPolicy(s)
}

var adviseHop = advice{
	"The role's trust policy does not admit the role that assumes it, that one's own policy does not allow it to, or there is no such role. STS says the same of all.",
	func(f facts) []string {
		if f.link == nil || !strings.HasPrefix(f.role.Partition, "aws") {
			return []string{"Compare the role's trust policy with the caller that STS names."}
		}
		role := kubectl.Quote(f.roleName())
		steps := []string{command("See whether the role is there, and whom it trusts (in "+f.account()+"):",
			f.iam("get-role", "--role-name", role, "--query", "Role.AssumeRolePolicyDocument"))}
		if f.caller() == "" {
			return append(steps, "It has to admit the role behind the config that AssumeRole was given, with "+strings.Join(f.link.actions(), ", ")+".")
		}
		steps = append(steps, command("This puts a trust policy in its place that admits exactly that caller. If the one above has other statements that are needed, add them to it:",
			f.iam("update-assume-role-policy", "--role-name", role, "--policy-document", quoteJSON(f.hopTrust()))))
		if from, err := partition.ParseRoleARN(f.caller()); err == nil {
			by := f
			by.role = from
			steps = append(steps, command("The caller's own policy has to allow it too (in "+by.account()+"):",
				by.iam("put-role-policy", "--role-name", kubectl.Quote(by.roleName()), "--policy-name", kubectl.Quote("assume-"+f.roleName()),
					"--policy-document", quoteJSON(hopPolicy(hopStatement{Action: f.link.actions(), Resource: f.RoleARN})))))
		}
		return append(steps, "A change takes a few seconds to be seen everywhere. If both are right and STS still refuses, a service control policy (SCP), a resource control policy (RCP) or a permissions boundary denies it.")
	},
}

var adviseChained = advice{
	"The session was to last longer than an hour, which STS does not give to a role that is assumed by another role's session (role chaining), whatever the role's own maximum is.",
	func(f facts) []string {
		steps := []string{
			"Leave Duration out: a hop's session lasts an hour, and is renewed.",
			"Or exchange the pod's token for the role directly, without a chain, for sessions of up to 12 hours:\n  l := irsa.Loader{Options: irsa.Options{RoleARN: " + strconv.Quote(f.RoleARN) + ", Duration: 12 * time.Hour}}\n  cfg, err := l.LoadConfig(ctx)",
		}
		policy, err := f.trust()
		if !f.inAWS() || err != nil {
			return append(steps, "For that its account needs the cluster's issuer as an identity provider, and its trust policy has to admit this service account.")
		}
		return append(steps,
			command("For that its account needs the cluster's issuer as an identity provider (in "+f.account()+"):", createProvider(f)),
			command("And its trust policy a statement that admits this service account; its maximum session duration has to be long enough:",
				f.iam("update-assume-role-policy", "--role-name", kubectl.Quote(f.roleName()), "--policy-document", quoteJSON(policy.String())),
				f.iam("update-role", "--role-name", kubectl.Quote(f.roleName()), "--max-session-duration", "43200")))
	},
}

var adviseCaller = advice{
	"STS does not accept the credentials that were to assume the role: they have ended, were revoked, or belong to another partition or endpoint.",
	func(f facts) []string {
		return []string{
			"See that the credentials of the config that AssumeRole was given work for themselves: sts:GetCallerIdentity needs no permission.",
			"See that AWS_ENDPOINT_URL_STS, if it is set, names the STS that gave them out.",
		}
	},
}

var adviseClock = advice{
	"STS's clock and this machine's are too far apart for a signed request. It is tried again with STS's own time.",
	func(facts) []string {
		return []string{"If it stays so, set the node's clock: EKS's images take it from the Amazon Time Sync Service, 169.254.169.123."}
	},
}
