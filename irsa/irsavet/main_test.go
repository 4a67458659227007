package main_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const library = "github.com/seed-15cba5db/irsa-go"

// command runs the go command, or another program, in a folder.
func command(t *testing.T, dir string, args ...string) (output string, status int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir = dir
	// The modules of the tests state no checksums of what the library's own tests need.
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	all, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return string(all), cmd.ProcessState.ExitCode()
}

func build(t *testing.T) (irsavet string) {
	t.Helper()
	irsavet = filepath.Join(t.TempDir(), "irsavet.exe")
	output, status := command(t, ".", "go", "build", "-o", irsavet, ".")
	require.Zero(t, status, output)
	return irsavet
}

// userModule is a module that uses the library as it is in this repository.
func userModule(t *testing.T) (dir string) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	gomod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	_, requirements, found := strings.Cut(string(gomod), "module "+library+"\n")
	require.True(t, found)
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	program, err := os.ReadFile(filepath.Join("testdata", "misuse.go.txt"))
	require.NoError(t, err)

	dir = t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module example.com/program\n" + requirements +
			"\nrequire " + library + " v0.0.0\n\nreplace " + library + " => " + strconv.Quote(root) + "\n",
		"go.sum":  string(sums),
		"main.go": string(program),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return dir
}

// The cases of package checks have stand-ins for the SDK and the library.
func TestEachCheckKnowsTheRealTypesAndTheFixedProgramCompiles(t *testing.T) {
	irsavet, dir := build(t), userModule(t)

	output, status := command(t, dir, "go", "vet", "-vettool="+irsavet, "./...")
	assert.NotZero(t, status)
	for line, message := range map[int]string{
		19: "takes the node's role", 23: "in an HTTP handler", 25: "end with the session that signs them",
		34: "end with their session", 39: "puts a cache around", 47: "the error of this listing is dropped",
	} {
		assert.Regexp(t, "main.go:"+strconv.Itoa(line)+":.*"+message, output)
	}
	assert.Equal(t, 6, strings.Count(output, "main.go:"), output)
	output, status = command(t, dir, irsavet, "-loadconfig=false", "-perrequest=false", "-presignlife=false",
		"-statickeys=false", "-providercache=false", "./...")
	assert.Equal(t, 3, status)
	assert.Equal(t, 1, strings.Count(output, "main.go:"), output)

	output, status = command(t, dir, irsavet, "-fix", "./...")
	require.NotEqual(t, 1, status, output)
	fixed, err := os.ReadFile(filepath.Join(dir, "main.go"))
	require.NoError(t, err)
	for _, now := range []string{
		"return irsa.LoadConfig(ctx)", "cfg.Credentials = p", "for _, err := range", "_, err := p.Retrieve(ctx)",
		"loader.LoadConfig(", "o.Credentials = p.MinLife(15 * time.Minute)",
	} {
		assert.Contains(t, string(fixed), now)
	}
	output, status = command(t, dir, "go", "build", "-o", os.DevNull, ".")
	require.Zero(t, status, output+string(fixed))

	output, status = command(t, dir, irsavet, "./...")
	assert.Zero(t, status, output)
}

func TestThisRepositoryHasNoFinding(t *testing.T) {
	irsavet := build(t)
	root := filepath.Join("..", "..")
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "go.mod" {
			return err
		}
		dir := filepath.Dir(path)
		packages, _ := command(t, dir, "go", "list", "-mod=readonly", "./...")
		if !strings.Contains(packages, library) || strings.Contains(packages, "matched no packages") {
			return nil // it only pins versions
		}
		output, status := command(t, dir, "go", "vet", "-mod=readonly", "-vettool="+irsavet, "./...")
		assert.Zero(t, status, "%s: %s", dir, output)
		return nil
	}))
}

// The go command runs no program at a version whose module replaces others.
func TestTheModuleCanBeRunAtAVersion(t *testing.T) {
	gomod, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	assert.NotContains(t, string(gomod), "replace")
	assert.NotContains(t, string(gomod), "exclude")
}
