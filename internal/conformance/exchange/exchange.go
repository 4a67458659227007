// Package exchange holds one table of requests of AssumeRoleWithWebIdentity and of what STS answers
// to them. It runs against every server that stands in for STS in tests: irsatest.STS (here), and a
// real MinIO (in internal/integration).
//
// The expectations are those of AWS's STS. Where a server answers otherwise, the case says what,
// and why ([Exception]).
package exchange

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// The service account that a server under test has to let assume the role.
const (
	Namespace      = "payments"
	ServiceAccount = "api"
)

// The servers that the table knows.
const (
	Irsatest = "irsatest"
	MinIO    = "minio"
)

// tokenLife is the life of the table's tokens. It differs from the hour of a session, to show which
// of the two a session ends with.
const tokenLife = 2 * time.Hour

// A World is a server under test, and what it trusts.
type World struct {
	Server   string           // Irsatest or MinIO
	Endpoint string           // URL
	Client   *http.Client     // nil: one that connects to the endpoint
	Issuer   *irsatest.Issuer // whose tokens the server takes
	RoleARN  string           // that Namespace and ServiceAccount may assume
}

// A Case is one request, and STS's answer.
type Case struct {
	Name string
	// Change turns a request that is granted into the case's.
	Change func(w World, in *sts.AssumeRoleWithWebIdentityInput)
	Want   Answer
	Except map[string]Exception // by server; what all answers of MinIO have in common is in minioAnswer
}

// An Exception is an answer that isn't that of AWS's STS.
type Exception struct {
	Why  string
	Want Answer
}

// An Answer is what is compared.
type Answer struct {
	Status int
	Code   string // of an error
	// Life is how long the session lasts, to the minute.
	Life time.Duration
	// Subject and Audience are the token's, as the server returns them.
	Subject, Audience string
	// Session is the session's name, the end of the assumed role's ARN.
	Session string
}

// Expected returns the answer that the case wants from a server.
func (c Case) Expected(server string) Answer {
	if e, ok := c.Except[server]; ok {
		return e.Want
	}
	if server == MinIO {
		return minioAnswer(c.Want)
	}
	return c.Want
}

// Ask sends the case's request with the SDK's own client, and returns the answer. Its error is that
// the server was not reached, not one that the server answers with.
func (c Case) Ask(ctx context.Context, w World) (Answer, error) {
	client := sts.New(sts.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(w.Endpoint),
		HTTPClient:   w.httpClient(),
		Retryer:      aws.NopRetryer{},
	})
	in := &sts.AssumeRoleWithWebIdentityInput{
		RoleArn:          aws.String(w.RoleARN),
		RoleSessionName:  aws.String("payments.api-0"),
		WebIdentityToken: aws.String(w.Issuer.Token(claims())),
	}
	if c.Change != nil {
		c.Change(w, in)
	}
	sent := time.Now()
	out, err := client.AssumeRoleWithWebIdentity(ctx, in)
	if err != nil {
		return refusal(err)
	}
	a := Answer{
		Status:   http.StatusOK,
		Subject:  aws.ToString(out.SubjectFromWebIdentityToken),
		Audience: aws.ToString(out.Audience),
	}
	if out.Credentials != nil {
		a.Life = aws.ToTime(out.Credentials.Expiration).Sub(sent).Round(time.Minute)
	}
	if out.AssumedRoleUser != nil {
		arn := aws.ToString(out.AssumedRoleUser.Arn)
		a.Session = arn[strings.LastIndexByte(arn, '/')+1:]
	}
	return a, nil
}

func (w World) httpClient() aws.HTTPClient {
	if w.Client == nil {
		return http.DefaultClient
	}
	return w.Client
}

// refusal turns an error that the server answered with into an Answer, and returns any other error.
func refusal(err error) (Answer, error) {
	var response *awshttp.ResponseError
	var api smithy.APIError
	if !errors.As(err, &response) || !errors.As(err, &api) {
		return Answer{}, err
	}
	return Answer{Status: response.HTTPStatusCode(), Code: api.ErrorCode()}, nil
}

// claims returns the claims of a token that is accepted.
func claims() irsatest.Claims {
	return irsatest.Claims{Namespace: Namespace, ServiceAccount: ServiceAccount, Lifetime: tokenLife}
}
