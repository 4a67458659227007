package manifest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/seed-15cba5db/irsa-go/internal/integration/manifest"
)

// text returns the objects as one YAML stream.
func text(t *testing.T, objects []unstructured.Unstructured) (all string) {
	t.Helper()
	for _, o := range objects {
		b, err := yaml.Marshal(o.Object)
		require.NoError(t, err)
		all += "---\n" + string(b)
	}
	return all
}

func TestTheKustomizationTakesNamespaceRoleBucketAndImage(t *testing.T) {
	for name, variant := range map[string][]manifest.Edit{
		"with the webhook":    nil,
		"without the webhook": {manifest.WithoutWebhook},
	} {
		t.Run(name, func(t *testing.T) {
			objects, err := manifest.Build(append(variant,
				manifest.Edit{Old: "namespace: payments", New: "namespace: billing"},
				manifest.Edit{
					Old: "role=arn:aws:iam::111122223333:role/payments-reader",
					New: "role=arn:aws-cn:iam::444455556666:role/x",
				},
				manifest.Edit{Old: "bucket=invoices", New: "bucket=ledger"},
				manifest.Edit{Old: "registry.example.com/doctor", New: "mirror.example.com/team/doctor"},
			)...)
			require.NoError(t, err)
			all := text(t, objects)
			for _, old := range []string{"payments", "111122223333", "invoices", "registry.example.com/doctor"} {
				assert.NotContains(t, all, old)
			}
			assert.Contains(t, all, "eks.amazonaws.com/role-arn: arn:aws-cn:iam::444455556666:role/x")
			assert.Contains(t, all, "image: mirror.example.com/team/doctor:v1")
			for _, o := range objects {
				assert.Equal(t, "billing", o.GetNamespace(), o.GetName())
			}
		})
	}
}

func TestEachExampleHasAWorkload(t *testing.T) {
	var objects []unstructured.Unstructured
	for _, folder := range []string{".", "service", "aws"} {
		built, err := manifest.BuildIn(folder)
		require.NoError(t, err)
		objects = append(objects, built...)
	}
	var run []string
	for _, o := range objects {
		if o.GetKind() == "Job" || o.GetKind() == "Deployment" {
			run = append(run, o.GetName())
		}
	}
	mains, err := filepath.Glob(filepath.Join(manifest.Root, "examples", "*", "main.go"))
	require.NoError(t, err)
	var examples []string
	for _, file := range mains {
		examples = append(examples, filepath.Base(filepath.Dir(file)))
	}
	assert.ElementsMatch(t, run, examples)
}

// Without a prefix it would copy a whole bucket, of whatever size.
func TestTheDownloadJobIsLimitedToAPrefixAndATime(t *testing.T) {
	objects, err := manifest.Build(manifest.Edit{Old: "prefix=2026/", New: "prefix=reports/"})
	require.NoError(t, err)
	for _, o := range objects {
		switch {
		case o.GetKind() == "ConfigMap" && o.GetName() == "irsa-examples":
			prefix, found, err := unstructured.NestedString(o.Object, "data", "prefix")
			require.NoError(t, err)
			require.True(t, found)
			assert.Equal(t, "reports/", prefix)
		case o.GetKind() == "Job" && o.GetName() == "download":
			limit, found, err := unstructured.NestedFieldNoCopy(o.Object, "spec", "activeDeadlineSeconds")
			require.NoError(t, err)
			require.True(t, found)
			assert.EqualValues(t, 1800, limit)
			all := text(t, []unstructured.Unstructured{o})
			assert.Contains(t, all, "- -prefix\n        - $(PREFIX)\n")
			assert.Contains(t, all, "key: prefix")
		}
	}
}

func TestEachManifestIsPartOfTheKustomization(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(manifest.Root, "examples", "kubernetes", "kustomization.yaml"))
	require.NoError(t, err)
	var k struct{ Resources []string }
	require.NoError(t, yaml.Unmarshal(data, &k))
	files, err := filepath.Glob(filepath.Join(manifest.Root, "examples", "kubernetes", "*.yaml"))
	require.NoError(t, err)
	folders, err := filepath.Glob(filepath.Join(manifest.Root, "examples", "kubernetes", "*", "job.yaml"))
	require.NoError(t, err)
	for _, job := range folders {
		files = append(files, filepath.Dir(job))
	}
	for i, file := range files {
		files[i] = filepath.Base(file)
	}
	assert.ElementsMatch(t, append(k.Resources, "kustomization.yaml"), files)
}

func TestTheServersDeploymentFitsItsImageItsServiceAndItsAccount(t *testing.T) {
	objects, err := manifest.BuildIn("aws", manifest.Edit{Old: "registry.example.com/aws",
		New: "mirror.example.com/aws"})
	require.NoError(t, err)
	all := text(t, objects)
	for _, want := range []string{
		"image: mirror.example.com/aws:v1", "- -account=/etc/aws/account.json", "targetPort: http",
		"containerPort: 4566",
		"readOnlyRootFilesystem: true", "account.json: |",
	} {
		assert.Contains(t, all, want)
	}
	kinds := map[string]int{}
	for _, o := range objects {
		kinds[o.GetKind()]++
		if o.GetKind() != "Namespace" {
			assert.Equal(t, "aws", o.GetNamespace(), o.GetName())
		}
	}
	assert.Equal(t, map[string]int{"Namespace": 1, "ConfigMap": 1, "Deployment": 1, "Service": 1}, kinds)
}
