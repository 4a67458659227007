package integration_test

import (
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/container"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// serveTLS serves over TLS, and lets clients that don't trust it pass in silence.
func serveTLS(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// In the image there is nothing but the binary, the certificates and the token.
func TestTheImageTrustsTheCertificatesInIt(t *testing.T) {
	issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
	sts := new(irsatest.STS)
	require.NoError(t, sts.Trust(roleARN, issuer, subject))
	s3 := &s3readtest.Server{Authorize: sts.Authorize}
	s3.Put("invoices", "2026/05.csv", "a,b\n")
	stsServer, s3Server := serveTLS(t, sts), serveTLS(t, s3)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: stsServer.Certificate().Raw})

	run := func(t *testing.T, certificates []byte) container.Result {
		root := t.TempDir()
		require.NoError(t, container.Root(root, build(t, "listbuckets"), certificates))
		folder := "/var/run/secrets/eks.amazonaws.com/serviceaccount"
		dir, err := container.Volume(root, folder)
		require.NoError(t, err)
		pod, err := irsatest.WritePod(dir, irsatest.PodOptions{
			Issuer: issuer, RoleARN: roleARN, Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"},
		})
		require.NoError(t, err)
		result, err := container.Run(t.Context(), root, []string{
			"AWS_ROLE_ARN=" + roleARN, "AWS_REGION=eu-west-1",
			"AWS_WEB_IDENTITY_TOKEN_FILE=" + folder + "/" + filepath.Base(pod.TokenFile()),
			"AWS_ENDPOINT_URL_STS=" + stsServer.URL, "AWS_ENDPOINT_URL_S3=" + s3Server.URL,
		})
		require.NoError(t, err)
		return result
	}

	t.Run("a server that they vouch for", func(t *testing.T) {
		result := run(t, certificate)
		require.Zero(t, result.Code, result.Stderr)
		assert.Contains(t, result.Stdout, "invoices")
	})

	t.Run("and no other", func(t *testing.T) {
		result := run(t, []byte("none"))
		assert.Equal(t, 1, result.Code)
		assert.Contains(t, result.Stderr, "certificate signed by unknown authority")
	})
}
