package clustertest

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/seed-15cba5db/irsa-go/internal/integration/build"
	"github.com/seed-15cba5db/irsa-go/internal/integration/container"
)

// StartJobController starts a kube-controller-manager that runs the Job controller alone: it makes
// the pods of Jobs from then on, which [Cluster.RunPod] runs.
func (c *Cluster) StartJobController(t testing.TB) {
	t.Helper()
	program, err := build.ControllerManager(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const name = "cluster"
	file := filepath.Join(c.box.Dir(), "controller-manager.kubeconfig")
	err = clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{
			name: {Server: c.Config.Host, CertificateAuthorityData: c.CA},
		},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{name: {Token: c.Config.BearerToken}},
		Contexts:       map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: name}},
		CurrentContext: name,
	}, file)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program,
		"--kubeconfig", file,
		"--controllers", "job-controller",
		"--leader-elect=false",
		"--secure-port", "0", // nobody asks it for anything
	)
	cmd.Dir = c.box.Dir()
	cmd.Env = []string{"HOME=" + c.box.Dir()}
	manager, err := c.box.Start("kube-controller-manager", cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(manager.Log())
		}
	})
}

// NextPod waits for a pod of the Job that has not run yet.
func (c *Cluster) NextPod(ctx context.Context, namespace, job string) (*corev1.Pod, error) {
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		pods, err := c.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{
			LabelSelector: "batch.kubernetes.io/job-name=" + job,
		})
		if err != nil {
			return nil, err
		}
		for i, pod := range pods.Items {
			if pod.Status.Phase == corev1.PodPending && pod.DeletionTimestamp == nil {
				return &pods.Items[i], nil
			}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// RunPod runs a pod of a Job as the kubelet would, until it ends or ctx does, which kills it, and
// tells the API server how it ended.
func (c *Cluster) RunPod(ctx context.Context, t testing.TB, pod *corev1.Pod, binary string) container.Result {
	t.Helper()
	result, _ := c.run(ctx, t, pod, binary)
	pod.Status.Phase = corev1.PodSucceeded
	code := int32(result.Code)
	if code < 0 { // by a signal, which the kubelet reports as a shell does: 128 + SIGKILL
		code = 137
	}
	if code != 0 {
		pod.Status.Phase = corev1.PodFailed
	}
	c.ended(t, pod, code)
	return result
}

// Evict ends a pod that has not run yet as the drain of its node does.
func (c *Cluster) Evict(t testing.TB, pod *corev1.Pod) {
	t.Helper()
	pod.Status.Phase = corev1.PodFailed
	pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{
		Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: "EvictionByEvictionAPI",
	})
	c.ended(t, pod, 143) // 128 + SIGTERM
}

// ended tells the API server that the pod's container has ended.
func (c *Cluster) ended(t testing.TB, pod *corev1.Pod, code int32) {
	t.Helper()
	now := metav1.Now()
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: pod.Spec.Containers[0].Name,
		State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: code, StartedAt: now, FinishedAt: now,
		}},
	}}
	_, err := c.Client.CoreV1().Pods(pod.Namespace).UpdateStatus(t.Context(), pod, metav1.UpdateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}
