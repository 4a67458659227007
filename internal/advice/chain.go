package advice

import (
	"encoding/json"
	"strconv"
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
		if !f.inAWS() || err != nil || f.private() {
			return append(steps, say("For that the role's account needs an identity provider for the cluster's "+
				"issuer, and its trust policy "+
				"has to admit this service account."))
		}
		return append(steps,
			createProvider(f, "For that the role's account needs an identity provider for the cluster's "+
				"issuer (in "+f.account()+"):"),
			run("And its trust policy needs a statement that admits this service account, in addition to what it "+
				"has:", statementOf(trust.String())),
			run("Its maximum session duration has to be long enough:",
				f.iam("update-role", "--role-name", f.roleName(), "--max-session-duration", "43200")))
	},
}

// statementOf is the one statement of a policy document.
func statementOf(document string) string {
	var policy struct{ Statement []json.RawMessage }
	if json.Unmarshal([]byte(document), &policy) != nil || len(policy.Statement) != 1 {
		return document
	}
	text, err := json.MarshalIndent(policy.Statement[0], "", "  ")
	if err != nil {
		return document
	}
	return string(text)
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
