package irsatest

import (
	"os"
	"testing"
)

// memory is where Linux has a file system in memory. The kubelet keeps projected tokens in one too
// (k8s.io/kubernetes/pkg/volume/projected), and on a disk that others write to a pod's few files
// can take longer than all else that a test does.
const memory = "/dev/shm"

// podDir makes a folder for as long as the test lasts: in memory if the machine has that and TMPDIR
// doesn't say where temporary files belong, else as t.TempDir does.
func podDir(t testing.TB) string {
	t.Helper()
	if os.Getenv("TMPDIR") != "" {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "irsatest")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("irsatest: %v", err)
		}
	})
	return dir
}
