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

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

func TestWhatPassesTheProxyIsAddedToWhatDoesAlready(t *testing.T) {
	e := healthy(t)
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		t.Setenv(name, "")
	}
	assert.Contains(
		t, e.fix(advice.ProxyPassed),
		"set env \"${WORKLOAD:?such as deployment/api}\" NO_PROXY=sts.eu-west-1.amazonaws.com",
	)
	t.Setenv("no_proxy", "10.0.0.0/8,.svc")
	assert.Contains(t, e.fix(advice.ProxyPassed), " NO_PROXY=10.0.0.0/8,.svc,sts.eu-west-1.amazonaws.com")
}

func TestAnEndpointThatIsNotAWSsIsToldByWhoNamesIt(t *testing.T) {
	e := healthy(t)
	t.Setenv("AWS_ENDPOINT_URL", "")
	t.Setenv("AWS_ENDPOINT_URL_STS", "")
	e.token.Pod = "api-7c9f4d8b6-x2x5q"
	e.endpoint = &url.URL{Scheme: "https", Host: "minio.example.com"}
	e.probe = &probe{endpoint: e.endpoint, seen: stsclient.Seen{Phase: stsclient.Waiting}}
	assert.Contains(t, e.fix(advice.SilentAfterConnect), "or see that minio.example.com is an STS that runs")
	assert.Contains(t, e.fix(advice.SilentAfterConnect), "the shared config file names it")
	t.Setenv("AWS_ENDPOINT_URL", "https://minio.example.com")
	assert.Contains(
		t, e.fix(advice.SilentAfterConnect),
		"\n    kubectl -n payments set env deployment/api AWS_ENDPOINT_URL- "+
			"AWS_ENDPOINT_URL_S3=https://minio.example.com",
	)
	t.Setenv("AWS_ENDPOINT_URL", "https://me:hidden@minio.example.com")
	assert.Contains(t, e.fix(advice.SilentAfterConnect), ` AWS_ENDPOINT_URL_S3="${ENDPOINT_URL:?}"`)
	assert.NotContains(t, e.fix(advice.SilentAfterConnect), "hidden")
	t.Setenv("AWS_ENDPOINT_URL_STS", "https://minio.example.com")
	assert.Contains(
		t, e.fix(advice.SilentAfterConnect),
		"\n    kubectl -n payments set env deployment/api AWS_ENDPOINT_URL_STS-",
	)
}

func TestWhatKeepsTheConfigFromLoadingIsSaidToBeNamedByTheMessage(t *testing.T) {
	e := healthy(t)
	e.loadErr = errors.New("line 3 is none")
	assert.Contains(t, e.loadFix(), "Correct what the message names")
	e.loadErr = &irsa.Error{Op: "load config", Reason: irsa.ErrRegion}
	assert.Equal(t, irsa.Explain(e.loadErr), e.loadFix())
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
			e := gather(t.Context(), Options{})
			require.Error(t, e.loadErr)
			assert.Contains(t, e.loadFix()+"\n", " "+name+"-\n", e.loadErr)
			assert.NotContains(t, e.loadFix(), "AWS_ROLE_ARN-")
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
		e := healthy(t)
		e.cfg.Region = "cn-north-1"
		e.endpoint.Host = "sts.cn-north-1.amazonaws.com.cn"
		e.probe = &probe{endpoint: e.endpoint, err: context.DeadlineExceeded,
			seen: stsclient.Seen{Phase: stsclient.Connecting, Addresses: []netip.Addr{netip.MustParseAddr(address)}}}
		c := e.network()[1]
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
	e := healthy(t)
	e.probe = &probe{
		endpoint: e.endpoint, seen: stsclient.Seen{Phase: stsclient.Handshaking},
		err: &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}},
	}
	assert.Contains(t, e.network()[2].Fix, "set up time synchronisation")
	for _, err := range []error{
		x509.UnknownAuthorityError{},
		x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign},
	} {
		e.probe.err = &tls.CertificateVerificationError{Err: err}
		assert.Contains(t, e.network()[2].Fix, "AWS_CA_BUNDLE=")
		assert.NotContains(t, e.network()[2].Fix, "time synchronisation")
	}
}

func TestAnEndpointWithoutAHostIsNoEndpoint(t *testing.T) {
	e := healthy(t)
	t.Setenv("AWS_ENDPOINT_URL_STS", "sts.eu-west-1.amazonaws.com")
	e.endpoint = &url.URL{Path: "/sts.eu-west-1.amazonaws.com"}
	c := e.stsEndpoint()
	assert.Equal(t, Fail, c.Result)
	assert.Contains(t, c.Fix, " AWS_ENDPOINT_URL_STS-")
}
