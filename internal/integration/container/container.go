// Package container runs a program as in a container, without a container engine: with a root
// folder of its own, which holds only what the image and the volumes put there, and as a user
// without privileges. It shows whether an example needs anything that its image lacks.
package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// User is the user and group id that the examples' images run as.
const User = 65532

// Root makes dir the root folder of an image of the examples: the binary as
// /example, and the certificates that it trusts.
func Root(dir, binary string, certificates []byte) error {
	data, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	certs := filepath.Join(dir, "etc", "ssl", "certs")
	return errors.Join(
		os.MkdirAll(certs, 0o755),
		os.WriteFile(filepath.Join(certs, "ca-certificates.crt"), certificates, 0o644),
		os.WriteFile(filepath.Join(dir, "example"), data, 0o755),
	)
}

// Volume makes an empty folder of the root folder writable for User, as an
// emptyDir volume mounted there is, and returns its path on this machine.
func Volume(root, mountPath string) (string, error) {
	dir := filepath.Join(root, filepath.FromSlash(mountPath))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if os.Getuid() != 0 {
		return dir, nil // in the user namespace that confine makes, User is this process's user
	}
	return dir, os.Chown(dir, User, User)
}

// A Result is how a program ended.
type Result struct {
	Stdout, Stderr string
	Code           int
}

// Run runs /example in root with env and nothing else in its environment. It fails where this
// system can't change the root folder: only on Linux, as root or with user namespaces.
func Run(ctx context.Context, root string, env []string, args ...string) (Result, error) {
	cmd := exec.CommandContext(ctx, "/example", args...)
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=/", "HOME=/"}, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := confine(cmd, root); err != nil {
		return Result{}, err
	}
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return Result{}, fmt.Errorf("run in %s: %w", root, err)
	}
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}, nil
}
