package examples_test

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/seed-15cba5db/irsa-go"

// copied are the examples that a user can copy: all but setup, whose templates are internal.
var copied = []string{"aws", "doctor", "download", "inventory", "listbuckets"}

// publicFiles returns the files of an example that a copy consists of.
func publicFiles(t *testing.T, example string) (files []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(example, "*.go"))
	require.NoError(t, err)
	for _, file := range all {
		if name := filepath.Base(file); name != "embedded.go" && !strings.HasSuffix(name, "_test.go") {
			files = append(files, file)
		}
	}
	require.Contains(t, files, filepath.Join(example, "main.go"))
	return files
}

func TestOnlyEmbeddedImportsWhatIsInternal(t *testing.T) {
	for _, example := range copied {
		for _, file := range publicFiles(t, example) {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			require.NoError(t, err)
			for _, imported := range parsed.Imports {
				path, err := strconv.Unquote(imported.Path.Value)
				require.NoError(t, err)
				assert.NotContains(t, path, "/internal/", file)
				assert.False(t, strings.HasSuffix(path, "/internal"), file)
			}
		}
	}
}

// userModule makes a module of a user of this one. It needs the same dependencies as this one, so
// that nothing has to be downloaded.
func userModule(t *testing.T) (write func(name string, content []byte), build func()) {
	t.Helper()
	folder := t.TempDir()
	write = func(name string, content []byte) {
		file := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, content, 0o600))
	}
	here, err := filepath.Abs(root)
	require.NoError(t, err)
	gomod, err := os.ReadFile(filepath.Join(here, "go.mod"))
	require.NoError(t, err)
	_, requirements, found := strings.Cut(string(gomod), "module "+module+"\n")
	require.True(t, found)
	write("go.mod", []byte("module example.com/copied\n"+requirements+
		"\nrequire "+module+" v0.0.0\n\nreplace "+module+" => "+strconv.Quote(here)+"\n"))
	sums, err := os.ReadFile(filepath.Join(here, "go.sum"))
	require.NoError(t, err)
	write("go.sum", sums)
	return write, func() {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", "build", "-mod=mod", "-o", os.DevNull, "./...")
		cmd.Dir = folder
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOPROXY=off")
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, string(output))
	}
}

func TestAnExampleCompilesWhereAUserCopiesIt(t *testing.T) {
	write, build := userModule(t)
	for _, example := range copied {
		for _, file := range publicFiles(t, example) {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			write(file, content)
		}
	}
	build()
}
