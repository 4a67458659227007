package main

import (
	"os"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheTerminalTellsItsWidth(t *testing.T) {
	t.Setenv("COLUMNS", "")
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("this system has no pseudo-terminals:", err)
	}
	defer func() { require.NoError(t, terminal.Close()) }()
	size := [4]uint16{24, 50}
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, terminal.Fd(), syscall.TIOCSWINSZ, uintptr(unsafe.Pointer(&size)))
	require.Zero(t, errno)
	assert.Equal(t, 50, columns(terminal))

	t.Setenv("COLUMNS", "40")
	assert.Equal(t, 40, columns(terminal), "the user's word takes precedence")
}
