// Package container runs a program as in a container, without a container engine: with a root
// folder of its own, which holds only what the image and the volumes put there, and as a user
// without privileges. It shows whether an example needs anything that its image lacks.
package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
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
	var stdout bytes.Buffer
	result, err := run(exec.CommandContext(ctx, "/example", args...), root, env, &stdout)
	result.Stdout = stdout.String()
	return result, err
}

// Serve is Run for a program that serves until it is told to end: the end of ctx is SIGTERM, and
// after a grace period SIGKILL, as when a pod is deleted. What it prints goes to stdout meanwhile.
func Serve(
	ctx context.Context, root string, env []string, grace time.Duration, stdout io.Writer, args ...string,
) (Result, error) {
	cmd := exec.CommandContext(ctx, "/example", args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = grace
	result, err := run(cmd, root, env, stdout)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // it ended because it was told to
	}
	return result, err
}

func run(cmd *exec.Cmd, root string, env []string, stdout io.Writer) (Result, error) {
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=/", "HOME=/"}, env...)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = stdout, &stderr
	if err := confine(cmd, root); err != nil {
		return Result{}, err
	}
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("run in %s: %w", root, err)
	}
	if cmd.ProcessState == nil {
		return Result{}, err
	}
	return Result{Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}, err
}
