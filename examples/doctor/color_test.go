package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A device stands for a terminal, which a test does not have.
func TestColorsAreForATerminalThatWantsThem(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such device")
	}
	device, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer func() { require.NoError(t, device.Close()) }()
	file, err := os.Create(filepath.Join(t.TempDir(), "report"))
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()

	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	assert.True(t, wantsColor(device))
	assert.False(t, wantsColor(file))
	t.Setenv("TERM", "dumb")
	assert.False(t, wantsColor(device))
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "1")
	assert.False(t, wantsColor(device))
}
