package s3read_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// smallDisk mounts a tmpfs of 1 MiB, which needs the superuser.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m")
	if errors.Is(err, fs.ErrPermission) {
		t.Skip("may not mount a tmpfs")
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, 0)) })
	return dir
}

func TestADiskThatIsFullIsNotTheStores(t *testing.T) {
	dir := smallDisk(t)
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, []byte("old"), 0o600))
	var fake s3readtest.Server
	fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: synthetic, Size: 20 << 20})
	for name, read := range map[string]func(*s3read.Bucket) error{
		"DownloadFile": func(b *s3read.Bucket) error {
			_, err := b.DownloadFile(t.Context(), "key", file)
			return err
		},
		"Download": func(b *s3read.Bucket) error {
			f, err := os.Create(filepath.Join(dir, "other"))
			require.NoError(t, err)
			defer func() { require.NoError(t, errors.Join(f.Close(), os.Remove(f.Name()))) }()
			_, err = b.Download(t.Context(), "key", f)
			return err
		},
		"WriteTo": func(b *s3read.Bucket) error {
			f, err := os.Create(filepath.Join(dir, "other"))
			require.NoError(t, err)
			defer func() { require.NoError(t, errors.Join(f.Close(), os.Remove(f.Name()))) }()
			r, err := b.Open(t.Context(), "key")
			require.NoError(t, err)
			defer r.Close()
			_, err = r.WriteTo(f)
			return err
		},
	} {
		fake.ForgetRequests()
		err := read(direct(&fake))
		require.ErrorIs(t, err, syscall.ENOSPC, name)
		assert.NotContains(t, err.Error(), "denied", name)
		assert.Less(t, len(fake.Requests()), 40, "%s is not tried again", name)
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, left, 1, "%s leaves no temporary file", name)
		old, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, "old", string(old))
	}
}
