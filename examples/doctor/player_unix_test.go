//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// player returns the process that plays a case. The superuser can read every file, so that where
// the test runs as the superuser, the case of an unreadable file runs as another user.
func player(t *testing.T, name string) *exec.Cmd {
	t.Helper()
	executable, err := os.Executable()
	require.NoError(t, err)
	if name != "token-unreadable" || os.Getuid() != 0 {
		return exec.CommandContext(t.Context(), executable)
	}
	const nobody = 65534
	folder, err := os.MkdirTemp("/tmp", "irsa-doctor-") // a folder that every user can reach
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(folder)) })
	require.NoError(t, os.Chown(folder, nobody, nobody))
	program, err := os.ReadFile(executable)
	require.NoError(t, err)
	executable = filepath.Join(folder, "doctor.test")
	require.NoError(t, os.WriteFile(executable, program, 0o755))
	cmd := exec.CommandContext(t.Context(), executable)
	cmd.Dir = folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	cmd.Env = []string{"TMPDIR=" + folder, "GORACE=" + os.Getenv("GORACE")}
	return cmd
}
