// Package build builds the servers that the tests run against. Their sources come from the Go
// module proxy, at pinned versions: so the tests need no container engine, and no download of
// binaries. Each is built once; the results stay in $XDG_CACHE_HOME/irsa-go (default
// ~/.cache/irsa-go), outside the repository.
//
// The first build takes about four minutes for MinIO and as long for the Kubernetes API server with
// etcd and the controller manager, on two cores; go test's own limit of ten minutes is enough for
// each, and .ci/run gives more.
package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	minioVersion      = "v0.0.0-20260212201848-7aac2a2c5b7c"
	kubernetesVersion = "v1.35.0" // the one in controlplane/go.mod

	// kubernetesStamp is what Kubernetes' own build stamps. Without it a server calls itself
	// v0.0.0-master.
	kubernetesStamp = "-X=k8s.io/component-base/version.gitVersion=" + kubernetesVersion
)

// MinIO returns the path of the minio program, built if needed.
func MinIO(ctx context.Context) (string, error) {
	return program(ctx, "minio", minioVersion, func(dir string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, "go", "install", "github.com/minio/minio@"+minioVersion)
		// Outside of this module, so that MinIO gets the versions of its own go.mod.
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=")
		return cmd
	})
}

// Etcd returns the path of the etcd program, built if needed.
func Etcd(ctx context.Context) (string, error) {
	return controlPlane(ctx, "etcd", "go.etcd.io/etcd/server/v3")
}

// APIServer returns the path of the kube-apiserver program, built if needed.
func APIServer(ctx context.Context) (string, error) {
	return controlPlane(ctx, "kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", kubernetesStamp)
}

// ControllerManager returns the path of the kube-controller-manager program, built if needed.
func ControllerManager(ctx context.Context) (string, error) {
	const name = "kube-controller-manager"
	return controlPlane(ctx, name, "k8s.io/kubernetes/cmd/"+name, kubernetesStamp)
}

// controlPlane builds pkg in the module that pins the control plane's versions.
func controlPlane(ctx context.Context, name, pkg string, linkerFlags ...string) (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return "", errors.New("build " + name + ": this file's own path is unknown")
	}
	module := filepath.Join(filepath.Dir(file), "..", "controlplane")
	sums, err := os.ReadFile(filepath.Join(module, "go.sum"))
	if err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	// Neither symbols nor paths: a third of the size, the same everywhere.
	flags := []string{"-trimpath", "-ldflags=" + strings.Join(append(linkerFlags, "-s", "-w"), " ")}
	version := sha256.Sum256(fmt.Append(sums, flags))
	return program(ctx, name, hex.EncodeToString(version[:6]), func(dir string) *exec.Cmd {
		args := append([]string{"build", "-o", filepath.Join(dir, name)}, flags...)
		cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
		cmd.Dir = module
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly")
		return cmd
	})
}

// program returns the path of a program in the cache. Where this version is missing, it runs the
// command that build returns, which has to leave the program in the given folder.
func program(ctx context.Context, name, version string, build func(dir string) *exec.Cmd) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	bin := filepath.Join(cache, "irsa-go", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	// go test runs packages at the same time: without the lock several would build it.
	unlock, err := lock(ctx, filepath.Join(bin, name+".lock"))
	if err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	defer unlock()

	path := filepath.Join(bin, name+"-"+version)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	dir, err := os.MkdirTemp(bin, name+"-build-")
	if err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	// If this fails a folder stays in the cache; the build has not failed.
	defer func() { _ = os.RemoveAll(dir) }()
	cmd := build(dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %s: %w: %s", name, strings.Join(cmd.Args, " "), err, out)
	}
	// A build that is interrupted leaves nothing under the final name.
	if err := os.Rename(filepath.Join(dir, name), path); err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	return path, nil
}
