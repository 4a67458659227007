package testca_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/testca"
)

func TestWhoTrustsAnAuthorityTrustsWhateverItCertifiesAndNoOther(t *testing.T) {
	var ca, another testca.Authority
	for _, host := range []string{"sts.eu-west-1.amazonaws.com", "127.0.0.1", "::1"} {
		certificate, err := ca.Of(host)
		require.NoError(t, err)
		leaf, err := x509.ParseCertificate(certificate.Certificate[0])
		require.NoError(t, err)
		name := host
		if ip := net.ParseIP(host); ip != nil {
			name = "[" + host + "]"
		}
		for _, now := range []time.Time{time.Unix(1, 0), time.Now(), time.Now().AddDate(100, 0, 0)} {
			_, err = leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: ca.Pool(), CurrentTime: now})
			require.NoError(t, err)
		}
		_, err = leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: another.Pool()})
		require.ErrorAs(t, err, new(x509.UnknownAuthorityError))
		_, err = leaf.Verify(x509.VerifyOptions{DNSName: "other.example.com", Roots: ca.Pool()})
		require.ErrorAs(t, err, new(x509.HostnameError))
		again, err := ca.Of(host)
		require.NoError(t, err)
		assert.Same(t, certificate, again)
	}
	asked, err := ca.Certificate(&tls.ClientHelloInfo{ServerName: "sts.eu-west-1.amazonaws.com"})
	require.NoError(t, err)
	first, err := ca.Of("sts.eu-west-1.amazonaws.com")
	require.NoError(t, err)
	assert.Same(t, first, asked)
}
