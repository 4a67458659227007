package s3read_test

import (
	"fmt"
	"io/fs"
	"path"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestGlob(t *testing.T) {
	var fake s3readtest.Server
	for _, key := range []string{
		"a", "a-b", "a/x", "a/y.txt", "a/b/c.txt", "b/x", "b/y.txt", "c/", "d//e", "f/./g", "logs/2026/01/a.gz",
		"logs/2026/02/a.gz", "logs/2026/02/b.gz", "logs/2027/01/a.gz", "logs/x", `w\x`, "[", "é/x", "z*",
	} {
		fake.Put("bucket", key, "body")
	}
	fsys := direct(&fake).FS(t.Context())
	// fs.Glob's own way, with a request for each folder.
	without := struct {
		fs.FS
		readDirer
	}{fsys, fsys.(fs.ReadDirFS)}
	for _, pattern := range []string{
		"*", "a*", "*/*", "a/*", "a/*.txt", "*/*.txt", "*/x", "logs/*/*/*.gz", "logs/2026/*/a.gz", "logs/202[67]/0?/*",
		"?", "a", "missing", "c", "c/*", "d/*", "d/*/*", "f/*", "[[]", `\[`, `z\*`, "é/*", "é*", ".", "", "/", "a/",
		"*/",
		"a//*", "logs/2026/02", "*/*/*/*/*",
	} {
		want, err := fs.Glob(without, pattern)
		require.NoError(t, err)
		got, err := fs.Glob(fsys, pattern)
		require.NoError(t, err)
		assert.ElementsMatch(t, want, got, "%q", pattern)
		assert.IsIncreasing(t, append([]string{""}, got...), "%q", pattern)
	}
	_, err := fs.Glob(fsys, "[")
	require.ErrorIs(t, err, path.ErrBadPattern)
	require.NoError(t, fstest.TestFS(fsys, "a/x", "logs/2026/02/b.gz"))
	t.Run("below a folder", func(t *testing.T) {
		sub, err := fs.Sub(fsys, "logs")
		require.NoError(t, err)
		got, err := fs.Glob(sub, "2026/*/b*")
		require.NoError(t, err)
		assert.Equal(t, []string{"2026/02/b.gz"}, got)
	})
}

type readDirer interface {
	ReadDir(string) ([]fs.DirEntry, error)
}

func TestGlobListsAPrefixAndNotEachFolder(t *testing.T) {
	var fake s3readtest.Server
	for i := range 100 {
		fake.Put("bucket", fmt.Sprintf("logs/%03d/a.gz", i), "")
		fake.Put("bucket", fmt.Sprintf("other/%03d/a.gz", i), "")
	}
	fsys := direct(&fake).FS(t.Context())
	names, err := fs.Glob(fsys, "logs/*/*.gz")
	require.NoError(t, err)
	assert.Len(t, names, 100)
	require.Len(t, fake.Requests(), 1)
	assert.Equal(t, "logs/", fake.Requests()[0].Query.Get("prefix"))
	fake.ForgetRequests()
	names, err = fs.Glob(fsys, "logs/01*")
	require.NoError(t, err)
	assert.Len(t, names, 10)
	require.Len(t, fake.Requests(), 1)
	assert.Equal(t, "/", fake.Requests()[0].Query.Get("delimiter"))
	fake.Inject(s3readtest.Fault{Do: s3readtest.Error("NoSuchBucket", "")})
	_, err = fs.Glob(fsys, "logs/*/*")
	require.ErrorIs(t, err, s3read.ErrNoBucket)
}
