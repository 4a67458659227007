package irsatest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestAnAgentFailsLikeAnyServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := agent(t)
		started := a.Inject(irsatest.Fault{Do: irsatest.Cut(irsatest.Connect)})
		time.AfterFunc(15*time.Second, started)
		_, err := a.Client().Get(agentURL)
		require.ErrorIs(t, err, syscall.ECONNREFUSED, "it starts late")
		time.Sleep(16 * time.Second)
		resp, _ := fetch(t, a, agentURL, agentToken(apiPod))
		assert.Equal(t, http.StatusOK, resp.StatusCode)

		a.Inject(irsatest.Fault{Do: irsatest.Delay(7 * time.Second)})
		began := time.Now()
		fetch(t, a, agentURL, agentToken(apiPod))
		assert.Equal(t, 7*time.Second, time.Since(began))
		a.ClearFaults()

		for body, effect := range map[string]irsatest.Effect{
			"{}":   irsatest.Reply(200, "application/json", "{}"),
			"null": irsatest.Reply(200, "application/json", "null"),
		} {
			a.Inject(irsatest.Fault{Times: 1, Do: effect})
			_, got := fetch(t, a, agentURL, agentToken(apiPod))
			assert.Equal(t, body, got)
		}
		a.Inject(irsatest.Fault{Times: 1, Do: irsatest.Omit("Expiration")})
		_, got := fetch(t, a, agentURL, agentToken(apiPod))
		assert.True(t, json.Valid([]byte(got)) && !strings.Contains(got, "Expiration"), got)
		a.Wait()
		a.ForgetRequests()
		assert.Empty(t, a.Requests())
	})
}

func TestAnAgentsAnswerIsCutOrStalls(t *testing.T) {
	for name, place := range map[string]int64{"before the answer": irsatest.Response, "in the answer": 20} {
		for kind, effect := range map[string]irsatest.Effect{"cut": irsatest.Cut(place), "stalls": irsatest.Stall(place)} {
			t.Run(kind+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					a := agent(t)
					remove := a.Inject(irsatest.Fault{Op: "AssumeRoleForPodIdentity", Do: effect})
					ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
					defer cancel()
					began := time.Now()
					_, err := endpointcreds.New(agentURL, func(o *endpointcreds.Options) {
						o.HTTPClient, o.Retryer = a.Client(), aws.NopRetryer{}
						o.AuthorizationToken = agentToken(apiPod)
					}).Retrieve(ctx)
					require.Error(t, err)
					if kind == "stalls" {
						require.ErrorIs(t, err, context.DeadlineExceeded)
						assert.Equal(t, 5*time.Second, time.Since(began))
					} else {
						assert.Zero(t, time.Since(began), "it fails at once")
					}
					remove()
					a.Wait()
					resp, _ := fetch(t, a, agentURL, agentToken(apiPod))
					assert.Equal(t, http.StatusOK, resp.StatusCode, "until the fault ends")
				})
			})
		}
	}
}

func TestAnAgentsRequestsAreKeptWithoutTheirSecrets(t *testing.T) {
	a := agent(t)
	one, two := agentToken(apiPod), agentToken(apiPod)
	var secrets []string
	for _, token := range []string{one, one, two, ""} {
		resp, body := fetch(t, a, agentURL, token)
		if resp.StatusCode == http.StatusOK {
			var creds struct{ SecretAccessKey, Token string }
			require.NoError(t, json.Unmarshal([]byte(body), &creds))
			secrets = append(secrets, token, creds.SecretAccessKey, creds.Token)
		}
	}
	require.Len(t, secrets, 9)
	requests := a.Requests()
	require.Len(t, requests, 4)
	for _, r := range requests {
		assert.Equal(t, "AssumeRoleForPodIdentity", r.Op)
		assert.Equal(t, "169.254.170.23", r.Host)
		assert.False(t, r.Received.IsZero())
		assert.Empty(t, r.AccessKey+r.Region, "nobody signs for the agent")
	}
	token := func(i int) string { return requests[i].Params.Get("Token") }
	assert.Equal(t, token(0), token(1))
	assert.NotEqual(t, token(0), token(2))
	assert.False(t, requests[3].Params.Has("Token"))
	assert.NotEmpty(t, requests[3].Code)
	text, err := json.Marshal(requests)
	require.NoError(t, err)
	for _, secret := range secrets {
		assert.NotContains(t, string(text), secret)
	}
}
