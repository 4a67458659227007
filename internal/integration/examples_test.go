package integration_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/seed-15cba5db/irsa-go/internal/integration/clustertest"
	"github.com/seed-15cba5db/irsa-go/internal/integration/image"
	"github.com/seed-15cba5db/irsa-go/internal/integration/manifest"
	"github.com/seed-15cba5db/irsa-go/internal/integration/miniotest"
)

// build builds an example as its image's Dockerfile does.
func build(t *testing.T, example string) string {
	t.Helper()
	d, err := image.Read()
	require.NoError(t, err)
	file, err := d.Build(t.Context(), manifest.Root, example, t.TempDir())
	require.NoError(t, err)
	return file
}

// runSetup runs the example setup on this machine, as an administrator does, and
// returns the files that it says it wrote, in its order.
func runSetup(t *testing.T, args ...string) (files []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), build(t, "setup"), append(args, "-o", t.TempDir())...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	written, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	require.Empty(t, stderr.String())
	return strings.Fields(string(written))
}

func TestTheExamplesRunInPods(t *testing.T) {
	cluster := clustertest.Start(t)
	server := miniotest.Start(t, miniotest.Options{Issuer: cluster.Issuer, CA: cluster.CA})
	admin := server.Client(t)
	require.NoError(t, admin.MakeBucket(t.Context(), "invoices", minio.MakeBucketOptions{}))
	const content = "a,b\n1,2\n"
	_, err := admin.PutObject(t.Context(), "invoices", "2026/05.csv", strings.NewReader(content), int64(len(content)),
		minio.PutObjectOptions{})
	require.NoError(t, err)
	endpoint := corev1.EnvVar{Name: "AWS_ENDPOINT_URL", Value: server.URL}

	for namespace, edits := range map[string][]manifest.Edit{
		"payments": nil,
		"billing":  {manifest.WithoutWebhook},
	} {
		apply(t, cluster, namespace, server.RoleARN, edits...)
		t.Run("listbuckets lists, in "+namespace, func(t *testing.T) {
			pod := cluster.PodOf(t, namespace, "listbuckets", endpoint)
			result, _ := cluster.Run(t, pod, build(t, "listbuckets"))
			require.Zero(t, result.Code, result.Stderr)
			assert.Contains(t, result.Stdout, "system:serviceaccount:"+namespace+":api")
			assert.Contains(t, result.Stdout, namespace+"."+pod.Name)
			assert.Contains(t, result.Stdout, server.RoleARN)
			assert.Contains(t, result.Stdout, "invoices")
		})
		t.Run("download downloads, in "+namespace, func(t *testing.T) {
			result, root := cluster.Run(t, cluster.PodOf(t, namespace, "download", endpoint), build(t, "download"))
			require.Zero(t, result.Code, result.Stderr)
			data, err := os.ReadFile(filepath.Join(root, "data", "2026", "05.csv"))
			require.NoError(t, err)
			assert.Equal(t, content, string(data))
		})
		t.Run("an unreachable STS is told, explained and status 1, in "+namespace, func(t *testing.T) {
			closed := corev1.EnvVar{Name: "AWS_ENDPOINT_URL", Value: "http://127.0.0.1:1"}
			result, _ := cluster.Run(t, cluster.PodOf(t, namespace, "listbuckets", closed), build(t, "listbuckets"))
			assert.Equal(t, 1, result.Code)
			said, explained, _ := strings.Cut(result.Stderr, "\n")
			assert.Contains(t, said, "127.0.0.1:1: connect: connection refused")
			assert.Contains(t, explained, "What to do:")
		})
		t.Run("a missing bucket is told, explained and status 1, in "+namespace, func(t *testing.T) {
			pod := cluster.PodOf(t, namespace, "listbuckets", endpoint)
			pod.Spec.Containers[0].Args = []string{"-bucket", "nothing-here"}
			result, _ := cluster.Run(t, pod, build(t, "listbuckets"))
			assert.Equal(t, 1, result.Code)
			said, explained, _ := strings.Cut(result.Stderr, "\n")
			assert.Contains(t, said, "s3://nothing-here/: bucket does not exist")
			assert.Contains(t, explained, "check the bucket's name")
		})
	}
}

func TestSetupReadsAPodsToken(t *testing.T) {
	cluster := clustertest.Start(t)
	apply(t, cluster, "payments", roleARN)
	result, _ := cluster.Run(t, cluster.PodOf(t, "payments", "setup"), build(t, "setup"))
	require.Zero(t, result.Code, result.Stderr)
	assert.Contains(t, result.Stdout, strings.TrimPrefix(cluster.Issuer, "https://")+":sub")
	assert.Contains(t, result.Stdout, subject)
	assert.Contains(t, result.Stdout, "arn:aws:s3:::invoices")
}

func TestAPodWithoutTheAnnotationIsToldSo(t *testing.T) {
	cluster := clustertest.Start(t)
	apply(t, cluster, "payments", roleARN)
	accounts := cluster.Client.CoreV1().ServiceAccounts("payments")
	account, err := accounts.Get(t.Context(), "api", metav1.GetOptions{})
	require.NoError(t, err)
	account.Annotations = nil
	_, err = accounts.Update(t.Context(), account, metav1.UpdateOptions{})
	require.NoError(t, err)

	result, _ := cluster.Run(t, cluster.PodOf(t, "payments", "listbuckets"), build(t, "listbuckets"))
	assert.Equal(t, 1, result.Code)
	assert.Contains(t, result.Stderr, "the credentials would be the node's")
}
