package clustertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/seed-15cba5db/irsa-go/internal/integration/container"
)

// writeConfigMap writes the files of a config map's volume.
func (c *Cluster) writeConfigMap(
	ctx context.Context, pod *corev1.Pod, source *corev1.ConfigMapVolumeSource, dir string,
) error {
	m, err := c.Client.CoreV1().ConfigMaps(pod.Namespace).Get(ctx, source.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range m.Data {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// mountClaim makes a claim's volume below root, with what pods before this one left in it. The
// folder of another root can't be mounted without privileges, so that its files are copied here,
// and back by unmount: one pod at a time has the volume.
func (c *Cluster) mountClaim(
	t testing.TB, pod *corev1.Pod, source *corev1.PersistentVolumeClaimVolumeSource, root, path string,
) error {
	dir, err := container.Volume(root, path)
	if err != nil {
		return err
	}
	name := pod.Namespace + "/" + source.ClaimName
	if c.claims[name] == "" {
		c.claims[name] = t.TempDir()
	}
	return replaceFiles(dir, c.claims[name])
}

// unmount keeps what the pod left in its claims' volumes.
func (c *Cluster) unmount(pod *corev1.Pod, root string) error {
	for _, mount := range pod.Spec.Containers[0].VolumeMounts {
		for _, volume := range pod.Spec.Volumes {
			if volume.Name != mount.Name || volume.PersistentVolumeClaim == nil {
				continue
			}
			dir := c.ClaimFolder(pod.Namespace, volume.PersistentVolumeClaim.ClaimName)
			if err := replaceFiles(dir, filepath.Join(root, mount.MountPath)); err != nil {
				return err
			}
		}
	}
	return nil
}

// ClaimFolder is the folder on this machine with the files of a claim that a pod has used.
func (c *Cluster) ClaimFolder(namespace, claim string) string { return c.claims[namespace+"/"+claim] }

// replaceFiles makes the files in a folder those of another one.
func replaceFiles(to, from string) error {
	old, err := os.ReadDir(to)
	if err != nil {
		return err
	}
	for _, file := range old {
		if err := os.Remove(filepath.Join(to, file.Name())); err != nil {
			return err
		}
	}
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, file := range files {
		data, err := os.ReadFile(filepath.Join(from, file.Name()))
		if err != nil {
			return err
		}
		target := filepath.Join(to, file.Name())
		// Whichever user runs the next pod may replace it, as in a volume with its group.
		if err := os.WriteFile(target, data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// fieldOf returns a label or an annotation of the pod, by its path in the downward API.
func fieldOf(pod *corev1.Pod, path string) (string, error) {
	for field, values := range map[string]map[string]string{
		"metadata.labels": pod.Labels, "metadata.annotations": pod.Annotations,
	} {
		key, found := strings.CutPrefix(path, field+"['")
		if !found {
			continue
		}
		if value, ok := values[strings.TrimSuffix(key, "']")]; ok {
			return value, nil
		}
	}
	return "", fmt.Errorf("the pod has no %s", path)
}
