package diagnose

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAMisspeltRoleIsTheOneThatWasMeantWhereThatCanBeTold(t *testing.T) {
	const meant = "arn:aws:iam::111122223333:role/team/reader"
	for misspelt, want := range map[string]string{
		"arn:aws:iam::::111122223333:role/team/reader":    meant,
		"arn:aws:iam:111122223333:role/team/reader":       meant,
		" arn:aws:iam::111122223333:role/team/reader\n":   meant,
		"arn:aws:iam::111122223333:role//team/reader":     meant,
		"arn:aws: iam::111122223333:role/team/reader":     meant,
		"arn:aws:iam::123:role/team/reader":               "", // which account?
		"arn:aws:iam::111122223333:role/":                 "",
		"arn:aws:sts::111122223333:assumed-role/reader/x": "",
		"arn:aws:iam::111122223333:user/reader":           "",
		"reader":                                          "",
		"":                                                "",
	} {
		assert.Equal(t, want, mended(misspelt), "%q", misspelt)
	}
}

func TestWhatPassesTheProxyIsAddedToWhatDoesAlready(t *testing.T) {
	s := healthy(t)
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		t.Setenv(name, "")
	}
	assert.Contains(t, s.passProxy(), "set env \"${WORKLOAD:?such as deployment/api}\" NO_PROXY=sts.eu-west-1.amazonaws.com")
	t.Setenv("no_proxy", "10.0.0.0/8,.svc")
	assert.Contains(t, s.passProxy(), " NO_PROXY=10.0.0.0/8,.svc,sts.eu-west-1.amazonaws.com")
}

func TestAnEndpointThatIsNotAWSsIsToldByWhoNamesIt(t *testing.T) {
	s := healthy(t)
	t.Setenv("AWS_ENDPOINT_URL", "")
	t.Setenv("AWS_ENDPOINT_URL_STS", "")
	s.token.Pod = "api-7c9f4d8b6-x2x5q"
	s.probe = &probe{endpoint: &url.URL{Scheme: "https", Host: "minio.example.com"}}
	assert.Contains(t, s.otherEndpoint(), "the shared config file names it")
	t.Setenv("AWS_ENDPOINT_URL", "https://minio.example.com")
	assert.Contains(t, s.otherEndpoint(), "\n    kubectl -n payments set env deployment/api AWS_ENDPOINT_URL- AWS_ENDPOINT_URL_S3=https://minio.example.com")
	t.Setenv("AWS_ENDPOINT_URL_STS", "https://minio.example.com")
	assert.Contains(t, s.otherEndpoint(), "\n    kubectl -n payments set env deployment/api AWS_ENDPOINT_URL_STS-")
}

func TestAVariableThatKeepsTheConfigFromLoadingIsNamed(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_MAX_ATTEMPTS":      "many",
		"AWS_PROFILE":           "production",
		"AWS_ROLE_SESSION_NAME": "payments api/1",
		"AWS_CA_BUNDLE":         "/nowhere/ca.pem",
	} {
		t.Run(name, func(t *testing.T) {
			inPod(t)
			t.Setenv(name, value)
			s := newSubject(t.Context(), Options{})
			require.Error(t, s.loadErr)
			assert.Contains(t, s.loadFix(), " "+name+"-\n", s.loadErr)
			assert.NotContains(t, s.loadFix(), "AWS_ROLE_ARN-")
		})
	}
}
