// Package build builds the servers that the tests run against from the Go module
// proxy, at pinned versions, once: the results stay in $XDG_CACHE_HOME/irsa-go
// (default ~/.cache/irsa-go), outside the repository.
//
// The first build takes about four minutes for MinIO and as long for the
// Kubernetes API server with etcd, on two cores; go test's own limit of ten
// minutes is enough for each, and .ci/run gives more.
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
	kubernetesVersion = "v1.35.0" // as in controlplane/go.mod
)

// MinIO returns the path of the minio program, built if needed.
func MinIO(ctx context.Context) (string, error) {
	return program(ctx, "minio", minioVersion, func(dir string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, "go", "install", "github.com/minio/minio@"+minioVersion)
		// Outside the module, whose go.mod has no say in what MinIO needs.
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
	// Kubernetes' own build stamps its version; without it the server calls itself
	// v0.0.0-master.
	return controlPlane(ctx, "kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver",
		"-X=k8s.io/component-base/version.gitVersion="+kubernetesVersion)
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

// program returns the path of the program name at version in the cache. Where it
// is missing, the command that build returns has to leave it in the given folder.
func program(ctx context.Context, name, version string, build func(dir string) *exec.Cmd) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	bin := filepath.Join(cache, "irsa-go", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	// Two test processes that need it at once would both build it.
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
	// What can't be removed is a folder too many in a cache, not a failed build.
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
