package integration_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/seed-15cba5db/irsa-go/internal/integration/clustertest"
	"github.com/seed-15cba5db/irsa-go/internal/integration/miniotest"
)

func TestTheDoctorFindsAHealthyPodHealthy(t *testing.T) {
	cluster := clustertest.Start(t)
	apply(t, cluster, "payments", roleARN)
	sts, url := trust(t, cluster)
	pod := cluster.PodOf(t, "payments", "doctor", corev1.EnvVar{Name: "AWS_ENDPOINT_URL_STS", Value: url})

	for name, result := range examine(t, cluster, pod) {
		assert.Contains(t, []string{"ok", "skipped"}, result, name)
	}
	var sessions []string
	for _, r := range sts.Requests() {
		if r.Op == "AssumeRoleWithWebIdentity" {
			sessions = append(sessions, r.Params.Get("RoleSessionName"))
		}
	}
	assert.Contains(t, sessions, "payments."+pod.Name)
}

// MinIO's STS is its S3 too, and knows no GetCallerIdentity.
func TestTheDoctorTakesMinIOForAnSTS(t *testing.T) {
	cluster := clustertest.Start(t)
	server := miniotest.Start(t, miniotest.Options{Issuer: cluster.Issuer, CA: cluster.CA})
	apply(t, cluster, "payments", server.RoleARN)
	endpoint := corev1.EnvVar{Name: "AWS_ENDPOINT_URL", Value: server.URL}
	found := examine(t, cluster, cluster.PodOf(t, "payments", "doctor", endpoint))
	assert.Equal(t, "ok", found["sts answer"])
	assert.Equal(t, "ok", found["exchange"])
	assert.Equal(t, "warn", found["identity"])
	delete(found, "identity")
	for name, result := range found {
		assert.Contains(t, []string{"ok", "skipped"}, result, name)
	}
}

// examine runs the doctor in a pod in which nothing fails, and returns the result of each check.
func examine(t *testing.T, cluster *clustertest.Cluster, pod *corev1.Pod) map[string]string {
	t.Helper()
	pod.Spec.Containers[0].Args = append(pod.Spec.Containers[0].Args, "-json")
	result, _ := cluster.Run(t, pod, build(t, "doctor"))
	require.Zero(t, result.Code, "%s%s", result.Stdout, result.Stderr)
	var report struct {
		Checks []struct{ Name, Result string }
	}
	require.NoError(t, json.Unmarshal([]byte(result.Stdout), &report))
	require.NotEmpty(t, report.Checks)
	found := map[string]string{}
	for _, c := range report.Checks {
		found[c.Name] = c.Result
	}
	return found
}
