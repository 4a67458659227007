package advice

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/text"
	"github.com/seed-15cba5db/irsa-go/irsa/denial"
)

// A Denied is a call that an AWS service denied, and what is known of its caller.
type Denied struct {
	denial.Denial
	Service, Operation string // the SDK's names; "" for an exchange at STS
	Message            string // the service's

	// Caller is the role whose session made the call, by this process's own knowledge. The
	// principal that the service names counts where it agrees with it: whoever answers in AWS's
	// place could name its own.
	Caller string
	Likely bool // Caller is what the environment says, and the service doesn't name a principal
}

// maxEncoded is the length of an encoded message that a command still shows.
const maxEncoded = 10 << 10

var encoded = regexp.MustCompile(`^(.*?) ?Encoded authorization failure message: ?([\w-]+=*)`)

// said is the service's message without its encoded part, and that part.
func (d *Denied) said() (message, blob string) {
	if m := encoded.FindStringSubmatch(d.Message); m != nil {
		return m[1], m[2]
	}
	return d.Message, ""
}

// lines are what is known of the call.
func (d *Denied) lines(add func(name, format string, args ...any)) {
	add("call", "%+q of %+q", d.Operation, d.Service)
	for _, fact := range []struct{ name, value string }{
		{"denied", d.Action}, {"on", d.Resource}, {"to", d.Principal}, {"by", d.PolicyARN},
	} {
		if fact.value != "" {
			add(fact.name, "%+q", fact.value)
		}
	}
	if message, _ := d.said(); message != "" {
		add("message", "%+q", clipMessage(text.Line(message)))
	}
}

// clipMessage shortens a message to what fits a screen; a sentence of AWS has a few hundred
// characters.
func clipMessage(s string) string {
	const most = 600
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// caller is the role of the call taken apart; zero but for the partition where it isn't known.
func (d *Denied) caller() partition.RoleARN {
	if r, err := partition.ParseRoleARN(d.Caller); err == nil {
		return r
	}
	for _, arn := range []string{d.Principal, d.Resource} {
		if f := strings.SplitN(arn, ":", 3); len(f) == 3 && f[0] == "arn" {
			return partition.RoleARN{Partition: f[1]}
		}
	}
	return partition.RoleARN{}
}

// A role that nobody but the service names stands in a statement as this word, which no policy
// accepts: it is to be replaced by hand.
const callerWord = "CALLER_ARN"

// statement is what a policy of that kind lacks.
func (d *Denied) statement(fix string) (string, bool) {
	const stranger = "arn:aws:iam::000000000000:role/" + callerWord
	x := d.Denial
	x.Fix, x.Deny, x.Principal = fix, "", d.Caller
	if x.Principal == "" {
		x.Principal = stranger
	}
	s, ok := x.Statement()
	return strings.ReplaceAll(s, `"`+stranger+`"`, `"`+callerWord+`"`), ok
}

// allow is how the caller's own policy allows an action, without touching what it has: an inline
// policy of a name that is made of its content.
func (d *Denied) allow(words string) Step {
	s, ok := d.statement("identity-statement")
	if !ok {
		return say(strings.TrimSuffix(words, ":") + ": " + d.need() +
			", on the ARN of what was asked for, which the message doesn't name.")
	}
	r := d.caller()
	where := ""
	if r.Account != "" {
		where = " (in " + accountOf(r) + ")"
	}
	return run(strings.TrimSuffix(words, ":")+where+". This adds a policy and replaces none:",
		d.putOwn(r, "allow-"+strings.ReplaceAll(d.Action, ":", "-"), s))
}

// need is the action in words.
func (d *Denied) need() string {
	if d.Action == "" {
		return "the action that the operation needs"
	}
	return d.Action
}

// putOwn is the command that gives the caller one more inline policy: a role, or the user of keys
// that somebody made.
func (d *Denied) putOwn(r partition.RoleARN, meaning, statement string) string {
	if d.Caller == "" && strings.Contains(d.Principal, ":user/") {
		return iamOf(r, "put-user-policy", "--user-name", Word("", "USER_NAME"),
			"--policy-name", policyName(meaning, statement), "--policy-document", QuoteText(document(statement)))
	}
	return putOwn(r, meaning, statement)
}

// putOwn is the command that gives a role one more inline policy.
func putOwn(r partition.RoleARN, meaning, statement string) string {
	return iamOf(r, "put-role-policy", "--role-name", roleWord(r), "--policy-name", policyName(meaning, statement),
		"--policy-document", QuoteText(document(statement)))
}

// policyName is the name of an inline policy: a policy that is put under a name replaces what was
// there under the same one, so that no other statement may have it.
func policyName(meaning, statement string) string {
	sum := sha256.Sum256([]byte(statement))
	const most = 100 // of the 128 characters that IAM allows
	return meaning[:min(len(meaning), most)] + "-" + hex.EncodeToString(sum[:4])
}

// document is a policy of one statement.
func document(statement string) string {
	var b strings.Builder
	b.WriteString("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [")
	b.WriteString(strings.ReplaceAll("\n"+statement, "\n", "\n    "))
	b.WriteString("\n  ]\n}")
	return b.String()
}

// ifMerged is a command that puts what merge has written, and does nothing where that is empty.
func ifMerged(put string) string { return "test -s policy.json && " + put }

// merge is the command that fetches a policy, adds a statement, and shows the whole of it in a
// file. Where nothing could be fetched the file is empty: see ifMerged.
func merge(fetch, statement, file string) string {
	return fetch + " | jq --argjson statement " + QuoteText(statement) +
		" '.Statement = ([.Statement] | flatten) + [$statement]' > " + file + " && cat " + file
}

// foreign reports whether the resource is known to be in another account than the caller.
func (d *Denied) foreign() bool {
	owner := ""
	if f := strings.SplitN(d.Resource, ":", 6); len(f) == 6 {
		owner = f[4]
	}
	ours := d.caller().Account
	if ours == "" {
		if f := strings.SplitN(d.Principal, ":", 6); len(f) == 6 {
			ours = f[4]
		}
	}
	return len(owner) == 12 && ours != "" && owner != ours
}

// owner is the resource's account, in words.
func (d *Denied) owner() string {
	if f := strings.SplitN(d.Resource, ":", 6); len(f) == 6 && len(f[4]) == 12 && !strings.Contains(f[4], "*") {
		return "account " + f[4]
	}
	return "its owner's account"
}

// An instance's session is named after the instance: EC2 User Guide, Instance identity roles.
var nodeSession = regexp.MustCompile(`:assumed-role/[^/]+/i-[0-9a-f]{8,17}$`)

// whose says what is to be known of the caller, where the service and this process don't agree.
func (d *Denied) whose() []Step {
	switch {
	case nodeSession.MatchString(d.Principal):
		return []Step{say("The principal is the session of an instance: these are the credentials of the node, " +
			"not the " +
			"pod's, and what they are allowed every pod of the node is. Load the config with irsa.LoadConfig, and " +
			"annotate the service account with a role.")}
	case d.Likely:
		return []Step{say("The service doesn't say who was denied. The role above is the one of AWS_ROLE_ARN: see " +
			"that the client's credentials are its own.")}
	case d.Caller == "" && d.Principal != "" && d.Principal != "anonymous":
		return []Step{say("The principal is what the service says, and this process doesn't know it for its own: " +
			"before anything is allowed, see that it is the one (ROLE_NAME, CALLER_ARN) that was meant, and " +
			"not one of " +
			"the node, of a profile, of another service, or of what answers in the place of the instance metadata " +
			"(kube2iam, kiam).")}
	}
	return nil
}
