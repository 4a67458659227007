package advice

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// Topics of roles that STS denies to another role's session.

// needed are the hop's actions, and the one that STS names where it is one of a hop's: tags and a
// source identity may come from a token, or down a chain that isn't ours to see.
func (f Facts) needed() []string {
	actions := f.Hop.Actions()
	if f.Denied == nil || slices.Contains(actions, f.Denied.Action) {
		return actions
	}
	switch f.Denied.Action {
	case "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext":
		return append(actions, f.Denied.Action)
	}
	return actions
}

// from is who assumes the role, as far as it is known here; "" where STS alone names somebody.
func (f Facts) from() string {
	if f.Hop.From == "" && f.Denied != nil {
		return f.Denied.Caller
	}
	return f.Hop.From
}

// assumesItself reports whether the role that assumes is the one that is assumed, by what is known
// here, else by what STS says, which then gets nobody anything. A role's path says nothing: names
// are unique in an account.
func (f Facts) assumesItself() bool {
	from, err := partition.ParseRoleARN(f.from())
	if err != nil && f.Denied != nil {
		from, err = partition.ParseRoleARN(roleOfSession(f.Denied.Principal))
	}
	to := f.role()
	return err == nil && from.Partition == to.Partition && from.Account == to.Account && from.BaseName() == to.BaseName()
}

var assumedRole = regexp.MustCompile(`^arn:([\w-]+):sts::(\d{12}):assumed-role/([\w.@+=,-]+)/`)

// roleOfSession is the ARN that the role of a session has if it has no path, or "".
func roleOfSession(arn string) string {
	r := assumedRole.FindStringSubmatch(arn)
	if r == nil {
		return ""
	}
	return "arn:" + r[1] + ":iam::" + r[2] + ":role/" + r[3]
}

// A statement is one of the policies on both sides of a hop.
type statement struct {
	Effect    string
	Principal map[string]string            `json:",omitempty"`
	Action    []string                     `json:"Action"`
	Resource  string                       `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"`
}

func (s statement) json() string {
	s.Effect = "Allow"
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return "" // strings in maps can be marshalled
	}
	return string(text)
}

// hopTrust is the statement of a trust policy that admits the hop. A caller that nobody but STS
// names is not put into it.
func (f Facts) hopTrust() string {
	s := statement{Principal: map[string]string{"AWS": cmp.Or(f.from(), callerWord)}, Action: f.needed()}
	if f.Hop.ExternalID != "" {
		s.Condition = map[string]map[string]string{"StringEquals": {"sts:ExternalId": f.Hop.ExternalID}}
	}
	return s.json()
}

// STSDenied is how a role that STS denies is explained: by the kind of policy that it names.
func STSDenied(f Facts) *Topic {
	switch {
	case f.Hop != nil && f.assumesItself():
		return AssumesItself
	case f.Denied != nil && elsewhere(f.Denied) != nil:
		return elsewhere(f.Denied)
	case f.Hop != nil:
		return HopDenied
	}
	return TrustDenied
}

// AssumesItself is a role that is to assume itself.
var AssumesItself = &Topic{
	"The role is to assume itself. No hop is needed for that: the session that asks is one of that role already.",
	all(
		say("Leave the hop out: use the config that AssumeRole was given, or remove the profile's role_arn. No "+
			"policy is to "+
			"be changed."),
		say("A session policy or session tags that the hop was to add go into the first exchange: Options.Policy."),
	),
}

// HopDenied is a role of a chain that does not admit the one before it.
var HopDenied = &Topic{
	"The role's trust policy does not admit the role that assumes it, that role's own policy does not allow it " +
		"to, or there is no such role. Often STS says the same of all.",
	func(f Facts) []Step {
		if f.Hop == nil || !f.roleInAWS() {
			return []Step{say("Compare the role's trust policy with the caller that STS names: it needs a " +
				"statement that " +
				"admits it, in addition to what it has.")}
		}
		kind, deny := "", ""
		if f.Denied != nil {
			kind, deny = f.Denied.PolicyType, f.Denied.Deny
		}
		steps := []Step{run("See whether the role exists, and whom it trusts (in "+f.account()+"):",
			f.iam("get-role", "--role-name", f.roleName(), "--query", "Role.AssumeRolePolicyDocument"))}
		if deny == "explicit" && kind == "resource" {
			return append(steps, say("It denies explicitly, and no statement that allows it helps: narrow its Deny."))
		}
		if f.from() == "" && (f.Denied == nil || f.Denied.Principal == "") {
			return append(steps, say("It has to admit the role behind the config that AssumeRole was "+
				"given, with "+strings.Join(f.needed(), ", ")+", and that role's own policy has to allow it."))
		}
		if kind != "identity" {
			steps = append(steps, f.admitHop()...)
		}
		if kind != "resource" {
			steps = append(steps, f.allowHop())
		}
		return append(steps, say("A change takes a few seconds to be seen everywhere. If both sides are right and STS "+
			"still refuses, a service control policy (SCP), "+
			"a resource control policy (RCP) or a permissions boundary denies it."))
	},
}

// admitHop is what the trust policy of the hop's role needs.
func (f Facts) admitHop() []Step {
	s := f.hopTrust()
	if f.from() == "" {
		return []Step{run("The statement that the role's trust policy needs, in addition to what it has. "+
			"CALLER_ARN is "+
			"the role, with its path, or the user behind the config that AssumeRole was given: see that who STS "+
			"names is "+
			"your own:", s)}
	}
	return append([]Step{run("The statement that the role's trust policy needs:", s)}, f.mergeTrust(s)...)
}

// mergeTrust adds a statement to the role's trust policy, which is shown before it is put.
func (f Facts) mergeTrust(statement string) []Step {
	return []Step{
		run("Fetch the present policy, add the statement, and read the whole of it (in "+f.account()+"):",
			merge(f.iam("get-role", "--role-name", f.roleName(), "--query", "Role.AssumeRolePolicyDocument",
				"--output", "json"),
				statement, "policy.json")),
		run("If that is what it should be:",
			ifMerged(f.iam("update-assume-role-policy", "--role-name", f.roleName(), "--policy-document",
				"file://policy.json"))),
	}
}

// allowHop is what the own policy of the role that assumes needs.
func (f Facts) allowHop() Step {
	s := statement{Action: f.needed(), Resource: f.RoleARN}.json()
	from, err := partition.ParseRoleARN(f.from())
	where := ""
	if err == nil {
		where = " (in " + accountOf(from) + ")"
	} else {
		from = partition.RoleARN{Partition: f.role().Partition}
	}
	return run("The caller's own policy has to allow it too"+where+". This adds a policy and replaces none:",
		putOwn(from, "assume-"+cmp.Or(f.role().BaseName(), "role"), s))
}
