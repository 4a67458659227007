package denial_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"

	"github.com/seed-15cba5db/irsa-go/irsa/denial"
)

// A targeted error knows what the request was for.
type targeted struct {
	error
	resource, version string
}

func (e targeted) Unwrap() error          { return e.error }
func (e targeted) DeniedResource() string { return e.resource }
func (e targeted) DeniedVersion() string  { return e.version }

func failed(service, operation string, err error) error {
	return &smithy.OperationError{ServiceID: service, OperationName: operation, Err: err}
}

func accessDenied(message string) error {
	return answered(http.StatusForbidden, &smithy.GenericAPIError{Code: "AccessDenied", Message: message})
}

func TestWhatIsNoAnswerOfAServiceIsNoDenial(t *testing.T) {
	for name, err := range map[string]error{
		"nil":                  nil,
		"a file":               fs.ErrPermission,
		"a text that reads so": errors.New("AccessDenied: User: anonymous is not authorized to perform: s3:GetObject"),
		"no answer":            failed("S3", "GetObject", errors.New("no such host")),
		"another status":       failed("S3", "GetObject", answered(503, errors.New("a page"))),
		"a code of something else": failed("S3", "GetObject",
			answered(404, &smithy.GenericAPIError{Code: "NoSuchKey"})),
		"an answer that is none": &smithyhttp.ResponseError{Err: errors.New("x")},
		"no code, and status 500": failed("IoT Data Plane", "Publish",
			answered(500, &smithy.GenericAPIError{Code: "UnknownError"})),
	} {
		d, ok := denial.Of(err)
		assert.False(t, ok, name)
		assert.Equal(t, denial.Denial{PolicyType: "unknown", Fix: "unknown"}, d, name)
	}
}

func TestAnAnswerWithoutACodeIsADenialByItsStatus(t *testing.T) {
	d, ok := denial.Of(failed("DynamoDB", "GetItem", answered(403, errors.New("invalid character '<'"))))
	assert.True(t, ok)
	assert.Equal(t, denial.Denial{Action: "dynamodb:GetItem", PolicyType: "unknown", Fix: "unknown"}, d)
}

func TestTheErrorsAroundTheSDKsNameTheResourceWhereTheMessageDoesNot(t *testing.T) {
	const object = "arn:aws-cn:s3:::bucket/a/key"
	bare := accessDenied("Access Denied")
	of := func(operation string, err error) error { return failed("S3", operation, err) }
	said := func(what string) error {
		return accessDenied("User: arn:aws:iam::111122223333:user/ann is not authorized to perform: " + what)
	}
	err := fs.ErrPermission
	sts := fmt.Errorf("get credentials: %w", failed("STS", "AssumeRole", bare))
	for name, tt := range map[string]struct {
		err              error
		action, resource string
	}{
		"around":          {targeted{of("GetObject", bare), object, ""}, "s3:GetObject", object},
		"within":          {of("GetObject", targeted{bare, object, ""}), "s3:GetObject", object},
		"joined":          {errors.Join(err, targeted{of("HeadObject", bare), object, ""}), "s3:GetObject", object},
		"a version":       {targeted{of("GetObject", bare), object, "v1"}, "s3:GetObjectVersion", object},
		"a bucket":        {targeted{of("ListObjectsV2", bare), object, ""}, "s3:ListBucket", "arn:aws-cn:s3:::bucket"},
		"several objects": {targeted{of("DeleteObjects", bare), "arn:aws-cn:s3:::bucket", ""}, "s3:DeleteObject", ""},
		"nothing":         {targeted{of("GetObject", bare), "", ""}, "s3:GetObject", ""},
		"hostile":         {targeted{of("GetObject", bare), object + "\u202e", ""}, "s3:GetObject", ""},
		"another call's":  {targeted{of("GetObject", sts), object, ""}, "sts:AssumeRole", ""},
		"a key's": {targeted{of("GetObject", said("kms:Decrypt on this resource")), object, ""}, "kms:Decrypt",
			""},
		"the message's own": {
			targeted{of("GetObject", said(`s3:GetObjectVersion on resource: "arn:aws:s3:::bucket/other"`)), object, ""},
			"s3:GetObjectVersion", "arn:aws:s3:::bucket/other",
		},
	} {
		d, ok := denial.Of(tt.err)
		assert.True(t, ok, name)
		assert.Equal(t, tt.action, d.Action, name)
		assert.Equal(t, tt.resource, d.Resource, name)
	}
}

func TestOperationsOfUnknownServicesAndOfSeveralActionsGiveNone(t *testing.T) {
	for _, op := range [][2]string{
		{"Some Service", "GetThing"}, {"API Gateway", "GetRestApi"}, {"S3", "CopyObject"},
		{"DynamoDB", "TransactWriteItems"}, {"S3", ""},
	} {
		d, ok := denial.Of(failed(op[0], op[1], accessDenied("Access Denied")))
		assert.True(t, ok)
		assert.Empty(t, d.Action, op)
	}
}

func TestWhatMerelyReadsLikeTheSentenceIsNotBelieved(t *testing.T) {
	const principal = "arn:aws:sts::111122223333:assumed-role/reader/session"
	for _, message := range []string{
		"user: " + principal + " is not authorized to perform: s3:GetObject",
		"Item x User: " + principal + " is not authorized to perform: s3:GetObject",
		"User: " + principal + " is not authorized to perform: s3:GetObject;id",
		"User: " + principal + " is not authorized to perform: s3:Get*",
		"User: " + principal + " is not authorized to perform: s3:",
		"User: " + principal + " is authorized to perform: s3:GetObject",
		"User: " + principal + "\u200b is not authorized to perform: s3:GetObject",
		"User: arn:aws:iam::111122223333:group/x is not authorized to perform: s3:GetObject",
		"User: * is not authorized to perform: s3:GetObject",
		"Access to the resource https://sqs.us-east-1.evil.example/111122223333/q is denied.",
		"Access to the resource https://sqs.cn-north-1.amazonaws.com/111122223333/q is denied.",
	} {
		d, ok := denial.Parse(message)
		assert.False(t, ok, "%q: %v", message, d)
	}
	const sentence = "User: " + principal + " is not authorized to perform: s3:GetObject"
	for _, reason := range []string{
		" because no identity-based policy allows the s3:PutObject action",
		" because no identity-based policy allows the s3:GetObject action; rm",
		" with an explicit deny in a service control policy and more",
		" with an explicit deny in a permissions boundary: arn:evil:iam::111122223333:policy/x",
	} {
		d, ok := denial.Parse(sentence + reason)
		assert.True(t, ok)
		assert.NotContains(t, []string{"identity-statement", "organization", "boundary"}, d.Fix, reason)
		assert.Empty(t, d.PolicyARN)
	}
}

func TestThePolicyThatDeniesIsNamed(t *testing.T) {
	named := 0
	for _, c := range deniedCases(t) {
		d, _ := denial.Of(c.err())
		if d.PolicyARN != "" {
			named++
			assert.Equal(t, "explicit", d.Deny)
			assert.Contains(t, c.Message, ": "+d.PolicyARN)
			assert.NotRegexp(t, `\.$`, d.PolicyARN)
		}
	}
	assert.NotZero(t, named)
}
