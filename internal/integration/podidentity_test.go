package integration_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/seed-15cba5db/irsa-go/internal/integration/clustertest"
	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/diagnose"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// associatedRole is the role of the EKS Pod Identity association.
const associatedRole = "arn:aws:iam::111122223333:role/payments-associated"

// serveAgent serves the agent of a node of the cluster, which knows the cluster by its issuer's
// URL.
func serveAgent(t *testing.T, cluster *clustertest.Cluster, sts *irsatest.STS) (agent *irsatest.PodIdentity, url string) {
	t.Helper()
	agent = &irsatest.PodIdentity{STS: sts, IssuerURL: cluster.Issuer, Cluster: "production"}
	server := httptest.NewServer(agent)
	t.Cleanup(server.Close)
	return agent, server.URL + "/v1/credentials"
}

// The same program in the same Job: what changes is what the cluster injects into its next pod.
func TestAPodGoesOverToPodIdentityAndBackWithoutAChangeOfCode(t *testing.T) {
	cluster := clustertest.Start(t)
	apply(t, cluster, "payments", roleARN)
	sts, stsURL := trust(t, cluster)
	store := &s3readtest.Server{Authorize: sts.Authorize}
	store.CreateBucket(s3readtest.Bucket{Name: "invoices", Region: clustertest.Region})
	s3 := httptest.NewServer(store)
	t.Cleanup(s3.Close)
	agent, agentURL := serveAgent(t, cluster, sts)
	require.NoError(t, agent.Associate(irsatest.Association{
		Namespace: "payments", ServiceAccount: "api", RoleARN: associatedRole,
	}))
	endpoints := []corev1.EnvVar{
		{Name: "AWS_ENDPOINT_URL_STS", Value: stsURL}, {Name: "AWS_ENDPOINT_URL_S3", Value: s3.URL},
	}
	program, doctor := build(t, "listbuckets"), build(t, "doctor")

	for _, step := range []struct {
		name, agent, role, source string
	}{
		{"first with its annotated role", "", "assumed-role/payments-reader/payments.listbuckets-", roleARN},
		{"then with its associated role", agentURL, "assumed-role/payments-associated/eks-production-listbuckets-",
			"CredentialsEndpointProvider, account 111122223333"},
		{"then with its annotated role again", "", "assumed-role/payments-reader/payments.listbuckets-", roleARN},
	} {
		t.Run(step.name, func(t *testing.T) {
			cluster.Associate("payments", "api", step.agent)
			result, _ := cluster.Run(t, cluster.PodOf(t, "payments", "listbuckets", endpoints...), program)
			require.Zero(t, result.Code, result.Stderr)
			assert.Contains(t, result.Stdout, subject)
			assert.Contains(t, result.Stdout, step.source)
			assert.Contains(t, result.Stdout, "invoices")
			requests := store.Requests("ListBuckets")
			require.NotEmpty(t, requests)
			assert.Contains(t, sts.Identity(requests[len(requests)-1].AccessKey), step.role)

			pod := cluster.PodOf(t, "payments", "listbuckets", endpoints...)
			pod.Spec.Containers[0].Args = []string{"-json"}
			result, _ = cluster.Run(t, pod, doctor)
			require.Zero(t, result.Code, result.Stdout)
			var report diagnose.Report
			require.NoError(t, json.Unmarshal([]byte(result.Stdout), &report))
			require.NotEmpty(t, report.Checks)
			for _, c := range report.Checks {
				assert.NotEqual(t, diagnose.Fail, c.Result, "%s: %s", c.Name, c.Detail)
			}
		})
	}
}

func TestATokenOfARealClusterIsForOneOfTheTwoAlone(t *testing.T) {
	cluster := clustertest.Start(t)
	apply(t, cluster, "payments", roleARN)
	pod := cluster.PodOf(t, "payments", "listbuckets")
	sts, stsURL := trust(t, cluster)
	agent, agentURL := serveAgent(t, cluster, sts)
	require.NoError(t, agent.Associate(irsatest.Association{
		Namespace: "payments", ServiceAccount: "api", RoleARN: associatedRole,
	}))
	forSTS := cluster.Token(t, pod, irsatest.DefaultAudience, time.Hour)
	forAgent := cluster.Token(t, pod, "pods.eks.amazonaws.com", time.Hour)

	_, err := assumeRole(t, roleARN, forSTS, stsURL)
	require.NoError(t, err)
	_, err = assumeRole(t, roleARN, forAgent, stsURL)
	require.ErrorIs(t, err, irsa.ErrAudience)

	p, err := askAgent(t, forAgent, agentURL)
	require.NoError(t, err)
	assert.Equal(t, pod.Name, p.Status().Token.Pod)
	_, err = askAgent(t, forSTS, agentURL)
	require.ErrorIs(t, err, irsa.ErrToken)
	assert.Contains(t, irsa.Explain(err), "pods.eks.amazonaws.com")
}

// askAgent loads a config with a token for the agent, as a pod would, and makes the exchange.
func askAgent(t *testing.T, token, agent string) (*irsa.Provider, error) {
	t.Helper()
	pod := irsatest.NewPod(t, irsatest.PodOptions{
		Issuer: irsatest.NewIssuer("https://replaced.example.com"), PodIdentity: true, Agent: agent,
	})
	require.NoError(t, pod.Write(token))
	cfg, err := irsa.LoadConfig(t.Context())
	require.NoError(t, err)
	p, ok := irsa.ProviderFrom(cfg)
	require.True(t, ok)
	_, err = p.Retrieve(t.Context())
	return p, err
}

// Ceph, SeaweedFS and NooBaa have ARNs that IAM has not: it is the server's to say what it takes.
func TestMinIOIsAskedForRolesThatAWSDoesNotHave(t *testing.T) {
	server, issuer := startMinIO(t)
	for _, role := range []string{
		"arn:aws:iam:::role/S3Access", "arn:aws:iam::RGW11111111111111111:role/S3Access",
		"arn:minio:iam:::role/none", "any words at all, in twenty characters or more",
	} {
		t.Run(role, func(t *testing.T) {
			irsatest.NewPod(t, irsatest.PodOptions{
				Issuer: issuer, RoleARN: role, STS: server.URL, Claims: irsatest.Claims{Lifetime: time.Hour},
			})
			cfg, err := irsa.LoadConfig(t.Context())
			require.NoError(t, err)
			_, err = cfg.Credentials.Retrieve(t.Context())
			var e *irsa.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, http.StatusBadRequest, e.HTTPStatus, "MinIO has no such role, and says so: %v", err)
		})
	}
	t.Run("its own, with a session name that AWS refuses", func(t *testing.T) {
		irsatest.NewPod(t, irsatest.PodOptions{
			Issuer: issuer, RoleARN: server.RoleARN, STS: server.URL, Claims: irsatest.Claims{Lifetime: time.Hour},
		})
		t.Setenv("AWS_ROLE_SESSION_NAME", "payments api/1")
		cfg, err := irsa.LoadConfig(t.Context())
		require.NoError(t, err)
		_, err = cfg.Credentials.Retrieve(t.Context())
		require.NoError(t, err)
	})
}
