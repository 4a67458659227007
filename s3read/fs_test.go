package s3read_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// oddBucket holds all that makes a bucket unlike a tree of files.
func oddBucket(t *testing.T) (*s3readtest.Server, fs.FS) {
	t.Helper()
	fake := new(s3readtest.Server)
	for _, key := range []string{
		"a.txt", "empty/", "marked/", "marked/file", "tree/x/y/z", "tree/x/file", "tree/x.y", "tree/x-1/file",
		"both", "both/file", "both-and", "both.txt/file", "nested", "nested-", "nested--", "nested/file",
		"a//b", "/lead", "double//", `back\slash`, `dir\x/file`, "dots/../file", "dots/./file", "trail/..",
		"é/ü", "line\nbreak", "space in/it +",
	} {
		fake.Put("bucket", key, "content of "+key)
	}
	for i := range 2500 {
		fake.Put("bucket", fmt.Sprintf("many/%04d", i), "x")
	}
	return fake, onHTTP(t, fake).FS(t.Context())
}

func TestFS(t *testing.T) {
	inBubble(t, "passes fstest.TestFS with all that a bucket may hold", func(t *testing.T) {
		fake := new(s3readtest.Server)
		for _, key := range []string{
			"a.txt", "empty/", "marked/", "marked/file", "tree/x/y/z", "tree/x.y", "tree/x-1/file",
			"both", "both/file", "both-and", "a//b", "/lead", `back\slash`, `dir\x/file`, "dots/../file", "é/ü",
		} {
			fake.Put("bucket", key, "content of "+key)
		}
		fsys := onHTTP(t, fake).FS(t.Context())
		require.NoError(t, fstest.TestFS(fsys, "a.txt", "empty", "marked/file", "tree/x/y/z", "tree/x.y",
			"tree/x-1/file", "both/file", "both-and", "é/ü"))
	})
	inBubble(t, "a folder of 2500 entries is read whole, by listing alone", func(t *testing.T) {
		fake, fsys := oddBucket(t)
		fake.ForgetRequests()
		entries, err := fs.ReadDir(fsys, "many")
		require.NoError(t, err)
		assert.Len(t, entries, 2500)
		assert.Len(t, fake.Requests(), 3, "LIST pages only")
	})
	inBubble(t, "entries are sorted by name, not by key", func(t *testing.T) {
		_, fsys := oddBucket(t)
		for dir, want := range map[string][]string{
			".": {
				"d a", "- a.txt", "d both", "- both-and", "d both.txt", "d dots", "d double", "d empty",
				"- line\nbreak", "d many", "d marked", "d nested", "- nested-", "- nested--", "d space in",
				"d trail", "d tree", "d é",
			},
			"tree":   {"d x", "d x-1", "- x.y"},
			"empty":  nil,
			"a":      nil,
			"double": nil,
			"marked": {"- file"},
		} {
			entries, err := fs.ReadDir(fsys, dir)
			require.NoError(t, err)
			var got []string
			for _, e := range entries {
				kind := "- "
				if e.IsDir() {
					kind = "d "
				}
				got = append(got, kind+e.Name())
			}
			assert.Equal(t, want, got, dir)
		}
	})
	inBubble(t, "ReadDir in pieces returns the same entries", func(t *testing.T) {
		_, fsys := oddBucket(t)
		want, err := fs.ReadDir(fsys, ".")
		require.NoError(t, err)
		f, err := fsys.Open(".")
		require.NoError(t, err)
		defer f.Close()
		var got []fs.DirEntry
		for {
			some, err := f.(fs.ReadDirFile).ReadDir(3)
			assert.LessOrEqual(t, len(some), 3)
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			got = append(got, some...)
		}
		assert.ElementsMatch(t, want, got)
	})
	inBubble(t, "files pass iotest.TestReader", func(t *testing.T) {
		_, fsys := oddBucket(t)
		f, err := fsys.Open("tree/x/y/z")
		require.NoError(t, err)
		defer f.Close()
		require.NoError(t, iotest.TestReader(f, []byte("content of tree/x/y/z")))
	})
	inBubble(t, "missing, hidden and invalid names are errors", func(t *testing.T) {
		fake, fsys := oddBucket(t)
		for name, want := range map[string]error{
			"missing":      fs.ErrNotExist,
			"tree/missing": fs.ErrNotExist,
			`back\slash`:   fs.ErrNotExist,
			"a.txt/b":      fs.ErrNotExist,
			"/lead":        fs.ErrInvalid,
			"a//b":         fs.ErrInvalid,
			"dots/../file": fs.ErrInvalid,
			"":             fs.ErrInvalid,
			"x\xff":        fs.ErrInvalid,
		} {
			_, err := fsys.Open(name)
			assert.ErrorIs(t, err, want, name)
			_, err = fs.Stat(fsys, name)
			assert.ErrorIs(t, err, want, name)
			_, err = fs.ReadFile(fsys, name)
			assert.ErrorIs(t, err, want, name)
			_, err = fs.ReadDir(fsys, name)
			assert.ErrorIs(t, err, want, name)
			var path *fs.PathError
			require.ErrorAs(t, err, &path)
		}
		fake.ForgetRequests()
		_, err := fs.ReadFile(fsys, "a.txt")
		require.NoError(t, err)
		assert.Len(t, fake.Requests(), 1)
		for _, r := range fake.Requests() {
			assert.Equal(t, "GetObject", r.Op)
		}
	})
	inBubble(t, "files can be opened without permission to list", func(t *testing.T) {
		fake, fsys := oddBucket(t)
		fake.Inject(s3readtest.Fault{Op: "ListObjectsV2", Do: s3readtest.Error("AccessDenied", "")})
		f, err := fsys.Open("a.txt")
		require.NoError(t, err)
		defer f.Close()
		i, err := fs.Stat(fsys, "a.txt")
		require.NoError(t, err)
		assert.EqualValues(t, len("content of a.txt"), i.Size())
		assert.IsType(t, s3read.Object{}, i.Sys())
		_, err = fs.ReadDir(fsys, ".")
		require.ErrorIs(t, err, fs.ErrPermission)
	})
	inBubble(t, "in a bucket without order a name that is both comes once, as a folder", func(t *testing.T) {
		const bucket = "bucket--use1-az4--x-s3"
		fake := new(s3readtest.Server)
		for i := range 20 {
			fake.PutKeys(bucket, fmt.Sprint("dir/", i), fmt.Sprint("dir/", i, "/file"))
		}
		entries, err := fs.ReadDir(s3read.NewBucket(fake.S3Client(), bucket).FS(t.Context()), "dir")
		require.NoError(t, err)
		assert.Len(t, entries, 20)
		for _, e := range entries {
			assert.True(t, e.IsDir(), e.Name())
		}
	})
	inBubble(t, "a listing that breaks is an error, not a short folder", func(t *testing.T) {
		fake, fsys := oddBucket(t)
		fake.Inject(s3readtest.Fault{Op: "ListObjectsV2", Skip: 1, Do: s3readtest.Error("AccessDenied", "")})
		_, err := fs.ReadDir(fsys, "many")
		require.ErrorIs(t, err, fs.ErrPermission)
	})
	for name, do := range map[string]s3readtest.Effect{
		"stalls":            s3readtest.Stall(100),
		"is cut":            s3readtest.Cut(300),
		"is cut and whole":  s3readtest.Truncate(300),
		"is empty":          s3readtest.Reply(200, "application/xml", ""),
		"is a proxy's HTML": s3readtest.Reply(200, "text/html", "<html><body><p>Sign in</p></body></html>"),
		"is of another name": s3readtest.Rewrite(func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte("<Key>folder/"), []byte("<Key>others/"))
		}),
	} {
		inBubble(t, "an answer that "+name+" says nothing of a folder", func(t *testing.T) {
			fake := new(s3readtest.Server)
			fake.Put("bucket", "folder/key", "x")
			fake.Inject(s3readtest.Fault{Op: "ListObjectsV2", Times: 1, Do: do})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			i, err := fs.Stat(onHTTP(t, fake).FS(ctx), "folder")
			require.NoError(t, err)
			assert.True(t, i.IsDir())
			assert.Len(t, fake.Requests("ListObjectsV2"), 2)
		})
	}
	inBubble(t, "a missing bucket is not a missing file", func(t *testing.T) {
		fake := new(s3readtest.Server)
		fsys := onHTTP(t, fake).FS(t.Context())
		_, err := fs.Stat(fsys, "file")
		require.ErrorIs(t, err, s3read.ErrNoBucket)
		assert.NotErrorIs(t, err, fs.ErrNotExist)
		_, err = fsys.Open("file")
		require.ErrorIs(t, err, s3read.ErrNoBucket)
	})
	inBubble(t, "the context ends it", func(t *testing.T) {
		fake := new(s3readtest.Server)
		fake.Put("bucket", "file", "x")
		ctx, cancel := context.WithCancel(t.Context())
		fsys := onHTTP(t, fake).FS(ctx)
		f, err := fsys.Open("file")
		require.NoError(t, err)
		defer f.Close()
		cancel()
		_, err = fsys.Open("file")
		require.ErrorIs(t, err, context.Canceled)
		_, err = fs.ReadDir(fsys, ".")
		require.ErrorIs(t, err, context.Canceled)
	})
	inBubble(t, "Sub sees only the keys below its folder", func(t *testing.T) {
		_, fsys := oddBucket(t)
		sub, err := fs.Sub(fsys, "tree/x")
		require.NoError(t, err)
		require.NoError(t, fstest.TestFS(sub, "file", "y/z"))
		_, err = fs.Sub(fsys, "../x")
		require.ErrorIs(t, err, fs.ErrInvalid)
	})
}
