package clustertest_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"crypto/tls"
	"crypto/x509"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/clustertest"
)

func TestCluster(t *testing.T) {
	begin := time.Now()
	c := clustertest.Start(t)
	t.Log("started in", time.Since(begin))

	t.Run("is the Kubernetes that was asked for", func(t *testing.T) {
		v, err := c.Client.Discovery().ServerVersion()
		require.NoError(t, err)
		assert.Equal(t, "v1.35.0", v.GitVersion)
	})

	t.Run("lets anybody read its issuer's documents", func(t *testing.T) {
		roots := x509.NewCertPool()
		require.True(t, roots.AppendCertsFromPEM(c.CA))
		anybody := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
		defer anybody.CloseIdleConnections()

		res, err := anybody.Get(c.Issuer + "/.well-known/openid-configuration")
		require.NoError(t, err)
		defer res.Body.Close()
		var doc struct {
			Issuer string `json:"issuer"`
			JWKS   string `json:"jwks_uri"`
		}
		require.NoError(t, json.NewDecoder(res.Body).Decode(&doc))
		assert.Equal(t, c.Issuer, doc.Issuer)

		res, err = anybody.Get(doc.JWKS)
		require.NoError(t, err)
		defer res.Body.Close()
		var keys struct {
			Keys []struct{ Alg, Use string } `json:"keys"`
		}
		require.NoError(t, json.NewDecoder(res.Body).Decode(&keys))
		require.Len(t, keys.Keys, 1)
		assert.Equal(t, "RS256", keys.Keys[0].Alg)
	})
}
