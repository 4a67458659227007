package advice

import "strings"

// Topics of calls that an AWS service denied, by the policy that did.

// DeniedTopic is how a denied call is explained; nil where there is nothing to say.
func DeniedTopic(d *Denied, code string) *Topic {
	if t, ok := refusedCodes[code]; ok {
		return t
	}
	_, blob := d.said()
	switch {
	case d.Principal == "anonymous":
		return NotSigned
	case d.Fix == "identity-statement":
		return ActionMissing
	case d.Fix == "resource-policy":
		return ResourceDenied
	case d.Fix == "key-policy" || d.Fix == "unknown" && strings.HasPrefix(d.Action, "kms:"):
		return KeyDenied
	case d.Fix == "none" && d.PolicyType == "unknown":
		return NotByPolicy
	case blob != "":
		return EncodedDenied
	case d.Fix == "unknown" && d.Service == "S3":
		return S3Denied
	}
	if t := elsewhere(d); t != nil {
		return t
	}
	return SilentlyDenied
}

// elsewhere is the topic of a policy that belongs neither to the caller's role nor to what was
// asked for, or that denies explicitly; nil: it is another.
func elsewhere(d *Denied) *Topic {
	switch d.PolicyType {
	case "scp", "rcp":
		return OrganizationDenied
	case "boundary":
		return BoundaryDenied
	case "vpce":
		return EndpointDenied
	case "session":
		return SessionDenied
	case "identity":
		if d.Deny == "explicit" {
			return OwnPolicyDenied
		}
	}
	return nil
}

// denied makes the steps of a topic that needs to know of the call.
func denied(steps func(f Facts, d *Denied) []Step) func(Facts) []Step {
	return func(f Facts) []Step {
		d := f.Denied
		if d == nil {
			d = new(Denied)
		}
		return append(d.whose(), steps(f, d)...)
	}
}

var seen = say("A change takes seconds to minutes to be seen everywhere, and after it the next policy may deny: the " +
	"service names one at a time.")

// ActionMissing is a role that isn't allowed the call.
var ActionMissing = &Topic{
	"The caller's own policies don't allow the action on this resource, as far as the service says.",
	denied(func(_ Facts, d *Denied) []Step {
		steps := []Step{d.allow("Allow it in the role's own policies:")}
		if d.PolicyType == "unknown" {
			steps = append(steps, say("The message doesn't say which policy is at fault. If the role has this "+
				"already, look "+
				"at the policy of the resource, at permissions boundaries, and at the organization's policies."))
		}
		if d.foreign() {
			steps = append(steps, d.admit("resource-policy", "The resource is in another account, whose policy "+
				"has to admit "+
				"the caller too (in "+d.owner()+"):")...)
		}
		if strings.HasPrefix(d.Action, "kms:") {
			steps = append(steps, say("It helps only if the key's policy leaves it to IAM, as the default key "+
				"policy does "+
				"for the key's own account."))
		}
		return append(steps, seen)
	}),
}

// OwnPolicyDenied is a role whose own policy denies the call.
var OwnPolicyDenied = &Topic{
	"One of the caller's own policies denies the action explicitly. No statement that allows it helps.",
	denied(func(_ Facts, d *Denied) []Step {
		if d.PolicyARN != "" {
			return []Step{say("Narrow the Deny in the policy that is named above.")}
		}
		r := d.caller()
		return []Step{run("Find the Deny among the role's policies, and narrow it:",
			iamOf(r, "list-attached-role-policies", "--role-name", roleWord(r)),
			iamOf(r, "list-role-policies", "--role-name", roleWord(r)))}
	}),
}

// ResourceDenied is a resource whose policy doesn't admit the caller.
var ResourceDenied = &Topic{
	"The policy of the resource does not admit the caller, or denies the action explicitly.",
	denied(func(_ Facts, d *Denied) []Step {
		if d.Deny == "explicit" {
			return []Step{say("It denies explicitly, and no statement that allows it helps: those who own the " +
				"resource (" +
				d.owner() + ") narrow the Deny in its policy.")}
		}
		steps := d.admit("resource-policy", "The statement that the resource's policy needs (in "+d.owner()+"):")
		if d.foreign() || strings.HasPrefix(d.Resource, "arn:") && d.owner() == "its owner's account" {
			steps = append(steps, d.allow("If the resource is in another account the caller's own policy has to "+
				"allow it too:"))
		}
		return append(steps, seen)
	}),
}

// KeyDenied is a KMS key that may not be used.
var KeyDenied = &Topic{
	"The KMS key may not be used: its policy does not admit the caller, or the caller's own policy does not " +
		"allow it, " +
		"or the key isn't there. Services that encrypt use the key in the caller's name.",
	denied(func(_ Facts, d *Denied) []Step {
		if d.Deny == "explicit" {
			return []Step{say("The key's policy denies explicitly: those who own " +
				"the key (" + d.owner() + ") narrow the Deny.")}
		}
		steps := d.admit("key-policy", "The statement that the key's policy needs (in "+d.owner()+"):")
		return append(steps,
			d.allow("The caller's own policy has to allow it as well, where the key's leaves it to IAM or the "+
				"key is another "+
				"account's:"),
			say("See that the key exists, in the region that was asked, and is enabled. Keys that AWS manages "+
				"(aws/s3 and "+
				"its like) can't be used from another account: encrypt with a key of your own there."),
			seen)
	}),
}

// BoundaryDenied is a permissions boundary.
var BoundaryDenied = &Topic{
	"The permissions boundary of the caller's role does not allow the action, or denies it.",
	denied(func(_ Facts, d *Denied) []Step {
		r := d.caller()
		steps := []Step{run("See which policy is the boundary. It belongs to those who gave it to the role:",
			iamOf(r, "get-role", "--role-name", roleWord(r), "--query", "Role.PermissionsBoundary"))}
		return append(steps, d.elsewhereSteps("boundary", "the boundary")...)
	}),
}

// OrganizationDenied is a policy of the organization.
var OrganizationDenied = &Topic{
	"A policy of the organization does not allow the action, or denies it: a service control policy (SCP), or a " +
		"resource control policy (RCP). No policy of the account itself helps.",
	denied(func(f Facts, d *Denied) []Step {
		words := "It is changed by those who run the organization, in its management account"
		if d.Service == "" { // STS, of a role
			words += ", not in " + f.account()
		}
		words += ". Give them the facts above"
		if d.Action != "" {
			words += ": it is " + d.Action + " that is denied"
		}
		return append([]Step{say(words + ".")}, d.elsewhereSteps("organization", "the SCP")...)
	}),
}

// EndpointDenied is the policy of a VPC endpoint.
var EndpointDenied = &Topic{
	"The policy of the VPC endpoint that the request went through does not allow the action, or denies it.",
	denied(func(_ Facts, d *Denied) []Step {
		steps := []Step{run("Find the endpoint, and its policy (it may be another account's, where the VPC is shared):",
			`aws ec2 describe-vpc-endpoints --filters Name=vpc-id,Values="${VPC_ID:?}" --query `+
				"'VpcEndpoints[].[VpcEndpointId,ServiceName,PolicyDocument]'")}
		return append(steps, d.elsewhereSteps("endpoint-policy", "the endpoint's policy")...)
	}),
}

// elsewhereSteps are what is to be changed in a policy that is nobody's who is here.
func (d *Denied) elsewhereSteps(fix, where string) []Step {
	switch {
	case d.Deny == "explicit" && d.PolicyARN != "":
		return []Step{say("It denies explicitly, in the policy that is named above: its owner narrows the Deny. No " +
			"statement that allows the action helps.")}
	case d.Deny == "explicit":
		return []Step{say("It denies explicitly: its owner narrows the Deny. No statement that allows the " +
			"action helps.")}
	}
	const too = "The caller's own policy has to allow the action besides: this policy grants nothing by itself."
	if s, ok := d.statement(fix); ok && d.PolicyType != "rcp" {
		return []Step{run("The statement that "+where+" lacks, in addition to what it has:", s), say(too)}
	}
	return []Step{say(too)}
}

// SessionDenied is the policy of a session.
var SessionDenied = &Topic{
	"The session's own policy does not allow the action, or denies it: whoever assumed the role passed it along.",
	denied(func(Facts, *Denied) []Step {
		return []Step{say("It is in code, not in IAM: widen or leave out Policy and PolicyARNs where the role is " +
			"assumed " +
			"(irsa.Options, or the options of AssumeRole).")}
	}),
}
