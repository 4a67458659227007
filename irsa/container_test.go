package irsa_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// An agentBed is a testbed in a pod with an EKS Pod Identity association.
type agentBed struct {
	*testbed
	agent *irsatest.PodIdentity
}

// inAgentBubble runs a test in virtual time, in a pod whose sessions last for life; 0: as EKS's do.
func inAgentBubble(t *testing.T, life time.Duration, test func(*testing.T, *agentBed)) {
	t.Helper()
	inBubble(t, func(t *testing.T, w *testbed) {
		agent := &irsatest.PodIdentity{STS: w.sts, Issuer: podIssuer, SessionDuration: life}
		require.NoError(t, agent.Associate(irsatest.Association{
			Namespace: "payments", ServiceAccount: "reader", RoleARN: hop1Role,
		}))
		w.pod = irsatest.NewPod(t, irsatest.PodOptions{
			Issuer: podIssuer, PodIdentity: true,
			Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "reader", Pod: "reader-7c"},
		})
		defer func() {
			agent.ClearFaults()
			time.Sleep(time.Minute)
			agent.Wait()
		}()
		test(t, &agentBed{w, agent})
	})
}

// through lets the config ask the agent over a client.
func through(client *http.Client) func(*config.LoadOptions) error {
	return config.WithEndpointCredentialOptions(func(o *endpointcreds.Options) { o.HTTPClient = client })
}

func (w *agentBed) provider(t *testing.T, o irsa.Options) *irsa.Provider {
	t.Helper()
	return w.loadBed(t, o, through(w.agent.Client())).p
}

// Sessions with a target role last for 59 minutes, which the agent repeats until 15 seconds before
// their end.
func TestSessionsOfPodIdentityStallNobody(t *testing.T) {
	for _, life := range []time.Duration{6 * time.Hour, 59 * time.Minute} {
		t.Run(life.String(), func(t *testing.T) {
			inAgentBubble(t, life, func(t *testing.T, w *agentBed) {
				w.agent.Inject(irsatest.Fault{Do: irsatest.Delay(6 * time.Second)})
				p := w.provider(t, irsa.Options{})
				_, err := p.Retrieve(t.Context())
				require.NoError(t, err)
				w.rotate(t, 24*time.Hour)
				got := read(p, 4, 10*time.Second, 24*time.Hour, notExpired(t, 0))
				require.NoError(t, got.lastErr)
				assert.Zero(t, got.waits)
				t.Logf("%d requests in a day", len(w.agent.Requests()))
			})
		})
	}
}

func TestTenMinutesWithoutTheAgentFailNobody(t *testing.T) {
	for name, do := range map[string]irsatest.Effect{
		"429": irsatest.Status(429), "500": irsatest.Status(500), "silence": irsatest.Stall(irsatest.Response),
		"refused": irsatest.Cut(irsatest.Connect),
	} {
		for minute := 0; minute < 180; minute += 5 {
			t.Run(fmt.Sprintf("%s from minute %d", name, minute), func(t *testing.T) {
				inAgentBubble(t, 6*time.Hour, func(t *testing.T, w *agentBed) {
					p := w.provider(t, irsa.Options{})
					_, err := p.Retrieve(t.Context())
					require.NoError(t, err)
					time.Sleep(time.Duration(minute)*time.Minute + 3*time.Hour)
					w.agent.Inject(irsatest.Fault{Do: do})
					got := read(p, 4, time.Second, 10*time.Minute, notExpired(t, 0))
					w.agent.ClearFaults()
					after := read(p, 4, 10*time.Second, time.Hour, notExpired(t, 0))
					require.NoError(t, errors.Join(got.lastErr, after.lastErr))
					assert.Zero(t, got.waits+after.waits)
				})
			})
		}
	}
}

func TestALateAgentIsWaitedFor(t *testing.T) {
	inAgentBubble(t, 0, func(t *testing.T, w *agentBed) {
		time.AfterFunc(15*time.Second, w.agent.Inject(irsatest.Fault{Do: irsatest.Cut(irsatest.Connect)}))
		p, begin := w.provider(t, irsa.Options{}), time.Now()
		_, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Less(t, time.Since(begin), 17*time.Second)
	})
}

// A sidecar that serves credentials, as Vault's and IAM Roles Anywhere's do, starts with its pod.
func TestALateSidecarIsWaitedFor(t *testing.T) {
	for range 100 {
		inAgentBubble(t, 0, func(t *testing.T, w *agentBed) {
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1338/credentials")
			t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "")
			t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "opaque")
			begin := time.Now()
			sidecar := roundTripper(func(r *http.Request) (*http.Response, error) {
				if time.Since(begin) < 10*time.Second {
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
				}
				assert.Equal(t, "opaque", r.Header.Get("Authorization"))
				return answerOf(200, `{"AccessKeyId":"SIDECAR","SecretAccessKey":"s","Token":"t"}`), nil
			})
			p := w.loadBed(t, irsa.Options{}, through(&http.Client{Transport: sidecar})).p
			c, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			assert.Equal(t, "SIDECAR", c.AccessKeyID)
			assert.False(t, c.CanExpire, "it did not say when they end")
		})
	}
}

// answerOf is an answer with a body.
func answerOf(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: make(http.Header), Body: io.NopCloser(strings.NewReader(body)),
	}
}

// The agent's source has these answers (aws/eks-pod-identity-agent, pkg/errors and pkg/handlers).
func TestEachAnswerOfTheAgentSaysWhatItMeans(t *testing.T) {
	for _, tc := range []struct {
		name   string
		status int
		body   string
		reason error
		says   string // part of Explain
	}{
		{"no token", 400, "[]: Service account token cannot be empty", nil, "token"},
		{"no JWT", 400, "[]: Service account token cannot be parsed: token is malformed", irsa.ErrToken, "token"},
		{"an old token", 400, "[]: Service account token failed basic claim validations: token is expired",
			irsa.ErrTokenExpired, "expired"},
		{"a token before its time", 400, "[]: Service account token failed basic claim validations: " +
			"token is not valid yet", irsa.ErrToken, "not valid"},
		{"an old token, says EKS Auth", 400, "[id-1]: (ExpiredTokenException): Token expired: current date/time 1 " +
			"must be before the expiration date/time 0, fault: client", irsa.ErrTokenExpired, "expired"},
		{"another cluster's token", 400, "[id-1]: (InvalidTokenException): no, fault: client", irsa.ErrToken,
			"pods.eks.amazonaws.com"},
		{"a token of another form", 400, "[id-1]: (InvalidParameterException): no, fault: client", irsa.ErrToken,
			"pods.eks.amazonaws.com"},
		{"a request that means nothing", 400, "[id-1]: (InvalidRequestException): no, fault: client", irsa.ErrToken,
			"pods.eks.amazonaws.com"},
		{"a node's role", 400, "[id-1]: (AccessDeniedException): User: arn:aws:sts::111122223333:assumed-role/node/i is " +
			"not authorized, fault: client", irsa.ErrTrust, "AmazonEKSWorkerNodePolicy"},
		{"an old agent's trust policy", 500, "[]: operation error EKS Auth: AssumeRoleForPodIdentity, api error " +
			"AccessDeniedException: Unauthorized Exception! EKS does not have permissions", irsa.ErrTrust, "sts:TagSession"},
		{"EKS Auth's fault", 500, "[id-1]: (InternalServerException): no, fault: server", irsa.ErrUnreachable, "eks-auth"},
		{"EKS Auth away", 503, "[id-1]: (ServiceUnavailableException): no, fault: server", irsa.ErrUnreachable, "eks-auth"},
		{"EKS Auth's limits", 429, "[id-1]: (ThrottlingException): no, fault: client", irsa.ErrThrottled, "throttle"},
		{"a past end", 200, `{"AccessKeyId":"A","SecretAccessKey":"s","Token":"t","Expiration":"2000-01-01T00:00:00Z"}`,
			irsa.ErrUnreachable, "clock"},
		{"the year 9999", 200, `{"AccessKeyId":"","SecretAccessKey":"s","Token":"t",` +
			`"Expiration":"9999-12-31T23:59:59Z"}`, irsa.ErrUnreachable, "agent"},
		{"half credentials", 200, `{"AccessKeyId":"A","SecretAccessKey":"","Token":"t",` +
			`"Expiration":"2100-01-01T00:00:00Z"}`, irsa.ErrUnreachable, "agent"},
		{"a trust policy", 400, "[id-1]: (AccessDeniedException): Unauthorized Exception! EKS does not have permissions " +
			"to assume the associated role., fault: client", irsa.ErrTrust, "sts:TagSession"},
		{"no association", 404, "[id-1]: (ResourceNotFoundException): No association, fault: client",
			irsa.ErrNotConfigured, "create-pod-identity-association"},
		{"another address", 403, "[]: Access Denied. Called agent through invalid address, please use either ...",
			irsa.ErrUnreachable, "address"},
		{"too many requests", 429, "Too Many Requests", irsa.ErrThrottled, "throttle"},
		{"no EKS Auth", 500, "[]", irsa.ErrUnreachable, "eks-auth"},
		{"an empty object", 200, "{}", nil, "agent"},
		{"null", 200, "null", nil, "agent"},
		{"a page", 200, "<html>", nil, "agent"},
		{"no end", 200, `{"AccessKeyId":"A","SecretAccessKey":"s","Token":"t"}`, nil, "agent"},
		{"another server", 404, "<html>not found</html>", nil, "agent"},
		{"a redirect", 307, "", nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inAgentBubble(t, 0, func(t *testing.T, w *agentBed) {
				asked := 0
				p := w.loadBed(t, irsa.Options{}, through(&http.Client{
					Transport: roundTripper(func(*http.Request) (*http.Response, error) {
						asked++
						resp := answerOf(tc.status, tc.body)
						resp.Header.Set("Location", "http://127.0.0.1:1/")
						return resp, nil
					}),
					CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
				})).p
				_, err := p.Retrieve(t.Context())
				var e *irsa.Error
				require.ErrorAs(t, err, &e)
				if tc.reason != nil {
					require.ErrorIs(t, err, tc.reason)
				}
				assert.NotContains(t, err.Error(), "\n")
				assert.Regexp(t, `^irsa: get container credentials`, err.Error())
				assert.Contains(t, irsa.Explain(err), tc.says)
				assert.NotEmpty(t, irsa.Explain(err))
				t.Log(err)
			})
		})
	}
}

// The SDK gives the token to the proxy that HTTP_PROXY names, in plain text.
func TestTheTokenForTheAgentPassesNoProxy(t *testing.T) {
	w := newTestbed(t)
	proxied := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied++ }))
	defer proxy.Close()
	noIdentity(t, w)
	containerCredentials(t, w)
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	c, err := w.loadBed(t, irsa.Options{}).p.Retrieve(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "CONTAINER", c.AccessKeyID)
	assert.Zero(t, proxied)
}
