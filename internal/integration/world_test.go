package integration_test

import (
	"net/http/httptest"
	"testing"

	"github.com/seed-15cba5db/irsa-go/internal/integration/miniotest"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// serveIssuer serves a new issuer's documents on loopback.
func serveIssuer(t *testing.T) *irsatest.Issuer {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	issuer := irsatest.NewIssuer("http://" + server.Listener.Addr().String())
	server.Config.Handler = issuer
	server.Start()
	t.Cleanup(server.Close)
	return issuer
}

// startMinIO starts a MinIO that trusts a new issuer.
func startMinIO(t *testing.T) (*miniotest.Server, *irsatest.Issuer) {
	t.Helper()
	issuer := serveIssuer(t)
	return miniotest.Start(t, miniotest.Options{Issuer: issuer.URL()}), issuer
}
