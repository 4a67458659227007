package diagnose

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
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
	s.probe = &probe{endpoint: &url.URL{Scheme: "https", Host: "minio.example.com"}, phase: waiting}
	assert.Contains(t, s.advice(waiting), "or see that minio.example.com is an STS that runs")
	assert.Contains(t, s.advice(waiting), "the shared config file names it")
	t.Setenv("AWS_ENDPOINT_URL", "https://minio.example.com")
	assert.Contains(t, s.advice(waiting), "\n    kubectl -n payments set env deployment/api AWS_ENDPOINT_URL- AWS_ENDPOINT_URL_S3=https://minio.example.com")
	t.Setenv("AWS_ENDPOINT_URL", "https://me:hidden@minio.example.com")
	assert.Contains(t, s.advice(waiting), ` AWS_ENDPOINT_URL_S3="${ENDPOINT_URL:?}"`)
	assert.NotContains(t, s.advice(waiting), "hidden")
	t.Setenv("AWS_ENDPOINT_URL_STS", "https://minio.example.com")
	assert.Contains(t, s.advice(waiting), "\n    kubectl -n payments set env deployment/api AWS_ENDPOINT_URL_STS-")
}

func TestWhatKeepsTheConfigFromLoadingIsSaidToBeNamedByTheMessage(t *testing.T) {
	s := healthy(t)
	s.loadErr = errors.New("line 3 is none")
	assert.Contains(t, s.loadFix(), "Correct what the message names")
	s.loadErr = &irsa.Error{Op: "load config", Reason: irsa.ErrRegion}
	assert.Equal(t, irsa.Explain(s.loadErr), s.loadFix())
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

func TestAnAddressThatDoesNotAnswerIsToldToBePrivateOrPublic(t *testing.T) {
	for address, want := range map[string]string{
		"10.0.7.9":        "its security group must let the nodes and pods in",
		"100.64.7.9":      "its security group must let the nodes and pods in",
		"198.19.7.9":      "its security group must let the nodes and pods in",
		"fd00:ec2::7":     "its security group must let the nodes and pods in",
		"54.239.32.126":   "or the VPC the interface endpoint cn.com.amazonaws.cn-north-1.sts with private DNS",
		"2a05:d050:8::9":  "or the VPC the interface endpoint cn.com.amazonaws.cn-north-1.sts with private DNS",
		"100.128.0.1":     "or the VPC the interface endpoint",
		"198.18.255.255":  "or the VPC the interface endpoint",
		"169.254.169.123": "its security group must let",
	} {
		s := healthy(t)
		s.cfg.Region = "cn-north-1"
		s.endpoint.Host = "sts.cn-north-1.amazonaws.com.cn"
		s.probe = &probe{endpoint: s.endpoint, phase: connecting, addresses: []netip.Addr{netip.MustParseAddr(address)}, err: context.DeadlineExceeded}
		c := s.network()[1]
		assert.Equal(t, Fail, c.Result)
		assert.Contains(t, c.Fix, want, address)
		kind := "public"
		if strings.Contains(want, "security group") {
			kind = "private"
		}
		assert.Contains(t, c.Detail, address+" ("+kind+")")
	}
}

func TestACertificateThatIsNotValidNowIsAQuestionOfClocks(t *testing.T) {
	s := healthy(t)
	s.probe = &probe{endpoint: s.endpoint, phase: handshaking, err: &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}}
	assert.Contains(t, s.network()[2].Fix, "set up time synchronisation")
	for _, err := range []error{x509.UnknownAuthorityError{}, x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}} {
		s.probe.err = &tls.CertificateVerificationError{Err: err}
		assert.Contains(t, s.network()[2].Fix, "AWS_CA_BUNDLE=")
		assert.NotContains(t, s.network()[2].Fix, "time synchronisation")
	}
}

func TestAnEndpointWithoutAHostIsNoEndpoint(t *testing.T) {
	s := healthy(t)
	t.Setenv("AWS_ENDPOINT_URL_STS", "sts.eu-west-1.amazonaws.com")
	s.endpoint = &url.URL{Path: "/sts.eu-west-1.amazonaws.com"}
	c := s.stsEndpoint()
	assert.Equal(t, Fail, c.Result)
	assert.Contains(t, c.Fix, " AWS_ENDPOINT_URL_STS-")
}
