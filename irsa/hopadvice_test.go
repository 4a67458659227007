package irsa

import (
	"testing"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

// A hopFailure is what STS says of a signed request alone.
type hopFailure struct {
	code, text string
	class      refresh.Class
	reason     error
	message    string // what users see, from which they come to the README's table
}

var hopFailures = []hopFailure{
	{"AccessDenied", "User: arn:aws:sts::111122223333:assumed-role/reader/payments.api-0 is not authorized to perform: sts:AssumeRole on resource: " + testRole,
		refresh.Permanent, ErrTrust, "is not authorized to perform: sts:AssumeRole"},
	{"ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
		refresh.Permanent, nil, "1 hour session limit for roles assumed by role chaining"},
	{"ExpiredToken", "The security token included in the request is expired", refresh.Outdated, nil, "The security token included in the request is expired"},
	{"InvalidClientTokenId", "The security token included in the request is invalid.", refresh.Permanent, nil, "The security token included in the request is invalid"},
	{"SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than 20260101T004500Z", refresh.Transient, nil, "Signature expired"},
	{"SignatureDoesNotMatch", "Signature not yet current: 20260101T010000Z is still later than 20260101T001500Z", refresh.Transient, nil, "Signature not yet current"},
}

func (f *hopFailure) error() *Error {
	a := attempt{roleARN: testRole, way: new(way), link: &link{number: 1}}
	return a.failure(&smithy.GenericAPIError{Code: f.code, Message: f.text})
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
	denied := func(message string) error { return &smithy.GenericAPIError{Code: "AccessDenied", Message: message} }
	const role = "arn:aws-cn:iam::222233334444:role/teams/audit"
	text := Explain(&Error{Op: opHop, RoleARN: role, Reason: ErrTrust, Err: denied("User: x is not authorized to perform: sts:AssumeRole on resource: " + role),
		link: &link{number: 1, from: "arn:aws-cn:iam::111122223333:role/teams/reader"}})
	assert.Contains(t, text, `"AWS": "arn:aws-cn:iam::111122223333:role/teams/reader"`)
	assert.Contains(t, text, "aws iam get-role --role-name audit --query Role.AssumeRolePolicyDocument --region cn-northwest-1")
	assert.Contains(t, text, "(in account 111122223333)")
	assert.NotContains(t, text, "arn:aws:")
	assert.NotContains(t, text, "sts:ExternalId")
	assert.NotContains(t, text, "sts:TagSession")

	t.Run("a session in STS's answer stands for its role", func(t *testing.T) {
		text := Explain(&Error{Op: opHop, RoleARN: role, Reason: ErrTrust, link: &link{number: 1},
			Err: denied("User: arn:aws-us-gov:sts::111122223333:assumed-role/reader/me is not authorized to perform: sts:AssumeRole on resource: " + role)})
		assert.Contains(t, text, `"AWS": "arn:aws-us-gov:iam::111122223333:role/reader"`)
		assert.Contains(t, text, "--region us-gov-west-1")
	})
	t.Run("a caller that nobody names is not made up", func(t *testing.T) {
		text := Explain(&Error{Op: opHop, RoleARN: role, Reason: ErrTrust, link: &link{number: 1, tags: true},
			Err: denied("User: ' ; rm is not authorized to perform: sts:AssumeRole on resource: " + role)})
		assert.NotContains(t, text, "policy-document")
		assert.Contains(t, text, "sts:AssumeRole, sts:TagSession")
	})
	t.Run("what goes down the chain needs its actions on every hop", func(t *testing.T) {
		first, second, third := link{number: 1, transitive: true, identity: true}, link{number: 1}, link{number: 1}
		second.follow("r", &first)
		third.follow("r", &second)
		assert.Equal(t, []string{"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"}, third.actions())
		assert.Equal(t, 3, third.number)
	})
}
