// Package pastetest gives commands to real shells and sees what ran. The programs that the commands
// name are replaced by ones that write down their arguments and do nothing else, so that a test can
// paste anything, and a program that no command should have run is seen as well.
package pastetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Intruder is a program that exists beside the expected ones, and that no command should run:
// values that mean harm name it.
const Intruder = "intruder"

// Mark is in each of Harmful, and in nothing else.
const Mark = "zZ"

// Harmful are values that run a program, change what a program is told, or hide what they are.
var Harmful = []string{
	"-zZ", "--kubeconfig=zZ", "zZ'; intruder #", `zZ$'x\'; intruder #'`, `zZ"; intruder; "`, "zZ$(intruder)",
	"zZ`intruder`", "zZ;intruder;x", "zZ\nintruder\n", "zZ || intruder", "zZ\\", "zZ\x1b[2J\u202e\u200b",
	"zZ\xff%s%n", "* ~ zZ ${IFS} {a,b}", "zZ\r\nintruder", "zZ &\tintruder &", "%zZ\\047; intruder; \\047",
}

// stub appends its name and its arguments to a log, each ended by NUL, and the call by a line feed
// and another.
const stub = `#!/bin/sh
{ printf '%s\0' "${0##*/}" "$@"; printf '\n\0'; } >>"$PASTE_CALLS"
`

// A Call is a program that ran, and its arguments.
type Call []string

// Shells returns those that people paste into: what bash takes dash may not. Without any the test
// is skipped.
func Shells(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, name := range []string{"dash", "bash"} {
		if path, err := exec.LookPath(name); err == nil {
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		t.Skip("there is no shell to paste into")
	}
	return found
}

// Paste gives each command to a shell, in an empty folder that the commands share, in which nothing
// can be run but the programs named and [Intruder]. A shell stops at a variable that isn't set, as
// commands mean it to. It returns what ran.
func Paste(t *testing.T, shell string, commands []string, programs ...string) []Call {
	t.Helper()
	bin, dir := t.TempDir(), t.TempDir()
	for _, name := range append(programs, Intruder) {
		write(t, filepath.Join(bin, name), stub, 0o700)
	}
	var script strings.Builder
	for i, command := range commands {
		// A file of its own: what breaks out of its quotes ends with the command.
		name := filepath.Join(bin, strconv.Itoa(i)+".sh")
		write(t, name, command+"\n", 0o600)
		script.WriteString("( . " + name + " ) </dev/null\n")
	}
	log := filepath.Join(bin, "calls")
	c := exec.CommandContext(t.Context(), shell, "-c", script.String())
	c.Dir, c.Env = dir, []string{"PATH=" + bin, "PASTE_CALLS=" + log}
	_ = c.Run() // the status is the last command's, which may well have stopped
	written, err := os.ReadFile(log)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var calls []Call
	for call := range strings.SplitSeq(strings.TrimSuffix(string(written), "\x00\n\x00"), "\x00\n\x00") {
		calls = append(calls, strings.Split(call, "\x00"))
	}
	return calls
}

func write(t *testing.T, file, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}
