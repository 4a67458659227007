package agent_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/agent"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

const (
	eks   = "http://169.254.170.23/v1/credentials"
	token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcGkifQ.c2VjcmV0LXNpZ25hdHVyZQ"
)

type client func(*http.Request) (*http.Response, error)

func (c client) Do(r *http.Request) (*http.Response, error) { return c(r) }

// answering is a client whose server gives one answer.
func answering(status int, body string) client {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: make(http.Header), Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	}
}

func get(t testing.TB, endpoint string, c client) (agent.Session, *stsclient.Failure) {
	t.Helper()
	a, err := agent.New(endpoint, c)
	require.NoError(t, err)
	return new(agent.Attempt).Get(context.Background(), a, token)
}

func TestASessionIsReadWhole(t *testing.T) {
	const keys = `"AccessKeyId":"A","SecretAccessKey":"s","Token":"t"`
	got, failure := get(t, eks, answering(200,
		`{`+keys+`,"AccountId":"111122223333","Expiration":"2026-01-02T03:04:05.123Z"}`))
	require.Nil(t, failure)
	assert.Equal(t, "111122223333", got.Credentials.AccountID)
	assert.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 123e6, time.UTC), got.Credentials.Expires)

	got, failure = get(t, "http://127.0.0.1:1338/", answering(200, `{`+keys+`}`))
	require.Nil(t, failure)
	assert.False(t, got.Credentials.CanExpire, "a sidecar need not say when they end")
	_, failure = get(t, eks, answering(200, `{`+keys+`}`))
	require.NotNil(t, failure, "EKS's agent does")
}

func TestTheTokenIsInNoFailure(t *testing.T) {
	for _, body := range []string{token, "[]: " + token, `{"code":"` + token + `","message":"` + token + `"}`,
		"[" + token + "]: (X): y"} {
		_, failure := get(t, eks, answering(400, body))
		require.NotNil(t, failure)
		assert.NotContains(t, failure.Err.Error()+failure.Message+failure.Code+failure.RequestID, token[24:50], body)
	}
}

func TestPlainConnectionsGoToThisMachineAlone(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			assert.Empty(t, r.Header.Get("Authorization"))
		}
		http.Redirect(w, r, "/moved", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	a, err := agent.New(server.URL, nil)
	require.NoError(t, err)
	_, failure := new(agent.Attempt).Get(t.Context(), a, token)
	require.NotNil(t, failure)
	assert.Equal(t, http.StatusTemporaryRedirect, failure.Status, "it is not followed")

	for _, address := range []string{"http://192.0.2.1/", "http://[2001:db8::1]/"} {
		a, err := agent.New(address, nil)
		require.NoError(t, err)
		_, failure = new(agent.Attempt).Get(t.Context(), a, token)
		require.NotNil(t, failure)
		require.ErrorIs(t, failure.Err, stsclient.ErrWithheld, "before anything is dialled")
	}
	_, err = agent.New("%zz", nil)
	require.Error(t, err)
}

func TestATokenOfEKSStaysOnTheNode(t *testing.T) {
	a, err := agent.New("https://credentials.example.com/", nil)
	require.NoError(t, err)
	require.ErrorIs(t, a.MayHave(true), stsclient.ErrWithheld)
	require.NoError(t, a.MayHave(false))
}

// Whatever answers, there are whole credentials or a failure, of one line and without the token.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		"{}", "null", "[]", "[]: Too Many Requests", "<html>", `{"AccessKeyId":1}`,
		`{"AccessKeyId":"A","SecretAccessKey":"s","Token":"t","Expiration":"2026-01-02T03:04:05Z"}`,
		"[id]: (AccessDeniedException): Unauthorized Exception! EKS does not, fault: client",
		"operation error: X, ThrottlingException: slow", token,
	} {
		f.Add(200, body)
		f.Add(400, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		got, failure := get(t, eks, answering(status, body))
		if failure == nil {
			assert.NotEmpty(t, got.Credentials.AccessKeyID)
			assert.NotEmpty(t, got.Credentials.SecretAccessKey)
			assert.NotEmpty(t, got.Credentials.SessionToken)
			assert.True(t, got.Credentials.CanExpire)
			return
		}
		require.Error(t, failure.Err)
		require.NotNil(t, failure.Topic)
		assert.NotContains(t, failure.Err.Error(), "\n")
		assert.NotContains(t, failure.Err.Error(), token[24:50])
	})
}
