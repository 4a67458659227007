package irsa

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

var update = flag.Bool("update", false, "write the golden files of Explain and TROUBLESHOOTING.md")

// The role, the cluster and the STS of package tests.
const (
	testRole   = "arn:aws:iam::111122223333:role/teams/reader"
	testIssuer = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
	testHost   = "sts.eu-west-1.amazonaws.com"
)

// One cluster for all exchangeFailures, since keys take long to make.
var cluster = irsatest.NewIssuer(testIssuer)

// failExchange sends a token as an exchange does, through a fault, and returns the Error that
// becomes of it.
func failExchange(t *testing.T, r failureCase) (e *Error, token string) {
	t.Helper()
	service := new(irsatest.STS)
	require.NoError(t, service.Trust(testRole, cluster, "system:serviceaccount:payments:api"))
	service.Inject(r.fault.Fault)
	token = cluster.Token(irsatest.Claims{Namespace: "payments", ServiceAccount: "api"})
	client, err := stsclient.New(aws.Config{Region: "eu-west-1", HTTPClient: service.Client()})
	require.NoError(t, err)
	e = attempt(t, client, token)
	service.ClearFaults()
	time.Sleep(time.Minute) // in the bubble
	service.Wait()
	return e, token
}

// attempt makes one attempt of an exchange, which must fail.
func attempt(t *testing.T, client stscreds.AssumeRoleWithWebIdentityAPIClient, token string) *Error {
	t.Helper()
	x := newWebIdentity(identity{
		roleARN: testRole, sessionName: "payments.api-0", client: client, retriever: heldToken(token),
	})
	x.tokenFile = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
	ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
	defer cancel()
	_, err := x.fetch(ctx)
	var e *Error
	require.ErrorAs(t, err, &e)
	return e
}

// heldToken is a token that is in no file.
type heldToken string

func (h heldToken) GetIdentityToken() ([]byte, error) { return []byte(h), nil }

func TestEachRefusalIsExplainedFromTheWireOn(t *testing.T) {
	for _, r := range exchangeFailures {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, token := failExchange(t, r)
				for _, reason := range reasons {
					assert.Equal(t, reason == r.reason, errors.Is(e, reason), "%v", reason)
				}
				assert.Equal(t, r.class, classOf(fmt.Errorf("wrapped: %w", e)))
				assert.Equal(t, r.class != refresh.Permanent, e.Temporary)
				assert.Contains(t, e.Error(), r.message)
				assert.NotContains(t, e.Error(), "\n")
				assert.Equal(t, testHost, e.Endpoint)
				if r.fault.code != "" {
					assert.Equal(t, r.fault.code, e.Code)
					assert.Equal(t, r.fault.status, e.HTTPStatus)
					assert.NotEmpty(t, e.RequestID)
					var api smithy.APIError
					require.ErrorAs(t, e, &api)
					assert.Equal(t, r.fault.message, api.ErrorMessage())
				} else if r.phase != stsclient.Unsent {
					assert.ErrorIs(t, e, context.DeadlineExceeded)
					assert.Contains(t, e.Error(), testHost)
				}
				text := Explain(fmt.Errorf("wrapped: %w", e))
				leaksNothing(t, e, text, token)
				if e.RequestID != "" {
					text = strings.ReplaceAll(text, e.RequestID, "REQUEST-ID")
				}
				golden(t, r.name, text)
			})
		})
	}
}

// leaksNothing fails where a part of the token is in an error's text, in any format, or in its
// explanation.
func leaksNothing(t *testing.T, err error, text, token string) {
	t.Helper()
	shown := []string{text}
	for ; err != nil; err = errors.Unwrap(err) {
		shown = append(shown, fmt.Sprintf("%v %+v %#v %q", err, err, err, err))
		if e, ok := any(err).(*Error); ok {
			shown = append(shown, fmt.Sprintf("%#v %#v", *e, e.Token))
			err = e.Err
			shown = append(shown, fmt.Sprintf("%v %+v %#v", err, err, err))
		}
	}
	for _, part := range strings.Split(token, ".") {
		for _, s := range shown {
			assert.NotContains(t, s, part)
		}
	}
}

// golden compares a text with the file of this name in testdata/explain; -update writes it.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", "explain", strings.ReplaceAll(name, " ", "-")+".txt")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), text)
}

// reasons are all that errors.Is can find in an Error.
var reasons = []error{
	ErrNotConfigured, ErrNodeRole, ErrShadowed, ErrToken, ErrTokenExpired, ErrAudience, ErrIssuer,
	ErrTrust, ErrRegion, ErrThrottled, ErrUnreachable,
}

func TestAServerThatQuotesTheTokenLeaksNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		token := cluster.Token(irsatest.Claims{})
		for _, fault := range []stsFault{
			stsError(400, "ValidationError", "Value '"+token+"' at 'webIdentityToken' failed to satisfy constraint"),
			stsError(400, "InvalidIdentityToken", "no: "+token),
			stsError(400, token, "no"),
			{Fault: irsatest.Fault{Do: irsatest.Reply(400, "text/html", "<html>"+token)}, status: 400},
			{
				Fault: irsatest.Fault{
					Do: irsatest.Reply(
						200, "text/html",
						"<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>"+
							"<Credentials><SecretAccessKey>wJalrXUtnFEMI</SecretAccessKey><Expiration>wJalrXUtnFEMI</Expiration>",
					),
				},
				status: 200,
			},
		} {
			service := new(irsatest.STS)
			service.Inject(fault.Fault)
			client := sts.New(sts.Options{Region: "eu-west-1", HTTPClient: service.Client(), Retryer: aws.NopRetryer{}})
			e := attempt(t, client, token)
			leaksNothing(t, e, Explain(e), token)
			assert.NotContains(t, fmt.Sprintf("%v %#v", e, e), "wJalrXUtnFEMI")

			var response *smithyhttp.ResponseError
			require.ErrorAs(t, e, &response)
			assert.Equal(t, fault.status, response.HTTPStatusCode())
			assert.Equal(t, fault.status, e.HTTPStatus)
			assert.Nil(t, response.Response.Request, "its body is the token")
			assert.Equal(t, http.NoBody, response.Response.Body)
			var bad *smithy.DeserializationError
			if errors.As(e, &bad) {
				assert.Empty(t, bad.Snapshot)
			}
			service.Wait()
		}
	})
}

func TestTheSDKsTypesAreFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, _ := failExchange(t, failureCase{fault: stsError(400, "ExpiredTokenException", "Token expired: …")})
		var expired *types.ExpiredTokenException
		require.ErrorAs(t, e, &expired)
		var operation *smithy.OperationError
		require.ErrorAs(t, e, &operation)
		assert.Equal(t, "AssumeRoleWithWebIdentity", operation.Operation())
	})
}

func TestAProxyInTheWayIsToldFromSTS(t *testing.T) {
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	}))
	defer refuses.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, proxy := range map[string]string{
		"one that refuses CONNECT": refuses.URL, "one that isn't there": gone.URL,
	} {
		t.Run(name, func(t *testing.T) {
			u, err := url.Parse(proxy)
			require.NoError(t, err)
			transport := &http.Transport{Proxy: http.ProxyURL(u)}
			defer transport.CloseIdleConnections()
			client := sts.New(sts.Options{
				Region: "eu-west-1", HTTPClient: &http.Client{Transport: transport},
				Retryer: aws.NopRetryer{},
			})
			token := cluster.Token(irsatest.Claims{})
			e := attempt(t, client, token)
			require.ErrorIs(t, e, ErrUnreachable)
			assert.Equal(t, testHost, e.Endpoint, "the host that was asked, not the proxy")
			assert.Contains(t, Explain(e), "The proxy that HTTPS_PROXY names")
			assert.Contains(t, Explain(e), "NO_PROXY="+testHost)
			leaksNothing(t, e, Explain(e), token)
		})
	}
}

// What callers of a Provider see is the same Error, with the file that the token is from.
func TestAProvidersErrorIsExplained(t *testing.T) {
	service := new(irsatest.STS)
	require.NoError(t, service.Trust(testRole, cluster, "system:serviceaccount:payments:other"))
	pod := irsatest.NewPod(t, irsatest.PodOptions{
		Issuer: cluster, RoleARN: testRole,
		Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"},
	})
	p, err := NewProvider(aws.Config{Region: "eu-west-1", HTTPClient: service.Client()}, Options{})
	require.NoError(t, err)
	_, err = p.Retrieve(t.Context())
	require.ErrorIs(t, err, ErrTrust)
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "AccessDenied", e.Code)
	assert.Equal(t, http.StatusForbidden, e.HTTPStatus)
	assert.Equal(t, testHost, e.Endpoint)
	assert.NotEmpty(t, e.RequestID)
	assert.False(t, e.Temporary)
	token, err := stscreds.IdentityTokenFile(pod.TokenFile()).GetIdentityToken()
	require.NoError(t, err)
	text := Explain(e)
	assert.Contains(t, text, `"system:serviceaccount:payments:api"`)
	assert.Contains(t, text, "token file")
	leaksNothing(t, e, text, string(token))
	assert.Len(t, service.Requests(), 1, "a permanent fault costs one request")
}
