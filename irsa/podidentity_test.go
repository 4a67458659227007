package irsa_test

import (
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestAConfigOfPodIdentityKeepsEveryPromise(t *testing.T) {
	inAgentBubble(t, 0, func(t *testing.T, w *agentBed) {
		noRegion(t, w.testbed)
		var log syncBuffer
		var refreshes []irsa.Refresh
		l := w.loadBed(t, irsa.Options{
			Logger:    slog.New(slog.NewTextHandler(&log, nil)),
			OnRefresh: func(r irsa.Refresh) { refreshes = append(refreshes, r) },
		}, through(w.agent.Client()))
		assert.Equal(t, "eu-west-1", l.cfg.Region, "by the issuer of the token")
		c, err := l.p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "222233334444", c.AccountID)
		assert.Equal(t, 6*time.Hour, time.Until(c.Expires))

		s := l.p.Status()
		assert.Equal(t, "reader-7c", s.Token.Pod)
		assert.Equal(t, []string{"pods.eks.amazonaws.com"}, s.Token.Audience)
		assert.Equal(t, c.Expires, s.Expires)
		assert.Empty(t, s.RoleARN, "nothing in the pod says which role it is")
		synctest.Wait()
		require.Len(t, refreshes, 1)
		assert.NoError(t, refreshes[0].Err)
		assert.Equal(t, c.Expires, refreshes[0].Expires)
		assert.Contains(t, log.String(), "irsa: refreshed")

		sources := l.p.ProviderSources()
		assert.Equal(t, []aws.CredentialSource{aws.CredentialSourceHTTP, aws.CredentialSourceUndefined}, sources)
		fresh, err := l.p.MinLife(5 * time.Hour).Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, c.Expires.Add(-5*time.Hour), fresh.Expires)
		_, err = l.p.MinLife(7 * time.Hour).Retrieve(t.Context())
		require.ErrorContains(t, err, "7h")
	})
}

// The kubelet replaces the file, and the agent takes the token that is in it now alone.
func TestTheTokenForTheAgentIsReadForEachAttempt(t *testing.T) {
	inAgentBubble(t, 0, func(t *testing.T, w *agentBed) {
		require.NoError(t, w.pod.Write("not written yet"))
		p := w.provider(t, irsa.Options{})
		time.AfterFunc(time.Second, func() { assert.NoError(t, w.pod.Rotate()) })
		_, err := p.Retrieve(t.Context())
		require.ErrorIs(t, err, irsa.ErrToken)
		time.Sleep(2 * time.Second)
		_, err = p.Retrieve(t.Context())
		require.NoError(t, err)
	})
}

func TestASessionThatEndedBeforeItCameIsNoSession(t *testing.T) {
	inAgentBubble(t, -time.Minute, func(t *testing.T, w *agentBed) {
		_, err := w.provider(t, irsa.Options{}).Retrieve(t.Context())
		require.ErrorIs(t, err, irsa.ErrUnreachable)
		require.ErrorContains(t, err, "ended before it came")
		assert.Contains(t, irsa.Explain(err), "clock")
	})
}

// associatedStore is a service that forgets sessions, for a config whose credentials are the agent's.
func associatedStore(t *testing.T, w *agentBed) (*strictStore, *s3.Client, *irsa.Provider) {
	t.Helper()
	store := &strictStore{sts: w.sts, code: "InvalidAccessKeyId", revoked: map[string]bool{}}
	w.http = irsatest.Client(map[string]http.Handler{"*.amazonaws.com": store})
	l := w.loadBed(t, irsa.Options{}, through(w.agent.Client()))
	return store, s3.NewFromConfig(l.cfg), l.p
}

func TestASessionOfTheAgentHealsWhereTheAgentHasAnother(t *testing.T) {
	inAgentBubble(t, 0, func(t *testing.T, w *agentBed) {
		store, client, _ := associatedStore(t, w)
		require.NoError(t, getObject(t, client))
		store.recreateRole()
		time.Sleep(4 * time.Hour) // the agent renews after three
		require.NoError(t, getObject(t, client))
	})
}

// The agent keeps its sessions for hours, whatever a service thinks of them.
func TestAnAgentThatRepeatsARejectedSessionEndsHealing(t *testing.T) {
	inAgentBubble(t, 0, func(t *testing.T, w *agentBed) {
		store, client, p := associatedStore(t, w)
		require.NoError(t, getObject(t, client))
		before := len(w.agent.Requests())
		store.recreateRole()
		for range 600 {
			require.Error(t, getObject(t, client))
			time.Sleep(time.Second)
		}
		assert.LessOrEqual(t, len(w.agent.Requests())-before, 3)
		_, err := p.Retrieve(t.Context())
		require.NoError(t, err, "what the agent gives is served")
	})
}

func TestConfigsOfOneLoaderShareTheContainersCredentials(t *testing.T) {
	w := newTestbed(t)
	noIdentity(t, w)
	containerCredentials(t, w)
	var l irsa.Loader
	first := provider(t, &l, w.ctx)
	assert.Same(t, first, provider(t, &l, w.ctx))
	assert.NotSame(t, first, provider(t, new(irsa.Loader), w.ctx))
	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another")
	assert.NotSame(t, first, provider(t, &l, w.ctx))
}

// ECS has a variable of its own, which goes before.
func TestTasksOfECSAreServedTheSameWay(t *testing.T) {
	inAgentBubble(t, 0, func(t *testing.T, w *agentBed) {
		t.Setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/task")
		t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "")
		asked := ""
		task := roundTripper(func(r *http.Request) (*http.Response, error) {
			asked = r.URL.String()
			assert.Empty(t, r.Header.Get("Authorization"))
			return answerOf(200, `{"AccessKeyId":"TASK","SecretAccessKey":"s","Token":"t","Expiration":"`+
				time.Now().Add(6*time.Hour).UTC().Format(time.RFC3339)+`"}`), nil
		})
		p := w.loadBed(t, irsa.Options{}, through(&http.Client{Transport: task})).p
		c, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "TASK", c.AccessKeyID)
		assert.Equal(t, "http://169.254.170.2/v2/credentials/task", asked)
		assert.Nil(t, p.Status().Token)
	})
}
