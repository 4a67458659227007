package manifest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/seed-15cba5db/irsa-go/internal/integration/manifest"
)

// typed returns the object of a kind as its Go type.
func typed[T any](t *testing.T, kind string, edits ...manifest.Edit) *T {
	t.Helper()
	objects, err := manifest.BuildIn("service", edits...)
	require.NoError(t, err)
	for _, o := range objects {
		if o.GetKind() == kind {
			object := new(T)
			require.NoError(t, runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, object))
			return object
		}
	}
	require.Fail(t, "there is no "+kind)
	return nil
}

func TestTheServicesKustomizationTakesNamespaceRoleBucketAndImage(t *testing.T) {
	edits := []manifest.Edit{
		{Old: "namespace: payments", New: "namespace: billing"},
		{Old: "role=arn:aws:iam::111122223333:role/payments-reader", New: "role=arn:aws-cn:iam::444455556666:role/x"},
		{Old: "bucket=invoices", New: "bucket=ledger"},
		{Old: "registry.example.com/service", New: "mirror.example.com/team/service"},
	}
	account := typed[corev1.ServiceAccount](t, "ServiceAccount", edits...)
	assert.Equal(t, "arn:aws-cn:iam::444455556666:role/x", account.Annotations["eks.amazonaws.com/role-arn"])
	deployment := typed[appsv1.Deployment](t, "Deployment", edits...)
	assert.Equal(t, "billing", deployment.Namespace)
	assert.Equal(t, account.Name, deployment.Spec.Template.Spec.ServiceAccountName)
	container := deployment.Spec.Template.Spec.Containers[0]
	assert.Equal(t, "mirror.example.com/team/service:v1", container.Image)

	settings := typed[corev1.ConfigMap](t, "ConfigMap", edits...)
	assert.Equal(t, settings.Name, container.Env[0].ValueFrom.ConfigMapKeyRef.Name)
	assert.Equal(t, "ledger", settings.Data["bucket"])
}

func TestAChangeOfTheServicesSettingsStartsNewPods(t *testing.T) {
	before := typed[appsv1.Deployment](t, "Deployment")
	after := typed[appsv1.Deployment](t, "Deployment", manifest.Edit{Old: "bucket=invoices", New: "bucket=ledger"})
	assert.NotEqual(t, before.Spec.Template, after.Spec.Template)
}

func TestTheServiceAndItsBudgetSelectThePods(t *testing.T) {
	pod := typed[appsv1.Deployment](t, "Deployment").Spec.Template
	service := typed[corev1.Service](t, "Service")
	budget := typed[policyv1.PodDisruptionBudget](t, "PodDisruptionBudget")
	assert.True(t, labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(pod.Labels)))
	assert.True(t, labels.SelectorFromSet(budget.Spec.Selector.MatchLabels).Matches(labels.Set(pod.Labels)))

	container := pod.Spec.Containers[0]
	port := container.Ports[0].Name
	assert.Equal(t, port, service.Spec.Ports[0].TargetPort.String())
	assert.Equal(t, port, container.LivenessProbe.HTTPGet.Port.String())
	assert.Equal(t, port, container.ReadinessProbe.HTTPGet.Port.String())
}

// The constants are those of examples/service: readyWithin, shutdownWithin and the last traces'.
func TestTheDeploymentGivesTheServiceTheTimeItTakes(t *testing.T) {
	const readyWithin, shutdownWithin, traces = 2, 20, 5
	pod := typed[appsv1.Deployment](t, "Deployment").Spec.Template.Spec
	container := pod.Containers[0]
	assert.Greater(t, container.ReadinessProbe.TimeoutSeconds, int32(readyWithin))
	delay := container.Lifecycle.PreStop.Sleep.Seconds
	assert.Greater(t, *pod.TerminationGracePeriodSeconds, delay+shutdownWithin+traces)
}
