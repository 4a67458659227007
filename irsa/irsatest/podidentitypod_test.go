package irsatest_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestAPodWithAnAssociationHasTheAgentsVariables(t *testing.T) {
	a := agent(t)
	pod := irsatest.NewPod(t, irsatest.PodOptions{Issuer: issuer, PodIdentity: true, Claims: apiPod})
	assert.Equal(t, []string{
		"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + agentURL,
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=" + pod.TokenFile(),
		"AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1", "AWS_STS_REGIONAL_ENDPOINTS=regional",
	}, pod.Env())
	assert.True(t, strings.HasSuffix(pod.TokenFile(), "eks-pod-identity-token"))

	cfg, err := config.LoadDefaultConfig(t.Context(),
		config.WithEndpointCredentialOptions(func(o *endpointcreds.Options) {
			o.HTTPClient = a.Client()
		}))
	require.NoError(t, err)
	got, err := cfg.Credentials.Retrieve(t.Context())
	require.NoError(t, err, "it is what the SDK's own chain takes")
	assert.Equal(t, "111122223333", got.AccountID)
	assert.Len(t, a.Requests(), 1)
	assert.Regexp(t, `^sha256:`, a.Requests()[0].Params.Get("Token"))
}

func TestTheProcessEntersAPodAndLeavesIt(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "/nowhere.pem")
	t.Setenv("AWS_ROLE_ARN", "before")
	pod, err := irsatest.WritePod(t.TempDir(), irsatest.PodOptions{Issuer: issuer, RoleARN: roleARN})
	require.NoError(t, err)
	restore, err := pod.Setenv()
	require.NoError(t, err)
	_, bundle := os.LookupEnv("AWS_CA_BUNDLE")
	assert.False(t, bundle)
	assert.Equal(t, roleARN, os.Getenv("AWS_ROLE_ARN"))
	require.NoError(t, restore())
	assert.Equal(t, "/nowhere.pem before", os.Getenv("AWS_CA_BUNDLE")+" "+os.Getenv("AWS_ROLE_ARN"))
	_, file := os.LookupEnv("AWS_WEB_IDENTITY_TOKEN_FILE")
	assert.False(t, file)
}

// A real cluster's keys are its own: the agent, as EKS Auth, fetches them from the issuer.
func TestTheAgentFetchesTheKeysOfAnIssuerByURL(t *testing.T) {
	a := agent(t)
	a.Issuer, a.IssuerURL = nil, issuer.URL()
	host := strings.TrimPrefix(issuer.URL(), "https://")
	host, _, _ = strings.Cut(host, "/")
	a.STS.HTTPClient = irsatest.Client(map[string]http.Handler{host: issuer})
	defer a.STS.HTTPClient.CloseIdleConnections()
	resp, body := fetch(t, a, agentURL, agentToken(apiPod))
	assert.Equal(t, http.StatusOK, resp.StatusCode, body)

	stranger := irsatest.NewIssuer(issuer.URL())
	claims := apiPod
	claims.Audience = []string{"pods.eks.amazonaws.com"}
	resp, body = fetch(t, a, agentURL, stranger.Token(claims))
	assert.Equal(t, http.StatusBadRequest, resp.StatusCode)
	assert.Contains(t, body, "could not be verified")

	resp, body = fetch(t, a, agentURL, irsatest.NewIssuer("https://elsewhere.example.com").Token(claims))
	assert.Equal(t, http.StatusBadRequest, resp.StatusCode)
	assert.Contains(t, body, "not from this cluster's issuer")
}
