package advice

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// Topics of a chain: roles that are assumed with another role's session.

// A Hop is what tells one role of a chain from others, and what the trust policy of its role has
// to admit.
type Hop struct {
	Number     int    // from 1
	From       string // the role that assumes; "" where it isn't known
	ExternalID string
	Tags       bool // session tags are sent, or come down the chain
	Transitive bool // they go down the chain
	Identity   bool // a source identity is set, or was on a hop before
}

// Follow puts h behind a role, and behind the hop that assumes that role where one does.
func (h *Hop) Follow(role string, before *Hop) {
	h.From = role
	if before == nil {
		return
	}
	h.Number = before.Number + 1
	h.Tags = h.Tags || before.Transitive
	h.Transitive = h.Transitive || before.Transitive
	h.Identity = h.Identity || before.Identity
}

// Actions are those that the hop needs.
func (h *Hop) Actions() []string {
	actions := []string{"sts:AssumeRole"}
	if h.Tags {
		actions = append(actions, "sts:TagSession")
	}
	if h.Identity {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	return actions
}

// action is what STS was asked for.
func (f Facts) action() string {
	if f.Hop != nil {
		return "sts:AssumeRole"
	}
	return "sts:AssumeRoleWithWebIdentity"
}

var (
	deniedUser  = regexp.MustCompile(`User: (arn:[\w-]+:(?:sts|iam)::\d{12}:[\w/.@+=,-]+) is not authorized`)
	assumedRole = regexp.MustCompile(`^arn:([\w-]+):sts::(\d{12}):assumed-role/([\w.@+=,-]+)/`)
)

// caller is the role, or else the user, that assumes the hop's role: the one that is known, else
// the one that STS names, which does so without a role's path.
func (f Facts) caller() string {
	if f.Hop.From != "" {
		return f.Hop.From
	}
	m := deniedUser.FindStringSubmatch(f.Message)
	if m == nil {
		return ""
	}
	if r := assumedRole.FindStringSubmatch(m[1]); r != nil {
		return "arn:" + r[1] + ":iam::" + r[2] + ":role/" + r[3]
	}
	return m[1]
}

// A statement is one of the policies on both sides of a hop.
type statement struct {
	Effect    string
	Principal map[string]string            `json:",omitempty"`
	Action    []string                     `json:"Action"`
	Resource  string                       `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"`
}

func policy(s statement) string {
	s.Effect = "Allow"
	doc, err := json.MarshalIndent(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", []statement{s}}, "", "  ")
	if err != nil {
		return "" // strings in maps can be marshalled
	}
	return QuoteText(string(doc))
}

// hopTrust is the trust policy that admits the hop.
func (f Facts) hopTrust() string {
	s := statement{Principal: map[string]string{"AWS": f.caller()}, Action: f.Hop.Actions()}
	if f.Hop.ExternalID != "" {
		s.Condition = map[string]map[string]string{"StringEquals": {"sts:ExternalId": f.Hop.ExternalID}}
	}
	return policy(s)
}

// HopDenied is a role of a chain that does not admit the one before it.
var HopDenied = &Topic{
	"The role's trust policy does not admit the role that assumes it, that role's own policy does not allow it " +
		"to, or there is no such role. STS says the same of all.",
	func(f Facts) []Step {
		if f.Hop == nil || !f.roleInAWS() {
			return []Step{say("Compare the role's trust policy with the caller that STS names.")}
		}
		steps := []Step{run("See whether the role exists, and whom it trusts (in "+f.account()+"):",
			f.iam("get-role", "--role-name", f.roleName(), "--query", "Role.AssumeRolePolicyDocument"))}
		caller := f.caller()
		if caller == "" {
			return append(steps, say("It has to admit the role behind the config that AssumeRole was "+
				"given, with "+strings.Join(f.Hop.Actions(), ", ")+"."))
		}
		steps = append(steps, run("This replaces it by a trust policy that admits exactly that caller. If the "+
			"present one has other statements that are needed, add them:",
			f.iam("update-assume-role-policy", "--role-name", f.roleName(), "--policy-document", f.hopTrust())))
		if from, err := partition.ParseRoleARN(caller); err == nil {
			steps = append(steps, run("The caller's own policy has to allow it too (in "+accountOf(from)+"):",
				iamOf(from, "put-role-policy", "--role-name", roleWord(from),
					"--policy-name", Word("assume-"+f.role().BaseName(), "POLICY_NAME"),
					"--policy-document", policy(statement{Action: f.Hop.Actions(), Resource: f.RoleARN}))))
		}
		return append(steps, say("A change takes a few seconds to be seen everywhere. If both are right and STS "+
			"still refuses, a service control policy (SCP), "+
			"a resource control policy (RCP) or a permissions boundary denies it."))
	},
}

// ChainedDuration is a hop whose session was to last longer than STS lets a chained one.
var ChainedDuration = &Topic{
	"The session was to last longer than an hour, which STS does not give to a role that is assumed by another " +
		"role's session (role chaining), whatever the role's own maximum is.",
	func(f Facts) []Step {
		steps := []Step{
			say("Leave Duration out: a hop's session lasts an hour, and is renewed."),
			run("Or exchange the pod's token for the role directly, without a chain, for sessions of up to "+
				"12 hours:",
				"l := irsa.Loader{Options: irsa.Options{RoleARN: "+strconv.Quote(f.RoleARN)+", Duration: 12 * "+
					"time.Hour}}",
				"cfg, err := l.LoadConfig(ctx)"),
		}
		trust, err := f.TrustPolicy()
		if !f.inAWS() || err != nil {
			return append(steps, say("For that the role's account needs an identity provider for the cluster's "+
				"issuer, and its trust policy "+
				"has to admit this service account."))
		}
		return append(steps,
			createProvider(f, "For that the role's account needs an identity provider for the cluster's "+
				"issuer (in "+f.account()+"):"),
			run("And its trust policy needs a statement that admits this service account; its maximum session "+
				"duration has to be long enough:",
				f.iam("update-assume-role-policy", "--role-name", f.roleName(), "--policy-document", QuoteText(trust.String())),
				f.iam("update-role", "--role-name", f.roleName(), "--max-session-duration", "43200")))
	},
}

// CallerRefused is credentials with which STS lets nobody assume a role.
var CallerRefused = &Topic{
	"STS does not accept the credentials that assume the role: they have ended, were revoked, or belong to " +
		"another partition or endpoint.",
	all(
		say("See that the credentials of the config that AssumeRole was given work for themselves: "+
			"sts:GetCallerIdentity needs no permission."),
		say("See that AWS_ENDPOINT_URL_STS, if it is set, names the STS that gave them out."),
	),
}

// CallerClock is a signature from another time.
var CallerClock = &Topic{
	"STS's clock and this machine's are too far apart for a signed request. The request is retried with STS's " +
		"own time.",
	all(say("If it persists, set the node's clock: EKS's images take it from the Amazon Time Sync Service, " +
		"169.254.169.123.")),
}
