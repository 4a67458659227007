//go:build unix

package s3read_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestDownloadFileReplacesNothingButARegularFile(t *testing.T) {
	folder := t.TempDir()
	fifo, device, link := filepath.Join(folder, "fifo"), filepath.Join(folder, "null"), filepath.Join(folder, "link")
	targets := []string{fifo, link, "/dev/null"}
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	require.NoError(t, os.Symlink("fifo", link))
	if mknod(device) == nil { // which takes root
		targets = append(targets, device)
	}
	for _, target := range targets {
		var fake s3readtest.Server
		fake.Put("bucket", "key", "body")
		before, err := os.Stat(target)
		require.NoError(t, err)
		_, err = direct(&fake).DownloadFile(t.Context(), "key", target)
		require.ErrorContains(t, err, "not a regular file")
		after, err := os.Stat(target)
		require.NoError(t, err)
		assert.Equal(t, before.Mode(), after.Mode())
		assert.True(t, os.SameFile(before, after))
		assert.Empty(t, fake.Requests())
	}
}
