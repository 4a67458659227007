package irsa

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// localFailures are the failures before any request, made by the code that finds them.
var localFailures = []struct {
	name    string
	err     *Error
	message string
}{
	{
		"token file missing",
		unread(&fs.PathError{Op: "open", Path: "/token", Err: fs.ErrNotExist}),
		"file does not exist",
	},
	{
		"token file unreadable",
		unread(&fs.PathError{Op: "open", Path: "/token", Err: fs.ErrPermission}),
		"permission denied",
	},
	{"token empty", unread(errTokenEmpty), "the token is empty"},
	{"token too large", unread(errTokenTooLarge), "the token has more than 20000 bytes"},
	{"token no JWT", unread(errNotJWT), "the token is not a JWT"},
	{"half an identity", loadRefused(precedence.Inputs{
		Environment: precedence.WebIdentity{RoleARN: testRole}, Fallback: precedence.None,
	}),
		"AWS_WEB_IDENTITY_TOKEN_FILE is not"},
	{"node role", &Error{Op: "retrieve", Reason: ErrNodeRole, Err: fmt.Errorf(
		"%w: pod api-0 has no web identity", ErrNodeRole,
	),
		Token: &Token{
			Subject: "system:serviceaccount:payments:default", Namespace: "payments",
			ServiceAccount: "default", Pod: "api-0",
		}},
		"the credentials would be the node's"},
	{"shadowed", loadRefused(precedence.Inputs{
		Keys: true, Fallback: precedence.None,
		Environment: precedence.WebIdentity{RoleARN: testRole, TokenFile: "/token"},
	}),
		"take precedence over"},
	{"no region", localError(opLoad, testRole, ErrRegion, noRegion(&Token{}, nil)), "no region in the options"},
	{"partitions", localError(opLoad, testRole, ErrIssuer, advised(advice.Partitions, errors.New(
		"the role is in partition aws, region cn-north-1 is in aws-cn",
	))),
		"the role is in partition"},
	{
		"token withheld",
		failed(new(stsclient.Attempt), fmt.Errorf(
			"%w: http://minio.example.com is not encrypted", stsclient.ErrWithheld,
		)),
		"the token is not sent there",
	},
	{"ended before it came", ended(), "ended before it came"},
	{"malformed role", refused(identity{roleARN: "arn:aws:iam::::111122223333:role/reader"}), "parse role arn"},
	{
		"malformed session name", refused(identity{roleARN: testRole, sessionName: "night shift"}),
		"sts allows letters, digits and",
	},
	{"duration no STS gives", refused(identity{roleARN: testRole, duration: time.Minute}), "sts gives sessions of"},
	{
		"FIPS beside an endpoint", unsent("https://sts.example.com", aws.FIPSEndpointStateEnabled),
		"FIPS and custom endpoint are not supported",
	},
	{"endpoint no URL", unsent("sts.example.com", aws.FIPSEndpointStateUnset), "unsupported protocol scheme"},
	{"tag without a value", tagWithoutValue(), "validation error(s) found"},
}

// unread is the Error of a token that could not be read.
func unread(err error) *Error {
	x := newWebIdentity(identity{roleARN: testRole, tokenFile: "/token"})
	return x.unreadable(fmt.Errorf("read /token: %w", err))
}

// loadRefused is the Error of a config that is decided not to load.
func loadRefused(in precedence.Inputs) *Error {
	err := new(Loader).refused(in, precedence.Decide(in))
	e, _ := err.(*Error)
	return e
}

// refused is the Error of an identity that STS would refuse.
func refused(id identity) *Error {
	reason, err := id.settle(context.Background(), &aws.Config{})
	return localError(opLoad, id.roleARN, reason, err)
}

// failed is the Error of an attempt that ended with err.
func failed(a *stsclient.Attempt, err error) *Error {
	return newWebIdentity(identity{roleARN: testRole}).failure(a.Failure(err), nil)
}

// ended is the Error of credentials that had expired when they arrived.
func ended() *Error {
	err := newWebIdentity(identity{roleARN: testRole}).failed(fmt.Errorf(
		"%w: its end is x, and it was y", refresh.ErrEnded,
	))
	e, _ := err.(*Error)
	return e
}

// unsent is the Error of a request that the SDK's own client can't make.
func unsent(endpoint string, fips aws.FIPSEndpointState) *Error {
	client := sts.New(sts.Options{Region: "eu-west-1", BaseEndpoint: &endpoint, Retryer: aws.NopRetryer{},
		EndpointOptions: sts.EndpointResolverOptions{UseFIPSEndpoint: fips}})
	_, err := client.AssumeRoleWithWebIdentity(context.Background(), &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: aws.String(testRole), RoleSessionName: aws.String("payments.api-0"),
		WebIdentityToken: aws.String("x.y.z"),
	})
	return failed(new(stsclient.Attempt), err)
}

// tagWithoutValue is the Error of a hop with options of which the SDK can make no request.
func tagWithoutValue() *Error {
	x := &hop{session: session{op: opHop, roleARN: testRole, hop: &advice.Hop{Number: 1}}}
	return x.failure(new(stsclient.Attempt).Failure(smithy.InvalidParamsError{Context: "AssumeRoleInput"}), nil)
}

func TestWhatFailsBeforeARequestIsExplained(t *testing.T) {
	for _, f := range localFailures {
		t.Run(f.name, func(t *testing.T) {
			assert.Contains(t, f.err.Error(), f.message)
			golden(t, f.name, Explain(fmt.Errorf("wrapped: %w", f.err)))
		})
	}
}

func TestNothingIsSaidOfOthersErrors(t *testing.T) {
	assert.Empty(t, Explain(nil))
	assert.Empty(t, Explain(errors.New("no such bucket")))
	assert.Empty(t, Explain(&Error{Op: opLoad, Err: errors.New("failed to get shared config profile")}))
	assert.Empty(t, Explain(&Error{Op: opExchange}))
}

func TestExplainQuotesWhatDoesNotShow(t *testing.T) {
	text := Explain(&Error{Op: opExchange, RoleARN: testRole, Endpoint: testHost, Reason: ErrAudience,
		Token: &Token{
			Issuer: testIssuer, Subject: "system:serviceaccount:payments:api",
			Audience:  []string{"sts.amazonaws.com\u200b"},
			Namespace: "pay'ments", ServiceAccount: "api"}})
	assert.Contains(t, text, `["sts.amazonaws.com\u200b"]`)
	assert.Contains(t, text, `--client-id "$(printf 'sts.amazonaws.com\342\200\213')"`)
	assert.NotContains(t, text, "\u200b")
	assert.NotContains(t, text, "pay'ments")
}
