package integration_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/seed-15cba5db/irsa-go/internal/integration/clustertest"
	"github.com/seed-15cba5db/irsa-go/internal/integration/manifest"
	"github.com/seed-15cba5db/irsa-go/internal/integration/miniotest"
)

func TestTheServiceServesInAPodAndEndsWhenItIsTold(t *testing.T) {
	cluster := clustertest.Start(t)
	server := miniotest.Start(t, miniotest.Options{Issuer: cluster.Issuer, CA: cluster.CA})
	admin := server.Client(t)
	require.NoError(t, admin.MakeBucket(t.Context(), "invoices", minio.MakeBucketOptions{}))
	const content = "a,b\n1,2\n"
	_, err := admin.PutObject(t.Context(), "invoices", "2026/05.csv",
		strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{})
	require.NoError(t, err)
	applyService(t, cluster, server.RoleARN)

	t.Run("with an STS", func(t *testing.T) {
		get, stop := startService(t, cluster, corev1.EnvVar{Name: "AWS_ENDPOINT_URL", Value: server.URL})
		for path, says := range map[string]string{
			"/healthz": "alive", "/readyz": "ready", "/objects?prefix=2026/": `"key":"2026/05.csv"`,
			"/objects/2026/05.csv": content, "/metrics": `irsa_role_info{namespace="payments"`,
		} {
			status, body := get(path)
			assert.Equal(t, http.StatusOK, status, path)
			assert.Contains(t, body, says, path)
		}
		assert.Zero(t, stop())
	})

	t.Run("without one it is alive, and not ready", func(t *testing.T) {
		get, stop := startService(t, cluster, corev1.EnvVar{Name: "AWS_ENDPOINT_URL", Value: "http://127.0.0.1:1"})
		status, body := get("/readyz")
		assert.Equal(t, http.StatusServiceUnavailable, status)
		assert.Contains(t, body, "unreachable")
		status, _ = get("/healthz")
		assert.Equal(t, http.StatusOK, status)
		assert.Zero(t, stop())
	})
}

func applyService(t *testing.T, cluster *clustertest.Cluster, role string) {
	t.Helper()
	cluster.Namespace(t, "payments")
	objects, err := manifest.BuildIn("service", manifest.Edit{Old: "role=" + roleARN, New: "role=" + role})
	require.NoError(t, err)
	for _, o := range objects {
		require.NoError(t, cluster.Apply(t.Context(), o, false))
	}
}

// startService runs the service in a pod of its Deployment, at a port that the system gives.
func startService(t *testing.T, cluster *clustertest.Cluster, variables ...corev1.EnvVar) (
	get func(path string) (status int, body string), stop func() (code int),
) {
	t.Helper()
	pod := cluster.PodOfDeployment(t, "payments", "service", variables...)
	pod.Spec.Containers[0].Args = append(pod.Spec.Containers[0].Args, "-addr", "127.0.0.1:0")
	output, stdout := io.Pipe()
	end := cluster.Serve(t, pod, build(t, "service"), stdout)
	address, log := make(chan string, 1), make(chan string, 1)
	go follow(output, address, log)

	client := &http.Client{Timeout: time.Minute}
	var host string
	select {
	case host = <-address:
	case <-time.After(time.Minute):
		require.Fail(t, "the service does not listen")
	}
	get = func(path string) (int, string) {
		response, err := client.Get("http://" + host + path)
		require.NoError(t, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, string(body)
	}
	stop = func() int {
		client.CloseIdleConnections()
		result, err := end()
		require.NoError(t, err)
		require.NoError(t, stdout.Close())
		assert.Contains(t, <-log, "shutting down")
		assert.Empty(t, result.Stderr)
		return result.Code
	}
	return get, stop
}

// follow reads the service's log to its end, and tells the address that it listens at.
func follow(output io.Reader, address, log chan<- string) {
	var all strings.Builder
	for lines := bufio.NewScanner(output); lines.Scan(); {
		all.WriteString(lines.Text() + "\n")
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "listening" {
			address <- line.Address
		}
	}
	log <- all.String()
}
