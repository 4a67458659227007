package irsa

import (
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// A hopFailure is an error that STS answers a signed request with, and what must become of it.
type hopFailure struct {
	code, text string
	class      refresh.Class
	reason     error
	message    string // what users see, from which they come to TROUBLESHOOTING.md
}

var hopFailures = []hopFailure{
	{"AccessDenied", "User: arn:aws:sts::111122223333:assumed-role/payments/payments.api-0 is not authorized to " +
		"perform: sts:AssumeRole on resource: " + testRole,
		refresh.Permanent, ErrTrust, "is not authorized to perform: sts:AssumeRole"},
	{"ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role " +
		"chaining.",
		refresh.Permanent, nil, "1 hour session limit for roles assumed by role chaining"},
	{
		"ExpiredToken", "The security token included in the request is expired", refresh.Outdated,
		nil, "The security token included in the request is expired",
	},
	{
		"InvalidClientTokenId", "The security token included in the request is invalid.",
		refresh.Permanent, nil, "The security token included in the request is invalid",
	},
	{
		"SignatureDoesNotMatch",
		"Signature expired: 20260101T000000Z is now earlier than 20260101T004500Z",
		refresh.Transient, nil, "Signature expired",
	},
	{
		"SignatureDoesNotMatch",
		"Signature not yet current: 20260101T010000Z is still later than 20260101T001500Z",
		refresh.Transient, nil, "Signature not yet current",
	},
}

// error is the Error of a first hop to testRole.
func (f *hopFailure) error() *Error {
	return deniedHop(testRole, &advice.Hop{Number: 1}, f.code, f.text)
}

// deniedHop is the Error of a hop that STS answers with this code and message.
func deniedHop(role string, h *advice.Hop, code, message string) *Error {
	x := &hop{session: session{op: opHop, roleARN: role, hop: h}}
	return x.failure(new(stsclient.Attempt).Failure(&smithy.GenericAPIError{Code: code, Message: message}), nil)
}

func TestWhatSTSSaysOfASignedRequest(t *testing.T) {
	for _, f := range hopFailures {
		t.Run(f.message, func(t *testing.T) {
			e := f.error()
			assert.Equal(t, f.class, e.class)
			assert.Equal(t, f.reason, e.Reason)
			assert.Contains(t, e.Error(), f.message)
			assert.Contains(t, Explain(e), "What to do:")
		})
	}
}

func TestADeniedHopIsExplainedInItsPartition(t *testing.T) {
	const role = "arn:aws-cn:iam::222233334444:role/teams/audit"
	denied := func(h advice.Hop, user string) string {
		return Explain(deniedHop(role, &h, "AccessDenied",
			"User: "+user+" is not authorized to perform: sts:AssumeRole on resource: "+role))
	}
	text := denied(advice.Hop{Number: 1, From: "arn:aws-cn:iam::111122223333:role/teams/reader"}, "x")
	assert.Contains(t, text, `"AWS": "arn:aws-cn:iam::111122223333:role/teams/reader"`)
	assert.Contains(
		t, text,
		"aws iam get-role --role-name audit --query Role.AssumeRolePolicyDocument --region cn-northwest-1",
	)
	assert.Contains(t, text, "(in account 111122223333)")
	assert.NotContains(t, text, "arn:aws:")
	assert.NotContains(t, text, "sts:ExternalId")
	assert.NotContains(t, text, "sts:TagSession")

	t.Run("a session in STS's answer is granted nothing", func(t *testing.T) {
		t.Setenv("AWS_ROLE_ARN", "")
		text := denied(advice.Hop{Number: 1}, "arn:aws-cn:sts::666677778888:assumed-role/reader/me")
		assert.Contains(t, text, `"AWS": "CALLER_ARN"`)
		assert.Contains(t, text, `--role-name "${ROLE_NAME:?}"`)
		assert.NotContains(t, text, "arn:aws-cn:iam::666677778888")
	})
	t.Run("unless it is one of the pod's own role, whose path is known", func(t *testing.T) {
		const own = "arn:aws-cn:iam::111122223333:role/teams/reader"
		t.Setenv("AWS_ROLE_ARN", own)
		text := denied(advice.Hop{Number: 1}, "arn:aws-cn:sts::111122223333:assumed-role/reader/me")
		assert.Contains(t, text, `"AWS": "`+own+`"`)
		assert.Contains(t, text, "put-role-policy --role-name reader ")
	})
	t.Run("a caller that nobody names is not made up", func(t *testing.T) {
		text := denied(advice.Hop{Number: 1, Tags: true}, "' ; rm")
		assert.NotContains(t, text, "policy-document")
		assert.Contains(t, text, "sts:AssumeRole, sts:TagSession")
	})
	t.Run("what goes down the chain needs its actions on every hop", func(t *testing.T) {
		first, second, third := advice.Hop{
			Number: 1, Transitive: true, Identity: true,
		}, advice.Hop{Number: 1}, advice.Hop{Number: 1}
		second.Follow("r", &first)
		third.Follow("r", &second)
		assert.Equal(t, []string{"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"}, third.Actions())
		assert.Equal(t, 3, third.Number)
	})
}

// deniedBy is how a hop of testRole's account is explained that STS denies with a message.
func deniedBy(h advice.Hop, message string) (*advice.Topic, string) {
	e := deniedHop("arn:aws:iam::444455556666:role/target", &h, "AccessDenied", message)
	return e.topic, Explain(e)
}

const (
	sessionOfReader = "User: arn:aws:sts::111122223333:assumed-role/reader/me is not authorized to perform: "
	onTarget        = " on resource: arn:aws:iam::444455556666:role/target"
	reader          = "arn:aws:iam::111122223333:role/teams/reader"
)

func TestTheActionThatSTSNamesIsInBothStatements(t *testing.T) {
	for _, action := range []string{"sts:TagSession", "sts:SetSourceIdentity"} {
		_, text := deniedBy(advice.Hop{Number: 1, From: reader}, sessionOfReader+action+onTarget)
		statements := strings.Count(text, `"sts:AssumeRole",`)
		assert.Equal(t, 3, statements, "shown, added, and the caller's own: %s", text)
		assert.Equal(t, statements, strings.Count(text, `"`+action+`"`))
	}
	_, text := deniedBy(advice.Hop{Number: 1, From: reader}, sessionOfReader+"iam:CreateUser"+onTarget)
	assert.NotContains(t, text, "iam:CreateUser", "which no hop needs")
}

func TestTheKindOfPolicyDecidesWhoseItIsToChange(t *testing.T) {
	const action = "sts:AssumeRole" + onTarget
	for reason, topic := range map[string]*advice.Topic{
		"": advice.HopDenied,
		" because no identity-based policy allows the sts:AssumeRole action":                          advice.HopDenied,
		" because no role trust policy allows the sts:AssumeRole action":                              advice.HopDenied,
		" because no VPC endpoint policy allows the sts:AssumeRole action":                            advice.EndpointDenied,
		" because no permissions boundary allows the sts:AssumeRole action":                           advice.BoundaryDenied,
		" because no session policy allows the sts:AssumeRole action":                                 advice.SessionDenied,
		" with an explicit deny in a permissions boundary: arn:aws:iam::111122223333:policy/boundary": advice.BoundaryDenied,
		" with an explicit deny in an identity-based policy":                                          advice.OwnPolicyDenied,
		" with an explicit deny in a service control policy":                                          advice.OrganizationDenied,
		" with an explicit deny in a resource control policy":                                         advice.OrganizationDenied,
		" with an explicit deny in the role trust policy":                                             advice.HopDenied,
	} {
		got, text := deniedBy(advice.Hop{Number: 1, From: reader}, sessionOfReader+action+reason)
		assert.Same(t, topic, got, reason)
		switch {
		case strings.Contains(reason, "explicit"):
			assert.NotContains(t, text, `"Allow"`, "nothing that allows helps against %s", reason)
		case strings.Contains(reason, "identity-based"):
			assert.NotContains(t, text, "update-assume-role-policy", "the trust policy is right")
		case strings.Contains(reason, "role trust"):
			assert.NotContains(t, text, "put-role-policy", "the caller's policy is right")
		}
	}
}

func TestARoleThatAssumesItselfNeedsNoHop(t *testing.T) {
	const message = "User: arn:aws:sts::444455556666:assumed-role/target/me is not authorized to perform: " +
		"sts:AssumeRole" + onTarget
	for _, from := range []string{"", "arn:aws:iam::444455556666:role/target",
		"arn:aws:iam::444455556666:role/with/path/target"} {
		topic, text := deniedBy(advice.Hop{Number: 1, From: from}, message)
		assert.Same(t, advice.AssumesItself, topic)
		assert.Contains(t, text, "No hop is needed")
		assert.NotContains(t, text, "aws iam", "nothing is to be changed")
	}
	topic, _ := deniedBy(advice.Hop{Number: 1, From: reader}, message)
	assert.Same(t, advice.HopDenied, topic, "who we are goes before what a server says")
}

func TestPackedPoliciesThatAreTooLargeMayBeTags(t *testing.T) {
	explained := func(message string) string {
		return Explain(deniedHop(testRole, &advice.Hop{Number: 1}, "PackedPolicyTooLarge", message))
	}
	both := explained("Packed policy consumes 114% of allotted space, please use smaller policy.")
	assert.Contains(t, both, "Options.Policy")
	assert.Contains(t, both, "tags")
	tags := explained("Packed size of session tags consumes 200% of allotted space.")
	assert.NotContains(t, tags, "Options.Policy")
	assert.Contains(t, tags, "TransitiveTagKeys")
}
