package s3read_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// descriptors counts this process's open files, where the system tells.
func descriptors() int {
	open, _ := os.ReadDir("/proc/self/fd") // there is none but on Linux
	return len(open)
}

func TestDownloadFile(t *testing.T) {
	data := content(2<<20 + 3)
	start := func(t *testing.T) (*s3readtest.Server, *s3read.Bucket, string) {
		fake := new(s3readtest.Server)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
		files := descriptors()
		t.Cleanup(func() { assert.LessOrEqual(t, descriptors(), files, "open files are left") })
		return fake, onHTTP(t, fake), t.TempDir()
	}
	names := func(t *testing.T, folder string) (names []string) {
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	inBubble(t, "replaces the file that exists", func(t *testing.T) {
		_, b, folder := start(t)
		file := filepath.Join(folder, "file")
		require.NoError(t, os.WriteFile(file, []byte("old"), 0o600))
		var last atomic.Int64
		_, err := b.DownloadFile(t.Context(), "key", file, smallParts, func(o *s3read.DownloadOptions) {
			o.Progress = func(done, _ int64) { last.Store(done) }
		})
		require.NoError(t, err)
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
		assert.Equal(t, []string{"file"}, names(t, folder))
		assert.EqualValues(t, len(data), last.Load())
		want, err := os.Create(filepath.Join(folder, "other"))
		require.NoError(t, err)
		defer func() { require.NoError(t, want.Close()) }()
		a, err := os.Stat(file)
		require.NoError(t, err)
		other, err := want.Stat()
		require.NoError(t, err)
		assert.Equal(t, other.Mode(), a.Mode(), "0666 less the umask")
	})
	for name, fault := range map[string]s3readtest.Effect{
		"refused":  s3readtest.Error("AccessDenied", ""),
		"not S3's": wrongCRC(),
	} {
		inBubble(t, "keeps the file that exists, and leaves no other, if the object is "+name, func(t *testing.T) {
			fake, b, folder := start(t)
			file := filepath.Join(folder, "file")
			require.NoError(t, os.WriteFile(file, []byte("old"), 0o600))
			fake.Inject(s3readtest.Fault{Do: fault})
			_, err := b.DownloadFile(t.Context(), "key", file, smallParts)
			require.Error(t, err)
			got, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, "old", string(got))
			assert.Equal(t, []string{"file"}, names(t, folder))
		})
	}
	inBubble(t, "leaves nothing when the context ends in the middle", func(t *testing.T) {
		fake, b, folder := start(t)
		ctx, cancel := context.WithCancel(t.Context())
		fake.Inject(s3readtest.Fault{Op: "GetObject", Skip: 3, Times: 1, Do: s3readtest.At(1, cancel)})
		// The last part has 3 bytes, and may be this one.
		fake.Inject(s3readtest.Fault{Op: "GetObject", Skip: 3, Times: 1, Do: s3readtest.Stall(1)})
		_, err := b.DownloadFile(ctx, "key", filepath.Join(folder, "file"), smallParts)
		require.ErrorIs(t, err, context.Canceled)
		assert.Empty(t, names(t, folder))
	})
	inBubble(t, "a folder that is missing, or stands where the file should, is an error", func(t *testing.T) {
		fake, b, folder := start(t)
		_, err := b.DownloadFile(t.Context(), "key", filepath.Join(folder, "missing", "file"))
		var path *fs.PathError
		require.ErrorAs(t, err, &path)
		require.ErrorIs(t, path, fs.ErrNotExist)
		require.NotErrorIs(t, err, fs.ErrNotExist, "the object is not missing")
		var e *s3read.Error
		require.ErrorAs(t, err, &e)
		assert.NoError(t, e.Reason)
		require.NoError(t, os.MkdirAll(filepath.Join(folder, "file", "x"), 0o777))
		_, err = b.DownloadFile(t.Context(), "key", filepath.Join(folder, "file"))
		require.Error(t, err)
		assert.Equal(t, []string{"file"}, names(t, folder))
		assert.Empty(t, fake.Requests(), "what can't be written is not asked for")
	})
	inBubble(t, "a link is followed, and stays one", func(t *testing.T) {
		_, b, folder := start(t)
		require.NoError(t, os.WriteFile(filepath.Join(folder, "file"), []byte("old"), 0o600))
		link := filepath.Join(folder, "link")
		require.NoError(t, os.Symlink("file", link))
		_, err := b.DownloadFile(t.Context(), "key", link)
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(folder, "file"))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
		info, err := os.Lstat(link)
		require.NoError(t, err)
		assert.Equal(t, fs.ModeSymlink, info.Mode().Type())
	})
	inBubble(t, "a SHA-256 that parts can't be joined to is compared with the file", func(t *testing.T) {
		fake, b, folder := start(t)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data, ChecksumAlgorithm: "SHA256"})
		_, err := b.DownloadFile(t.Context(), "key", filepath.Join(folder, "file"), smallParts)
		require.NoError(t, err)
		const other = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
		fake.Inject(s3readtest.Fault{Do: s3readtest.SetHeader("x-amz-checksum-sha256", other)})
		_, err = b.DownloadFile(t.Context(), "key", filepath.Join(folder, "file"), smallParts)
		require.ErrorIs(t, err, s3read.ErrChecksum)
	})
}
