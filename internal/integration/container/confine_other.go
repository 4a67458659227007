//go:build !linux

package container

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
)

func confine(*exec.Cmd, string) error {
	return fmt.Errorf("run a container on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
