// Package exampletest runs an example program as a process of its own, as its
// users do: the test's own executable, which becomes the program.
package exampletest

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// variable is set in the processes that are to be the program.
const variable = "IRSA_EXAMPLE_MAIN"

// Main is the TestMain of an example's tests: it runs the tests, or the example's
// main in the processes that Run starts.
func Main(m *testing.M, main func()) {
	if os.Getenv(variable) == "" {
		os.Exit(m.Run())
	}
	main()
	os.Exit(0)
}

// A Result is what became of a program.
type Result struct {
	Stdout, Stderr string
	Code           int // its exit status
}

// Run runs the program to its end. Its environment is the test's without what AWS
// and Kubernetes have there, with temp and home in a folder of its own, and with
// env, given as "name=value".
func Run(t *testing.T, env []string, args ...string) Result {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	cmd := exec.CommandContext(t.Context(), executable, args...)
	cmd.Dir = folder
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "AWS_") && !strings.HasPrefix(entry, "KUBERNETES_") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	for _, name := range []string{"HOME", "USERPROFILE", "TMPDIR", "TMP", "TEMP"} {
		cmd.Env = append(cmd.Env, name+"="+folder)
	}
	cmd.Env = append(append(cmd.Env, variable+"=1"), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		t.Errorf("%s %s left %s behind", executable, args, entry.Name())
	}
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// OneLine fails the test unless the program ended with status 1 and said why in one
// line, which it returns.
func (r Result) OneLine(t *testing.T) string {
	t.Helper()
	line, rest, ended := strings.Cut(r.Stderr, "\n")
	if r.Code != 1 || !ended || rest != "" || line == "" {
		t.Errorf("exit status %d and %q on stderr, want 1 and one line", r.Code, r.Stderr)
	}
	return line
}
