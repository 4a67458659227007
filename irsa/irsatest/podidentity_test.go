package irsatest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// agent is one whose STS knows the association of the service account payments/api.
func agent(t testing.TB) *irsatest.PodIdentity {
	t.Helper()
	a := &irsatest.PodIdentity{STS: new(irsatest.STS), Issuer: issuer}
	require.NoError(t, a.Associate(irsatest.Association{Namespace: "payments", ServiceAccount: "api",
		RoleARN: roleARN}))
	return a
}

// agentToken is a token for the agent, with these claims.
func agentToken(c irsatest.Claims) string {
	if c.Audience == nil {
		c.Audience = []string{"pods.eks.amazonaws.com"}
	}
	return issuer.Token(c)
}

// fetch asks the agent as a pod does.
func fetch(t testing.TB, a *irsatest.PodIdentity, url, token string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	if token != "" {
		r.Header.Set("Authorization", token)
	}
	resp, err := a.Client().Do(r)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp, string(body)
}

const agentURL = "http://169.254.170.23/v1/credentials"

func TestTheAgentGivesASessionOfTheAssociatedRole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := agent(t)
		for _, url := range []string{agentURL, "http://[fd00:ec2::23]/v1/credentials",
			"http://127.0.0.1:8080/v1/credentials"} {
			resp, body := fetch(t, a, url, agentToken(apiPod))
			require.Equal(t, http.StatusOK, resp.StatusCode, body)
			assert.Equal(t, "application/json", resp.Header.Get("Content-Type"))
			assert.Regexp(t, `^\{"AccessKeyId":"ASIA\w{16}","SecretAccessKey":"[^"]{40}","Token":"[^"]+",`+
				`"AccountId":"111122223333","Expiration":"2000-01-01T06:00:00Z"\}\n$`, body)
		}
		_, body := fetch(t, a, agentURL, agentToken(apiPod))
		var keys struct{ AccessKeyID, SecretAccessKey, Token string }
		require.NoError(t, json.Unmarshal([]byte(body), &keys))
		me, err := sts.New(sts.Options{
			Region: "eu-west-1", HTTPClient: a.STS.Client(),
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey,
					SessionToken: keys.Token}, nil
			}),
		}).GetCallerIdentity(t.Context(), nil)
		require.NoError(t, err)
		assert.Regexp(t, `^arn:aws:sts::111122223333:assumed-role/reader/eks-example-api-0-[0-9a-f-]{36}$`, *me.Arn)
		assert.Equal(t, *me.Arn, a.STS.Identity(keys.AccessKeyID))
	})
}

func TestTheAgentRefusesInItsOwnWords(t *testing.T) {
	for _, tc := range []struct {
		name, url string
		token     func() string
		status    int
		body      string // after the request id
	}{
		{"no token", agentURL, func() string { return "" }, 400, `\[\]: Service account token cannot be empty`},
		{"not a JWT", agentURL, func() string { return "secret" }, 400,
			`\[\]: Service account token cannot be parsed: token is malformed: token contains an invalid number of segments`},
		{"a scheme in front", agentURL, func() string { return "Bearer " + agentToken(apiPod) }, 400,
			`\[\]: Service account token cannot be parsed: token is malformed: .*`},
		{"a token that has expired", agentURL, func() string {
			return agentToken(irsatest.Claims{Namespace: "payments", ServiceAccount: "api", Lifetime: -time.Second})
		}, 400, `\[\]: Service account token failed basic claim validations: token is expired`},
		{"a token of the future", agentURL, func() string {
			return agentToken(irsatest.Claims{Namespace: "payments", ServiceAccount: "api",
				IssuedAt: time.Now().Add(time.Hour)})
		}, 400, `\[\]: Service account token failed basic claim validations: token is not valid yet`},
		{"a token for STS", agentURL, func() string { return issuer.Token(apiPod) }, 400,
			`\[[0-9a-f-]{36}\]: \(InvalidTokenException\): .*audience.*, fault: client`},
		{"a forged token", agentURL, func() string {
			c := apiPod
			c.Audience = []string{"pods.eks.amazonaws.com"}
			return irsatest.NewIssuer(eks).Token(c)
		}, 400, `\[[0-9a-f-]{36}\]: \(InvalidTokenException\): .*, fault: client`},
		{"another cluster's token", agentURL, func() string {
			c := apiPod
			c.Audience = []string{"pods.eks.amazonaws.com"}
			return irsatest.NewIssuer("https://cluster.example").Token(c)
		}, 400, `\[[0-9a-f-]{36}\]: \(InvalidTokenException\): .*, fault: client`},
		{"no association", agentURL, func() string { return agentToken(irsatest.Claims{Namespace: "other"}) }, 404,
			`\[[0-9a-f-]{36}\]: \(ResourceNotFoundException\): The token included in the request has no service account role association for it\., fault: client`},
		{"another path", "http://169.254.170.23/v2/credentials", func() string { return agentToken(apiPod) }, 404,
			`404 page not found`},
		{"another address", "http://agent.example/v1/credentials", func() string { return agentToken(apiPod) }, 403,
			`\[\]: Access Denied\. Called agent through invalid address, please use either \[169\.254\.170\.23 fd00:ec2::23\] address not agent\.example`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			resp, body := fetch(t, agent(t), tc.url, tc.token())
			assert.Equal(t, tc.status, resp.StatusCode)
			assert.Regexp(t, "^"+tc.body+"\n$", body)
			assert.Equal(t, "text/plain; charset=utf-8", resp.Header.Get("Content-Type"))
			assert.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
		})
	}
	for code, status := range map[string]int{
		"AccessDeniedException": 400, "ExpiredTokenException": 400, "InvalidParameterException": 400,
		"ThrottlingException": 429, "InternalServerException": 500, "ServiceUnavailableException": 503,
		"NewException": 400,
	} {
		t.Run("the fault "+code, func(t *testing.T) {
			a := agent(t)
			a.Inject(irsatest.Fault{Do: irsatest.Error(code, "")})
			resp, body := fetch(t, a, agentURL, agentToken(apiPod))
			assert.Equal(t, status, resp.StatusCode)
			assert.Contains(t, body, "]: ("+code+"): ")
			assert.Equal(t, code, a.Requests()[0].Code)
		})
	}
	t.Run("the fault of an EKS Auth that can't be reached", func(t *testing.T) {
		a := agent(t)
		a.Inject(irsatest.Fault{Do: irsatest.Error("", "")})
		resp, body := fetch(t, a, agentURL, agentToken(apiPod))
		assert.Equal(t, "500 []\n", fmt.Sprint(resp.StatusCode, " ", body))
	})
}

func TestTheAgentJudgesTheRolesTrust(t *testing.T) {
	const target = "arn:aws:iam::444455556666:role/target"
	for _, tc := range []struct {
		name, policy, want string
	}{
		{"the service, with both actions", `{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},
			"Action":["sts:AssumeRole","sts:TagSession"]}`, ""},
		{"without TagSession", `{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":"sts:AssumeRole"}`, "AccessDeniedException"},
		{"another service", `{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:*"}`,
			"AccessDeniedException"},
		{"the pod's namespace", `{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":"sts:*",
			"Condition":{"StringEquals":{"aws:RequestTag/kubernetes-namespace":"payments"}}}`, ""},
		{"another namespace", `{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":"sts:*",
			"Condition":{"StringEquals":{"aws:RequestTag/kubernetes-namespace":"other"}}}`, "AccessDeniedException"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := &irsatest.PodIdentity{STS: new(irsatest.STS), Issuer: issuer}
			require.NoError(t, a.STS.AddRole(irsatest.Role{ARN: roleARN,
				TrustPolicy: `{"Version":"2012-10-17","Statement":` + tc.policy + `}`}))
			require.NoError(t, a.Associate(irsatest.Association{Namespace: "payments", ServiceAccount: "api",
				RoleARN: roleARN}))
			fetch(t, a, agentURL, agentToken(apiPod))
			assert.Equal(t, tc.want, a.Requests()[0].Code)
		})
	}
	t.Run("a target role gives 59 minutes in its own account", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a := agent(t)
			require.NoError(t, a.Associate(irsatest.Association{
				Namespace: "payments", ServiceAccount: "api", RoleARN: roleARN, TargetRoleARN: target,
			}))
			_, body := fetch(t, a, agentURL, agentToken(apiPod))
			assert.Contains(t, body, `"AccountId":"444455556666","Expiration":"2000-01-01T00:59:00Z"`)
		})
	})
	require.Error(t, new(irsatest.PodIdentity).Associate(irsatest.Association{RoleARN: roleARN}))
	require.Error(t, agent(t).Associate(irsatest.Association{RoleARN: "reader"}))
}

func TestTheAgentRepeatsASession(t *testing.T) {
	for name, tc := range map[string]struct {
		life, repeated time.Duration
	}{
		"of six hours until three have passed":        {0, 3 * time.Hour},
		"of 59 minutes until 15 s before their end":   {59 * time.Minute, 59*time.Minute - 15*time.Second},
		"that has ended never":                        {-time.Hour, 0},
		"of five minutes until 15 s before their end": {5 * time.Minute, 5*time.Minute - 15*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := agent(t)
				a.SessionDuration = tc.life
				ask := func() string {
					_, body := fetch(t, a, agentURL, agentToken(apiPod))
					return body
				}
				first := ask()
				if tc.repeated > 0 {
					time.Sleep(tc.repeated)
					if tc.life != 0 {
						require.Equal(t, first, ask(), "just before")
					}
					time.Sleep(time.Second)
				}
				require.NotEqual(t, first, ask())
			})
		})
	}
	t.Run("and gives another pod another one", func(t *testing.T) {
		a := agent(t)
		other := apiPod
		other.Pod = "api-1"
		_, one := fetch(t, a, agentURL, agentToken(apiPod))
		_, two := fetch(t, a, agentURL, agentToken(other))
		assert.NotEqual(t, one, two)
	})
}

func FuzzTheAgentsToken(f *testing.F) {
	a := agent(f)
	f.Add(agentToken(apiPod)[:40])
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJFUzI1NiJ9.e30.")
	f.Add("eyJhbGciOiJub25lIn0.eyJleHAiOjQxMDI0NDQ4MDB9.")
	f.Fuzz(func(t *testing.T, token string) {
		r, err := http.NewRequest(http.MethodGet, agentURL, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", token)
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		assert.Equal(t, http.StatusBadRequest, w.Code, "nobody guesses a signature")
		assert.Regexp(t, `^\[[^\]]*\]: `, w.Body.String())
		a.ForgetRequests()
	})
}
