// Package exampletest runs an example as a process of its own, as its users do. The process is
// the test's executable, which Main turns into the program: nothing has to be built.
package exampletest

import (
	"bytes"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// variable is set in the processes that run the program.
const variable = "IRSA_EXAMPLE_MAIN"

// Main is the TestMain of an example's tests: it runs the tests, or, in a process that Run
// started, the example's main. The tests' processes end at once under the race detector, too, which
// otherwise has each of them sleep for a second.
func Main(m *testing.M, main func()) {
	if os.Getenv(variable) == "" {
		if err := os.Setenv("GORACE", strings.TrimSpace(os.Getenv("GORACE")+" atexit_sleep_ms=0")); err != nil {
			panic(err)
		}
		os.Exit(m.Run())
	}
	main()
	os.Exit(0)
}

// A Result is what a program printed and how it ended.
type Result struct {
	Stdout, Stderr string
	Code           int // its exit status
}

// Run runs the program to its end. Its environment is the test's without the variables of AWS
// and Kubernetes, with the folders for temporary files and for the user's configuration replaced
// by an empty one, and with env, given as "name=value". The test fails where the program leaves a
// file in that folder.
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

// OneLine returns the one line in which the program said why it failed. The test fails unless
// that is all it said on stderr, and its exit status is 1.
func (r Result) OneLine(t *testing.T) string {
	t.Helper()
	line, rest, ended := strings.Cut(r.Stderr, "\n")
	if r.Code != 1 || !ended || rest != "" || line == "" {
		t.Errorf("exit status %d and %q on stderr, want 1 and one line", r.Code, r.Stderr)
	}
	return line
}

// Explained returns the line in which the program said why it failed, and the lines below it, which
// say what to do. The test fails unless its exit status is 1.
func (r Result) Explained(t *testing.T) (line, help string) {
	t.Helper()
	line, help, ended := strings.Cut(r.Stderr, "\n")
	if r.Code != 1 || !ended || line == "" {
		t.Errorf("exit status %d and %q on stderr, want 1 and a line", r.Code, r.Stderr)
	}
	return line, help
}

// Misused fails the test unless the program refused its command line: with exit status 2, nothing
// on stdout, and on stderr a first line that names the problem, followed by the usage.
func (r Result) Misused(t *testing.T, problem string) {
	t.Helper()
	line, usage, _ := strings.Cut(r.Stderr, "\n")
	if r.Code != 2 || r.Stdout != "" {
		t.Errorf("exit status %d and %q on stdout, want 2 and nothing", r.Code, r.Stdout)
	}
	if !strings.Contains(line, problem) || !strings.HasPrefix(usage, "Usage of ") {
		t.Errorf("%q on stderr, want a line with %q and then the usage", r.Stderr, problem)
	}
}

// RefusingAddress returns an address that refuses connections until the test ends. A port that
// was merely free a moment ago may be taken by another process; this one is held by a client's
// connection.
func RefusingAddress(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(nil)
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().String()
}
