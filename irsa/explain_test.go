package irsa

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// What fails before any request is made.
var localFailures = []struct {
	name    string
	err     *Error
	message string
}{
	{"token file missing", &Error{Op: opReadToken, Reason: ErrToken, Err: &cleaned{message: "stat /token: no such file or directory", inner: []error{fs.ErrNotExist}}}, "no such file or directory"},
	{"token file unreadable", &Error{Op: opReadToken, Reason: ErrToken, Err: &fs.PathError{Op: "open", Path: "/token", Err: fs.ErrPermission}}, "permission denied"},
	{"token empty", &Error{Op: opReadToken, Reason: ErrToken, Err: errors.New("read /token: the token is empty")}, "the token is empty"},
	{"token too large", &Error{Op: opReadToken, Reason: ErrToken, Err: errors.New("read /token: the token has more than 20000 bytes")}, "the token has more than 20000 bytes"},
	{"token no JWT", &Error{Op: opReadToken, Reason: ErrToken, Err: errors.New("read /token: the token is not a JWT")}, "the token is not a JWT"},
	{"half an identity", &Error{Op: "load config", RoleARN: testRole, Reason: ErrNotConfigured, Err: errors.New("AWS_ROLE_ARN is set, AWS_WEB_IDENTITY_TOKEN_FILE is not")}, "AWS_WEB_IDENTITY_TOKEN_FILE is not"},
	{"node role", &Error{Op: "retrieve", Token: &Token{Subject: "system:serviceaccount:payments:default", Namespace: "payments", ServiceAccount: "default", Pod: "api-0"},
		Reason: ErrNodeRole, Err: fmt.Errorf("%w: pod api-0 has no web identity", ErrNodeRole)}, "the credentials would be the node's"},
	{"shadowed", &Error{Op: "load config", RoleARN: testRole, Reason: ErrShadowed, Err: errors.New("static keys in the environment go before the web identity")}, "go before"},
	{"no region", &Error{Op: "load config", RoleARN: testRole, Reason: ErrRegion, Err: errors.New("no region in the options, AWS_REGION, AWS_DEFAULT_REGION or the shared config")}, "no region in the options"},
	{"partitions", &Error{Op: "load config", RoleARN: testRole, Reason: ErrIssuer, Err: errors.New("the role is in partition aws, the cluster that issued the token is in aws-cn")}, "the cluster that issued the token is in"},
	{"token withheld", &Error{Op: opExchange, RoleARN: testRole, Reason: ErrUnreachable, Endpoint: "minio.example.com", Err: fmt.Errorf("%w: minio.example.com is not encrypted", errWithheld)}, "the token is not sent there"},
	{"ended before it came", &Error{Op: opExchange, RoleARN: testRole, Reason: ErrUnreachable, Err: fmt.Errorf("%w: its credentials %w: its end is x, and it was y", errAnswer, refresh.ErrEnded)}, "ended before it came"},
	{"malformed role", refused(identity{roleARN: "arn:aws:iam::::111122223333:role/reader"}), "parse role arn"},
	{"malformed session name", refused(identity{roleARN: testRole, sessionName: "night shift"}), "sts allows letters, digits and"},
	{"duration no STS gives", refused(identity{roleARN: testRole, duration: time.Minute}), "sts gives sessions of"},
	{"FIPS beside an endpoint", unsent("https://sts.example.com", aws.FIPSEndpointStateEnabled), "FIPS and custom endpoint are not supported"},
	{"endpoint no URL", unsent("sts.example.com", aws.FIPSEndpointStateUnset), "unsupported protocol scheme"},
	{"tag without a value", &Error{Op: opHop, RoleARN: testRole, link: &link{number: 1}, Err: smithy.InvalidParamsError{Context: "AssumeRoleInput"}}, "validation error(s) found"},
}

// refused is the Error of an identity that STS would refuse.
func refused(id identity) *Error {
	reason, err := id.settle(context.Background(), &aws.Config{})
	return &Error{Op: "load config", RoleARN: id.roleARN, Reason: reason, Err: err}
}

// unsent is the Error of a request that the SDK's own client can't make.
func unsent(endpoint string, fips aws.FIPSEndpointState) *Error {
	client := sts.New(sts.Options{Region: "eu-west-1", BaseEndpoint: &endpoint, Retryer: aws.NopRetryer{},
		EndpointOptions: sts.EndpointResolverOptions{UseFIPSEndpoint: fips}})
	_, err := client.AssumeRoleWithWebIdentity(context.Background(), &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: aws.String(testRole), RoleSessionName: aws.String("payments.api-0"), WebIdentityToken: aws.String("x.y.z"),
	})
	return attempt{roleARN: testRole, way: new(way)}.failure(err)
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
	assert.Empty(t, Explain(&Error{Op: "load config", Err: errors.New("failed to get shared config profile")}))
	assert.Empty(t, Explain(&Error{Op: opExchange}))
}

func TestExplainQuotesWhatDoesNotShow(t *testing.T) {
	text := Explain(&Error{Op: opExchange, RoleARN: testRole, Endpoint: testHost, Reason: ErrAudience,
		Token: &Token{Issuer: testIssuer, Subject: "system:serviceaccount:payments:api", Audience: []string{"sts.amazonaws.com\u200b"}, Namespace: "pay'ments", ServiceAccount: "api"},
		Err:   errors.New("x: api error InvalidIdentityToken: Incorrect token audience")})
	assert.Contains(t, text, `["sts.amazonaws.com\u200b"]`)
	assert.NotContains(t, text, "\u200b")
}

// In each partition the policy to paste is the one that trustpolicy holds to admit
// the pod, and IAM is found by a region of the partition.
func TestTheFixIsRightInEachPartition(t *testing.T) {
	for partition, p := range map[string]struct{ issuer, option string }{
		"aws":        {"https://oidc.eks.eu-west-1.amazonaws.com/id/ABC", ""},
		"aws-cn":     {"https://oidc.eks.cn-north-1.amazonaws.com.cn/id/ABC", " --region cn-northwest-1"},
		"aws-us-gov": {"https://oidc.eks.us-gov-west-1.amazonaws.com/id/ABC", " --region us-gov-west-1"},
		"aws-eusc":   {"https://oidc.eks.eusc-de-east-1.amazonaws.eu/id/ABC", " --region eusc-de-east-1"},
	} {
		e := &Error{Op: opExchange, RoleARN: "arn:" + partition + ":iam::111122223333:role/reader", Token: &Token{
			Issuer: p.issuer, Subject: "system:serviceaccount:payments:api", Audience: []string{"sts.amazonaws.com"}}}
		steps := strings.Join(adviseTrust.fix(factsOf(e)), "\n")
		_, after, found := strings.Cut(steps, "--policy-document '")
		require.True(t, found, steps)
		doc, rest, found := strings.Cut(after, "'")
		require.True(t, found)
		policy, err := trustpolicy.Parse([]byte(doc))
		require.NoError(t, err)
		assert.Equal(t, trustpolicy.Allowed, policy.Evaluate(trustpolicy.Request{
			RoleARN: e.RoleARN, Issuer: p.issuer, Audience: "sts.amazonaws.com", Subject: e.Token.Subject}).Outcome)
		assert.True(t, strings.HasPrefix(rest, p.option+"\n"), "%s: %q", partition, rest)
		assert.Contains(t, strings.Join(adviseProvider.fix(factsOf(e)), "\n"),
			"aws iam create-open-id-connect-provider --url "+p.issuer+" --client-id-list sts.amazonaws.com"+p.option)
	}
}

func TestARegionIsEnabledWhereItCanBe(t *testing.T) {
	for endpoint, enabled := range map[string]bool{"sts.af-south-1.amazonaws.com": true, "sts.eu-west-1.amazonaws.com": false, "127.0.0.1:4566": false} {
		e := &Error{Op: opExchange, RoleARN: testRole, Endpoint: endpoint}
		steps := strings.Join(adviseRegionDisabled.fix(factsOf(e)), "\n")
		assert.Equal(t, enabled, strings.Contains(steps, "aws account enable-region --region-name af-south-1"), steps)
		assert.Equal(t, !enabled, strings.Contains(steps, "Activate STS in the IAM console (in account 111122223333)"), steps)
	}
}

// The README's table is keyed by the messages that users see; what they mean is
// said in Explain's words.
func TestTheREADMEHasARowForEachMessage(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	require.NoError(t, err)
	row := func(message string, e *Error) {
		a, ok := e.advice()
		require.True(t, ok, message)
		assert.Contains(t, string(readme), "| `"+message+"` | "+a.cause+" | ", "README.md lacks the row, or says something else")
	}
	for _, r := range refusals {
		message := r.message
		if r.phase != "" {
			message = r.phase + " HOST: context deadline exceeded"
		}
		synctest.Test(t, func(t *testing.T) {
			e, _ := refuse(t, r)
			row(message, e)
		})
	}
	for _, f := range localFailures {
		row(f.message, f.err)
	}
	for _, f := range hopFailures {
		row(f.message, f.error())
	}
}
