package integration_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/seed-15cba5db/irsa-go/internal/integration/clustertest"
	"github.com/seed-15cba5db/irsa-go/internal/integration/manifest"
	"github.com/seed-15cba5db/irsa-go/internal/integration/miniotest"
	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

const (
	roleARN = "arn:aws:iam::111122223333:role/payments-reader"
	subject = "system:serviceaccount:payments:api"
)

func TestTheAPIServerTakesEachManifest(t *testing.T) {
	cluster := clustertest.Start(t)
	cluster.Namespace(t, "payments")
	for name, edits := range map[string][]manifest.Edit{
		"with the webhook":    nil,
		"without the webhook": {manifest.WithoutWebhook},
	} {
		t.Run(name, func(t *testing.T) {
			objects, err := manifest.Build(edits...)
			require.NoError(t, err)
			require.NotEmpty(t, objects)
			for _, o := range objects {
				assert.NoError(t, cluster.Apply(t.Context(), o, true))
			}
			jobs, err := cluster.Client.BatchV1().Jobs("payments").List(t.Context(), metav1.ListOptions{})
			require.NoError(t, err)
			assert.Empty(t, jobs.Items, "a dry run changes nothing")
		})
	}

	t.Run("what setup generates", func(t *testing.T) {
		files := runSetup(t,
			"-issuer", cluster.Issuer, "-account", "111122223333", "-role", "payments-reader",
			"-region", clustertest.Region, "-namespace", "generated", "-service-account", "api",
			"-bucket", "invoices")
		cluster.Namespace(t, "generated")
		var kinds []string
		for _, file := range files {
			if filepath.Ext(file) != ".yaml" {
				continue
			}
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			var o unstructured.Unstructured
			require.NoError(t, yaml.UnmarshalStrict(content, &o.Object), file)
			require.NoError(t, cluster.Apply(t.Context(), o, false), file)
			kinds = append(kinds, o.GetKind())
		}
		assert.Equal(t, []string{"ServiceAccount", "Job"}, kinds)
		// Its pod is one that the namespace admits.
		cluster.PodOf(t, "generated", "list-bucket")
	})

	t.Run("a field that Kubernetes does not know is refused", func(t *testing.T) {
		objects, err := manifest.Build()
		require.NoError(t, err)
		objects[0].Object["annotation"] = "misspelt"
		require.ErrorContains(t, cluster.Apply(t.Context(), objects[0], true), "annotation")
	})
}

// apply makes the examples' objects in the cluster, for the role given.
func apply(t *testing.T, cluster *clustertest.Cluster, namespace, role string, edits ...manifest.Edit) {
	t.Helper()
	cluster.Namespace(t, namespace)
	if namespace != "payments" {
		edits = append(edits, manifest.Edit{Old: "namespace: payments", New: "namespace: " + namespace})
	}
	objects, err := manifest.Build(append(edits, manifest.Edit{Old: "role=" + roleARN, New: "role=" + role})...)
	require.NoError(t, err)
	for _, o := range objects {
		require.NoError(t, cluster.Apply(t.Context(), o, false))
	}
}

// trust returns an STS that lets the service account payments/api of the cluster
// assume roleARN, and knows the cluster by its issuer's URL alone. It serves at
// the URL.
func trust(t *testing.T, cluster *clustertest.Cluster) (sts *irsatest.STS, url string) {
	t.Helper()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(cluster.CA))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)

	policy, err := trustpolicy.Generate(trustpolicy.Request{
		RoleARN: roleARN, Issuer: cluster.Issuer, Audience: irsatest.DefaultAudience, Subject: subject,
	})
	require.NoError(t, err)
	text, err := policy.MarshalJSON()
	require.NoError(t, err)
	sts = &irsatest.STS{HTTPClient: &http.Client{Transport: transport}}
	sts.AddProvider(irsatest.OIDCProvider{URL: cluster.Issuer})
	require.NoError(t, sts.AddRole(irsatest.Role{ARN: roleARN, TrustPolicy: string(text)}))
	server := httptest.NewServer(sts)
	t.Cleanup(server.Close)
	return sts, server.URL
}

// assumeRole loads a config with the token given, as a pod would, and makes the
// exchange.
func assumeRole(t *testing.T, role, token, sts string) (*irsa.Provider, error) {
	t.Helper()
	pod := irsatest.NewPod(t, irsatest.PodOptions{Issuer: irsatest.NewIssuer("https://replaced.example.com"),
		RoleARN: role, STS: sts})
	require.NoError(t, pod.Write(token))
	cfg, err := irsa.LoadConfig(t.Context())
	require.NoError(t, err)
	p, ok := irsa.ProviderFrom(cfg)
	require.True(t, ok)
	_, err = p.Retrieve(t.Context())
	return p, err
}

func TestATokenOfARealCluster(t *testing.T) {
	cluster := clustertest.Start(t)
	apply(t, cluster, "payments", roleARN)
	apply(t, cluster, "web", roleARN)
	pod := cluster.PodOf(t, "payments", "listbuckets")
	sts, url := trust(t, cluster)
	token := cluster.Token(t, pod, irsatest.DefaultAudience, time.Hour)

	t.Run("says which pod it is of", func(t *testing.T) {
		claims, err := irsa.ParseToken(token)
		require.NoError(t, err)
		assert.Equal(t, cluster.Issuer, claims.Issuer)
		assert.Equal(t, subject, claims.Subject)
		assert.Equal(t, []string{irsatest.DefaultAudience}, claims.Audience)
		assert.Equal(t, "payments", claims.Namespace)
		assert.Equal(t, "api", claims.ServiceAccount)
		assert.Equal(t, pod.Name, claims.Pod)
		assert.Equal(t, string(pod.UID), claims.PodUID)
		assert.NotEmpty(t, claims.ID)
		assert.Equal(t, time.Hour, claims.ExpiresAt.Sub(claims.IssuedAt))
	})

	t.Run("is exchanged in a session named for the pod", func(t *testing.T) {
		_, err := assumeRole(t, roleARN, token, url)
		require.NoError(t, err)
		requests := sts.Requests()
		require.NotEmpty(t, requests)
		assert.Equal(t, "payments."+pod.Name, requests[len(requests)-1].Params.Get("RoleSessionName"))
	})

	t.Run("of another namespace is refused, and the trust policy that it needs is told", func(t *testing.T) {
		other := cluster.Token(t, cluster.PodOf(t, "web", "listbuckets"), irsatest.DefaultAudience, time.Hour)
		_, err := assumeRole(t, roleARN, other, url)
		require.ErrorIs(t, err, irsa.ErrTrust)
		explanation := irsa.Explain(err)
		assert.Contains(t, explanation, "system:serviceaccount:web:api")
		assert.Contains(t, explanation, roleARN)
	})

	t.Run("for another audience is refused by STS, and the audience is told", func(t *testing.T) {
		other := cluster.Token(t, pod, "vault", time.Hour)
		_, err := assumeRole(t, roleARN, other, url)
		require.ErrorIs(t, err, irsa.ErrAudience)
		assert.Contains(t, irsa.Explain(err), "vault")
	})

	t.Run("of a deleted pod passes STS until it ends, and the API server refuses it", func(t *testing.T) {
		gone := cluster.PodOf(t, "payments", "listbuckets")
		token := cluster.Token(t, gone, irsatest.DefaultAudience, time.Hour)
		// Another of its tokens: the API server remembers for ten seconds what it
		// said of one.
		assert.True(t, cluster.Review(t, cluster.Token(t, gone, irsatest.DefaultAudience, time.Hour),
			irsatest.DefaultAudience).Authenticated)
		now := int64(0)
		require.NoError(t, cluster.Client.CoreV1().Pods("payments").Delete(t.Context(), gone.Name,
			metav1.DeleteOptions{GracePeriodSeconds: &now}))

		// STS sees the signature, the audience and the times of a token, and asks
		// nobody whether its pod is still there.
		_, err := assumeRole(t, roleARN, token, url)
		require.NoError(t, err)
		assert.False(t, cluster.Review(t, token, irsatest.DefaultAudience).Authenticated)
	})

	t.Run("is refused by MinIO for another audience, and taken for any subject", func(t *testing.T) {
		server := miniotest.Start(t, miniotest.Options{Issuer: cluster.Issuer, CA: cluster.CA})
		_, err := assumeRole(t, server.RoleARN, cluster.Token(t, pod, "vault", time.Hour), server.URL)
		require.ErrorIs(t, err, irsa.ErrAudience)
		assert.Contains(t, irsa.Explain(err), "vault")

		other := cluster.Token(t, cluster.PodOf(t, "web", "listbuckets"), irsatest.DefaultAudience, time.Hour)
		_, err = assumeRole(t, server.RoleARN, other, server.URL)
		require.NoError(t, err)
	})
}
