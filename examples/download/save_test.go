package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// start returns an S3, a bucket of it, a folder below a temporary one, and what is in the temporary one.
func start(t *testing.T) (*s3readtest.Server, *s3read.Bucket, *os.Root, func() []string) {
	t.Helper()
	fake := new(s3readtest.Server)
	parent := t.TempDir()
	folder := filepath.Join(parent, "to")
	require.NoError(t, os.Mkdir(folder, 0o777))
	root, err := os.OpenRoot(folder)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, root.Close()) })
	return fake, s3read.NewBucket(fake.Client(), "bucket"), root, func() (files []string) {
		require.NoError(t, fs.WalkDir(os.DirFS(parent), ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files = append(files, name)
			}
			return err
		}))
		return files
	}
}

func TestSaveAll(t *testing.T) {
	t.Run("writes each object below the folder, and a line for it", func(t *testing.T) {
		fake, bucket, root, files := start(t)
		fake.Put("bucket", "p/a", "content of a")
		fake.Put("bucket", "p/b/c", "content of c")
		fake.Put("bucket", "p/b/", "")
		fake.Put("bucket", "q", "another")
		var out bytes.Buffer
		require.NoError(t, saveAll(t.Context(), root, bucket, "p/", &meter{w: &out}))
		assert.Equal(t, []string{"to/p/a", "to/p/b/c"}, files())
		got, err := root.ReadFile("p/b/c")
		require.NoError(t, err)
		assert.Equal(t, "content of c", string(got))
		assert.Regexp(t, `^"p/a"  12 B in .*\n"p/b/c"  12 B in .*\n$`, out.String())
	})
	t.Run("refuses keys that would leave the folder, and writes the others", func(t *testing.T) {
		fake, bucket, root, files := start(t)
		for _, key := range []string{"../out", "a/../../out", "/etc/passwd", "a//b", "a/./b", "..", "kept"} {
			fake.Put("bucket", key, "x")
		}
		err := saveAll(t.Context(), root, bucket, "", &meter{w: new(bytes.Buffer)})
		require.ErrorIs(t, err, errName)
		assert.Equal(t, []string{"to/kept"}, files())
	})
	t.Run("does not follow a link out of the folder", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("making links takes a privilege on Windows")
		}
		fake, bucket, root, files := start(t)
		require.NoError(t, os.Symlink("..", filepath.Join(root.Name(), "up")))
		fake.Put("bucket", "up/out", "x")
		require.Error(t, saveAll(t.Context(), root, bucket, "", &meter{w: new(bytes.Buffer)}))
		assert.Equal(t, []string{"to/up"}, files())
	})
	t.Run("leaves nothing of what is interrupted", func(t *testing.T) {
		fake, bucket, root, files := start(t)
		fake.PutObject("bucket", s3readtest.Object{Key: "deep/big", Content: s3readtest.Synthetic(1), Size: 40 << 20})
		ctx, cancel := context.WithCancel(t.Context())
		fake.Inject(s3readtest.Fault{Op: "GetObject", Skip: 2, Times: 1, Do: s3readtest.At(100_000, cancel)})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Skip: 2, Times: 1, Do: s3readtest.Stall(100_000)})
		require.ErrorIs(t, saveAll(ctx, root, bucket, "", &meter{w: new(bytes.Buffer)}), context.Canceled)
		assert.Empty(t, files())
		left, err := os.ReadDir(root.Name())
		require.NoError(t, err)
		assert.Empty(t, left)
	})
	t.Run("shows bytes, rate and time left in one line on a terminal", func(t *testing.T) {
		var out bytes.Buffer
		m := &meter{w: &out, live: true}
		m.begin("big\n")
		m.progress(1<<20, 4<<20)
		assert.Regexp(t, `^\r\x1b\[K"big\\n"  1\.0 MiB of 4\.0 MiB  .*/s  .* left$`, out.String())
		m.abort()
	})
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1 << 40: "1.0 TiB", 1<<63 - 1: "8.0 EiB"} {
		t.Run(fmt.Sprint(n), func(t *testing.T) { assert.Equal(t, want, size(n)) })
	}
}
