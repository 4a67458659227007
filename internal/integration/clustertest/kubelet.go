package clustertest

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/seed-15cba5db/irsa-go/internal/integration/container"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// Run runs a pod's container on this machine as the kubelet would: binary, in a root folder that
// holds nothing else but certificates and the pod's volumes, with the container's arguments and
// variables. It returns the root folder too.
func (c *Cluster) Run(t testing.TB, pod *corev1.Pod, binary string) (result container.Result, root string) {
	t.Helper()
	return c.run(t.Context(), t, pod, binary)
}

// run is Run with a context that kills the program when it ends.
func (c *Cluster) run(
	ctx context.Context, t testing.TB, pod *corev1.Pod, binary string,
) (result container.Result, root string) {
	t.Helper()
	root, env, args := c.prepare(t, pod, binary)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	result, err := container.Run(ctx, root, env, args...)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.unmount(pod, root); err != nil {
		t.Fatal(err)
	}
	return result, root
}

// Serve runs a pod's container as Run does, until stop is called: then it has the pod's grace
// period to end in. What it prints goes to stdout meanwhile.
func (c *Cluster) Serve(
	t testing.TB, pod *corev1.Pod, binary string, stdout io.Writer,
) (stop func() (container.Result, error)) {
	t.Helper()
	root, env, args := c.prepare(t, pod, binary)
	ctx, cancel := context.WithCancel(t.Context())
	grace := time.Duration(*pod.Spec.TerminationGracePeriodSeconds) * time.Second
	var result container.Result
	var err error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		result, err = container.Serve(ctx, root, env, grace, stdout, args...)
	}()
	stop = func() (container.Result, error) {
		cancel()
		<-ended
		return result, err
	}
	t.Cleanup(func() { _, _ = stop() }) // also where the test fails before
	return stop
}

// prepare makes the root folder, and resolves the variables and the arguments.
func (c *Cluster) prepare(t testing.TB, pod *corev1.Pod, binary string) (root string, env, args []string) {
	t.Helper()
	root = t.TempDir()
	if err := container.Root(root, binary, c.CA); err != nil {
		t.Fatal(err)
	}
	if err := c.mount(t, pod, root); err != nil {
		t.Fatal(err)
	}
	variables, err := c.environment(t.Context(), pod)
	if err != nil {
		t.Fatal(err)
	}
	for _, arg := range pod.Spec.Containers[0].Args {
		args = append(args, expand(arg, variables))
	}
	for name, value := range variables {
		env = append(env, name+"="+value)
	}
	return root, env, args
}

// mount makes the container's volumes below root.
func (c *Cluster) mount(t testing.TB, pod *corev1.Pod, root string) error {
	for _, mount := range pod.Spec.Containers[0].VolumeMounts {
		for _, volume := range pod.Spec.Volumes {
			switch {
			case volume.Name != mount.Name:
			case volume.EmptyDir != nil:
				if _, err := container.Volume(root, mount.MountPath); err != nil {
					return err
				}
			case volume.ConfigMap != nil:
				if err := c.writeConfigMap(t.Context(), pod, volume.ConfigMap, root+mount.MountPath); err != nil {
					return err
				}
			case volume.PersistentVolumeClaim != nil:
				if err := c.mountClaim(t, pod, volume.PersistentVolumeClaim, root, mount.MountPath); err != nil {
					return err
				}
			case volume.Projected != nil:
				if err := c.project(t, pod, volume.Projected, filepath.Join(root, mount.MountPath)); err != nil {
					return err
				}
			default:
				return fmt.Errorf("volume %s is of no kind that is known here", volume.Name)
			}
		}
	}
	return nil
}

// project writes a projected volume's service account token. Of its other sources, the cluster's CA
// and the namespace it makes only the folder.
func (c *Cluster) project(t testing.TB, pod *corev1.Pod, volume *corev1.ProjectedVolumeSource, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, source := range volume.Sources {
		token := source.ServiceAccountToken
		if token == nil {
			continue
		}
		// The kit writes a token file as the kubelet does, behind symbolic links; its first
		// token, of another issuer, is replaced at once.
		file, err := irsatest.WritePod(dir, irsatest.PodOptions{Issuer: irsatest.NewIssuer(c.Issuer),
			RoleARN: "unused", PodIdentity: token.Path == forAgent.file})
		if err != nil {
			return err
		}
		if path.Base(file.TokenFile()) != token.Path {
			return fmt.Errorf("the token's file is %s, not %s", token.Path, path.Base(file.TokenFile()))
		}
		life := time.Duration(*token.ExpirationSeconds) * time.Second
		if err := file.Write(c.Token(t, pod, token.Audience, life)); err != nil {
			return err
		}
	}
	return nil
}

// environment resolves the container's variables, and adds those that every pod gets.
func (c *Cluster) environment(ctx context.Context, pod *corev1.Pod) (map[string]string, error) {
	server, err := url.Parse(c.Issuer)
	if err != nil {
		return nil, err
	}
	env := map[string]string{
		"HOSTNAME":                pod.Name,
		"KUBERNETES_SERVICE_HOST": server.Hostname(),
		"KUBERNETES_SERVICE_PORT": server.Port(),
	}
	for _, v := range pod.Spec.Containers[0].Env {
		if v.ValueFrom == nil {
			env[v.Name] = expand(v.Value, env)
			continue
		}
		if field := v.ValueFrom.FieldRef; field != nil {
			value, err := fieldOf(pod, field.FieldPath)
			if err != nil {
				return nil, fmt.Errorf("variable %s: %w", v.Name, err)
			}
			env[v.Name] = value
			continue
		}
		ref := v.ValueFrom.ConfigMapKeyRef
		if ref == nil {
			return nil, fmt.Errorf("variable %s has no kind of source that is known here", v.Name)
		}
		m, err := c.Client.CoreV1().ConfigMaps(pod.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		value, ok := m.Data[ref.Key]
		if !ok {
			return nil, fmt.Errorf("variable %s: config map %s has no key %s", v.Name, ref.Name, ref.Key)
		}
		env[v.Name] = value
	}
	return env, nil
}

// expand replaces $(NAME) by the variable's value, as the kubelet does in arguments and variables.
func expand(text string, env map[string]string) string {
	for name, value := range env {
		text = strings.ReplaceAll(text, "$("+name+")", value)
	}
	return text
}
