package main

import (
	"bytes"
	"context"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/exampletest"
	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestMain(m *testing.M) { exampletest.Main(m, main) }

// runOn runs the program on the bucket of an S3, to write to the folder "to" in parent.
func runOn(t *testing.T, fake *s3readtest.Server, parent string, args ...string) exampletest.Result {
	t.Helper()
	server := httptest.NewServer(fake)
	defer server.Close()
	env := []string{
		"AWS_ENDPOINT_URL_S3=" + server.URL, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret",
	}
	args = append([]string{"-bucket", "bucket", "-to", filepath.Join(parent, "to")}, args...)
	return exampletest.Run(t, env, args...)
}

// filesIn returns the names of all files below a folder.
func filesIn(t *testing.T, folder string) (files []string) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, name)
		}
		return err
	}))
	return files
}

func TestEachObjectBecomesAFileBelowTheFolder(t *testing.T) {
	fake, parent := new(s3readtest.Server), t.TempDir()
	fake.Put("bucket", "p/a", "content of a")
	fake.Put("bucket", "p/b/c", "content of c")
	fake.Put("bucket", "p/b/", "")
	fake.Put("bucket", "q", "another")
	result := runOn(t, fake, parent, "-prefix", "p/")
	require.Zero(t, result.Code, result.Stderr)
	assert.Empty(t, result.Stderr)
	assert.Regexp(t, `^"p/a"  12 B in .*\n"p/b/c"  12 B in .*\n$`, result.Stdout)
	assert.Equal(t, []string{"to/p/a", "to/p/b/c"}, filesIn(t, parent))
	got, err := os.ReadFile(filepath.Join(parent, "to", "p", "b", "c"))
	require.NoError(t, err)
	assert.Equal(t, "content of c", string(got))

	require.Zero(t, runOn(t, fake, parent, "-key", "q").Code)
	assert.Equal(t, []string{"to/p/a", "to/p/b/c", "to/q"}, filesIn(t, parent))
}

func TestEmbeddedNeedsNothing(t *testing.T) {
	folder := t.TempDir()
	result := exampletest.Run(t, nil, "-embedded", "-bucket", "invoices", "-prefix", "2025/03/invoice-004", "-to",
		folder)
	require.Zero(t, result.Code, result.Stderr)
	assert.Empty(t, result.Stderr)
	files := filesIn(t, folder)
	require.Len(t, files, 10)
	assert.Equal(t, "2025/03/invoice-0040.txt", files[0])
}

func TestKeysThatWouldLeaveTheFolderAreRefusedAndTheOthersWritten(t *testing.T) {
	fake, parent := new(s3readtest.Server), t.TempDir()
	for _, key := range []string{"../out", "a/../../out", "/etc/passwd", "a//b", "a/./b", "..", "kept"} {
		fake.Put("bucket", key, "x")
	}
	result := runOn(t, fake, parent)
	assert.Equal(t, 1, result.Code)
	assert.Contains(t, result.Stderr, `"a/../../out": `+errName.Error())
	assert.Equal(t, []string{"to/kept"}, filesIn(t, parent))
}

func TestALinkOutOfTheFolderIsNotFollowed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("creating a symbolic link takes a privilege on Windows")
	}
	fake, parent := new(s3readtest.Server), t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(parent, "to"), 0o777))
	require.NoError(t, os.Symlink("..", filepath.Join(parent, "to", "up")))
	fake.Put("bucket", "up/out", "x")
	assert.Equal(t, 1, runOn(t, fake, parent).Code)
	assert.Equal(t, []string{"to/up"}, filesIn(t, parent))
}

func TestAnInterruptedDownloadLeavesNothing(t *testing.T) {
	fake, folder := new(s3readtest.Server), t.TempDir()
	root, err := os.OpenRoot(folder)
	require.NoError(t, err)
	defer func() { require.NoError(t, root.Close()) }()
	fake.PutObject("bucket", s3readtest.Object{Key: "deep/big", Content: s3readtest.Synthetic(1), Size: 40 << 20})
	ctx, cancel := context.WithCancel(t.Context())
	fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.At(100_000, cancel)})
	fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Stall(100_000)})
	bucket := s3read.NewBucket(fake.S3Client(), "bucket")
	require.ErrorIs(t, saveAll(ctx, root, bucket, "", &meter{w: new(bytes.Buffer)}), context.Canceled)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestAFailureIsPrintedWithItsHint(t *testing.T) {
	fake, parent := new(s3readtest.Server), t.TempDir()
	result := runOn(t, fake, parent)
	assert.Equal(t, 1, result.Code)
	assert.Regexp(t, `^download: s3read: list s3://bucket/: bucket does not exist: .*\n`+
		`hint: check the bucket's name.*\n$`, result.Stderr)
	fake.Put("bucket", "key", "x")
	fake.Inject(s3readtest.Fault{Do: s3readtest.Error("AccessDenied", "")})
	result = runOn(t, fake, parent, "-key", "key")
	assert.Regexp(t, `(?s)^download: [^\n]*permission denied[^\n]*\nS3 denied the request, .*\nhint: the role needs s3:GetObject[^\n]*\n$`, result.Stderr)
	assert.Empty(t, filesIn(t, parent))
}

func TestAPrefixWithoutObjectsIsAFailure(t *testing.T) {
	fake, parent := new(s3readtest.Server), t.TempDir()
	fake.Put("bucket", "p/a", "x")
	fake.Put("bucket", "folder/", "")
	for _, prefix := range []string{"typo/", "folder/"} {
		result := runOn(t, fake, parent, "-prefix", prefix)
		assert.Equal(t, `download: prefix "`+prefix+`": there are no objects to download`, result.OneLine(t))
		assert.Empty(t, result.Stdout)
	}
	assert.Empty(t, filesIn(t, parent))
}

func TestWrongUsageIsStatus2AndSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no bucket":   {[]string{"-embedded"}, "-bucket is missing"},
		"an argument": {[]string{"-embedded", "-bucket", "invoices", "key"}, `unexpected argument "key"`},
		"key and prefix": {[]string{"-embedded", "-bucket", "invoices", "-key", "a", "-prefix", "b"},
			"-key and -prefix"},
		"an unknown flag": {[]string{"-embedded", "-bucket", "invoices", "-keys", "a"}, "-keys"},
	} {
		t.Run(name, func(t *testing.T) {
			result := exampletest.Run(t, nil, c.args...)
			result.Misused(t, c.says)
			assert.Contains(t, result.Stderr, "-embedded")
		})
	}
}
