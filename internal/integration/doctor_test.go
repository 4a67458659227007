package integration_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/seed-15cba5db/irsa-go/internal/integration/clustertest"
)

func TestTheDoctorFindsAHealthyPodHealthy(t *testing.T) {
	cluster := clustertest.Start(t)
	apply(t, cluster, "payments", roleARN)
	sts, url := trust(t, cluster)
	pod := cluster.PodOf(t, "payments", "doctor", corev1.EnvVar{Name: "AWS_ENDPOINT_URL_STS", Value: url})
	pod.Spec.Containers[0].Args = append(pod.Spec.Containers[0].Args, "-json")

	result, _ := cluster.Run(t, pod, build(t, "doctor"))

	require.Zero(t, result.Code, "%s%s", result.Stdout, result.Stderr)
	var report struct {
		Checks []struct{ Name, Result, Detail string }
	}
	require.NoError(t, json.Unmarshal([]byte(result.Stdout), &report))
	require.NotEmpty(t, report.Checks)
	for _, c := range report.Checks {
		assert.Contains(t, []string{"ok", "skipped"}, c.Result, "%s: %s", c.Name, c.Detail)
	}
	var sessions []string
	for _, r := range sts.Requests() {
		if r.Action == "AssumeRoleWithWebIdentity" {
			sessions = append(sessions, r.Params.Get("RoleSessionName"))
		}
	}
	assert.Contains(t, sessions, "payments."+pod.Name)
}
