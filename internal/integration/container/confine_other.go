//go:build !linux

package container

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
)

// confine fails: no other system has chroot and user ids that work like Linux's.
func confine(*exec.Cmd, string) error {
	return fmt.Errorf("run a container on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
