package clustertest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
)

// Region is the region that inject injects, as the EKS webhook does with the cluster's.
const Region = "eu-west-1"

// Apply applies an object on the server, as kubectl apply --server-side does. Fields that the
// server doesn't know are an error. Dry runs change nothing.
func (c *Cluster) Apply(ctx context.Context, object unstructured.Unstructured, dryRun bool) error {
	client, err := dynamic.NewForConfig(c.Config)
	if err != nil {
		return err
	}
	groups, err := restmapper.GetAPIGroupResources(c.Client.Discovery())
	if err != nil {
		return err
	}
	kind := object.GroupVersionKind()
	mapping, err := restmapper.NewDiscoveryRESTMapper(groups).RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return err
	}
	data, err := json.Marshal(object.Object)
	if err != nil {
		return err
	}
	force := true
	options := metav1.PatchOptions{
		FieldManager: "clustertest", FieldValidation: metav1.FieldValidationStrict, Force: &force,
	}
	if dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	_, err = client.Resource(mapping.Resource).Namespace(object.GetNamespace()).
		Patch(ctx, object.GetName(), types.ApplyPatchType, data, options)
	if err != nil {
		return fmt.Errorf("apply %s %s/%s: %w", kind.Kind, object.GetNamespace(), object.GetName(), err)
	}
	return nil
}

// PodOf creates the pod of a Job as its controller would, changed as the EKS webhook changes it.
// The variables are those that a user adds to the Job.
func (c *Cluster) PodOf(t testing.TB, namespace, job string, variables ...corev1.EnvVar) *corev1.Pod {
	t.Helper()
	j, err := c.Client.BatchV1().Jobs(namespace).Get(t.Context(), job, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c.createPod(t, podOf(j.ObjectMeta, j.Spec.Template), variables)
}

// PodOfDeployment is PodOf for a Deployment.
func (c *Cluster) PodOfDeployment(t testing.TB, namespace, name string, variables ...corev1.EnvVar) *corev1.Pod {
	t.Helper()
	d, err := c.Client.AppsV1().Deployments(namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c.createPod(t, podOf(d.ObjectMeta, d.Spec.Template), variables)
}

func (c *Cluster) createPod(t testing.TB, pod *corev1.Pod, variables []corev1.EnvVar) *corev1.Pod {
	t.Helper()
	accounts := c.Client.CoreV1().ServiceAccounts(pod.Namespace)
	account, err := accounts.Get(t.Context(), pod.Spec.ServiceAccountName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pod.Spec.Containers[0].Env = append(pod.Spec.Containers[0].Env, variables...)
	c.inject(pod, account)
	pod, err = c.Client.CoreV1().Pods(pod.Namespace).Create(t.Context(), pod, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

func podOf(owner metav1.ObjectMeta, template corev1.PodTemplateSpec) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:   owner.Namespace,
			Name:        owner.Name + "-" + rand.String(5),
			Labels:      template.Labels,
			Annotations: template.Annotations,
		},
		Spec: template.Spec,
	}
}
