package integration_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/seed-15cba5db/irsa-go/internal/integration/clustertest"
	"github.com/seed-15cba5db/irsa-go/internal/integration/manifest"
	"github.com/seed-15cba5db/irsa-go/internal/keyspace/keysim"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// inventoryOf runs the example on this machine with the bucket's own credentials, and returns what
// it prints.
func inventoryOf(t *testing.T, binary, s3 string, args ...string) string {
	t.Helper()
	args = append([]string{"-bucket", "invoices", "-prefix", "2026/"}, args...)
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = []string{
		"AWS_ENDPOINT_URL_S3=" + s3, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret",
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	printed, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	return string(printed)
}

// applyInventory applies the manifests with a plan, of which each of shares pods lists one share.
func applyInventory(t *testing.T, cluster *clustertest.Cluster, plan string, shares int64, s3, sts string) {
	t.Helper()
	cluster.Namespace(t, "payments")
	objects, err := manifest.Build(manifest.WithoutWebhook)
	require.NoError(t, err)
	for _, o := range objects {
		switch o.GetKind() + " " + o.GetName() {
		case "Job inventory":
			require.NoError(t, unstructured.SetNestedField(o.Object, shares, "spec", "completions"))
			containers, found, err := unstructured.NestedSlice(o.Object, "spec", "template", "spec", "containers")
			require.NoError(t, err)
			require.True(t, found)
			container := containers[0].(map[string]any)
			container["env"] = append(container["env"].([]any),
				map[string]any{"name": "AWS_ENDPOINT_URL_S3", "value": s3},
				map[string]any{"name": "AWS_ENDPOINT_URL_STS", "value": sts})
			require.NoError(t, unstructured.SetNestedSlice(o.Object, containers, "spec", "template", "spec",
				"containers"))
		case "ConfigMap inventory-plan":
			require.NoError(t, unstructured.SetNestedField(o.Object, plan, "data", "plan.json"))
		}
		if o.GetKind() != "Job" || o.GetName() == "inventory" {
			require.NoError(t, cluster.Apply(t.Context(), o, false))
		}
	}
}

func TestAJobListsABucketInShares(t *testing.T) {
	const shares, keys = 3, 450_000
	cluster := clustertest.Start(t)
	cluster.StartJobController(t)
	sts, stsURL := trust(t, cluster)
	fake := &s3readtest.Server{}
	names := keysim.Distributions[6].Keys(keys)
	for i := range names {
		names[i] = "2026/" + names[i]
	}
	fake.PutKeys("invoices", names...)
	s3 := httptest.NewServer(fake)
	t.Cleanup(s3.Close)
	binary := build(t, "inventory")

	plan := inventoryOf(t, binary, s3.URL, "-plan", "3")
	planFile := filepath.Join(t.TempDir(), "plan.json")
	require.NoError(t, os.WriteFile(planFile, []byte(plan), 0o600))
	onePlan := filepath.Join(t.TempDir(), "plan.json")
	require.NoError(t, os.WriteFile(onePlan, []byte(inventoryOf(t, binary, s3.URL, "-plan", "1")), 0o600))
	one := inventoryOf(t, binary, s3.URL, "-plan-file", onePlan, "-index", "0")

	// From here on only the pods' own role may list.
	fake.Authorize = sts.Authorize
	applyInventory(t, cluster, plan, shares, s3.URL, stsURL)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var ran []string // the index of each pod, in order
	evicted := ""
	for completed := 0; completed < shares; {
		pod, err := cluster.NextPod(ctx, "payments", "inventory")
		require.NoError(t, err)
		index := pod.Annotations[batchv1.JobCompletionIndexAnnotation]
		if len(ran) == 1 && evicted == "" && index != ran[0] {
			cluster.Evict(t, pod)
			evicted = index
			continue
		}
		failures := "0" // an eviction doesn't count
		if len(ran) > 0 && index == ran[0] {
			failures = "1"
		}
		assert.Equal(t, failures, pod.Annotations[batchv1.JobIndexFailureCountAnnotation])
		running, kill := context.WithCancel(ctx)
		if len(ran) == 0 {
			// Behind its checkpoint at a hundred pages, the first one is killed.
			remove := fake.Inject(s3readtest.Fault{Op: "ListObjectsV2", Skip: 120, Times: 1,
				Do: s3readtest.At(-1, kill)})
			defer remove()
		}
		fake.ForgetRequests()
		result := cluster.RunPod(running, t, pod, binary)
		kill()
		if len(ran) == 0 {
			require.NotZero(t, result.Code)
		} else {
			require.Zero(t, result.Code, result.Stderr)
			completed++
		}
		if len(ran) > 0 && index == ran[0] {
			assert.Less(t, len(fake.Requests()), 100, "it began at the checkpoint")
		}
		ran = append(ran, index)
	}
	assert.Len(t, ran, shares+1)
	assert.Contains(t, ran[1:], ran[0], "the killed index was made again")
	assert.Contains(t, ran[1:], evicted, "and the evicted one")

	require.Eventually(t, func() bool {
		job, err := cluster.Client.BatchV1().Jobs("payments").Get(ctx, "inventory", metav1.GetOptions{})
		if err != nil {
			return false
		}
		for _, c := range job.Status.Conditions {
			if c.Type == batchv1.JobComplete && c.Status == corev1.ConditionTrue {
				return job.Status.CompletedIndexes == "0-2"
			}
		}
		return false
	}, time.Minute, 50*time.Millisecond, "the Job is complete")

	files, err := filepath.Glob(filepath.Join(cluster.ClaimFolder("payments", "inventory"), "*"))
	require.NoError(t, err)
	assert.Len(t, files, shares, "outputs alone are left")
	merged := inventoryOf(t, binary, s3.URL, append([]string{"-plan-file", planFile, "-merge"}, files...)...)
	_, want, _ := strings.Cut(one, "\n")
	head, got, _ := strings.Cut(merged, "\n")
	assert.Equal(t, want, got, "the same as one listing")
	var total struct{ Share struct{ Keys int } }
	require.NoError(t, json.Unmarshal([]byte(head), &total))
	assert.Equal(t, keys, total.Share.Keys)
}
