package irsa

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestAProxyInTheWayIsToldFromSTS(t *testing.T) {
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer refuses.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, proxy := range map[string]string{"one that refuses CONNECT": refuses.URL, "one that isn't there": gone.URL} {
		t.Run(name, func(t *testing.T) {
			u, err := url.Parse(proxy)
			require.NoError(t, err)
			transport := &http.Transport{Proxy: http.ProxyURL(u)}
			defer transport.CloseIdleConnections()
			client := sts.New(sts.Options{Region: "eu-west-1", HTTPClient: &http.Client{Transport: transport}, Retryer: aws.NopRetryer{}})
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
	pod := irsatest.NewPod(t, irsatest.PodOptions{Issuer: cluster, RoleARN: testRole, Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"}})
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
