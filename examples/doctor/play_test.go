package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/embedded"
	"github.com/seed-15cba5db/irsa-go/examples/internal/exampletest"
	"github.com/seed-15cba5db/irsa-go/irsa/diagnose"
)

// The test's executable also plays a case, and it is every program whose commands a report gives
// to paste: those record how they were called.
const (
	caseVariable     = "IRSA_DOCTOR_CASE"
	commandsVariable = "IRSA_DOCTOR_COMMANDS"
)

func TestMain(m *testing.M) {
	var err error
	switch program := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe"); {
	case os.Getenv(commandsVariable) != "":
		err = record(append([]string{program}, os.Args[1:]...))
	case os.Getenv(caseVariable) != "":
		err = playHere(os.Getenv(caseVariable))
	default:
		exampletest.Main(m, main)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A played case is the doctor's report before anything was repaired, and after.
type played struct{ Before, After *diagnose.Report }

// play breaks a case, does what the report says, and runs the doctor again. It does so in a process
// of its own, so that nothing cached by an earlier case is left.
func play(t *testing.T, name string) (before, after *diagnose.Report) {
	t.Helper()
	cmd := player(t, name)
	cmd.Env = append(append(os.Environ(), cmd.Env...), caseVariable+"="+name)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s%s", &stdout, &stderr)
	var p played
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &p))
	return p.Before, p.After
}

func playHere(name string) (err error) {
	cloud, err := embedded.Start(name)
	if err != nil {
		return err
	}
	defer cloud.Close()
	ctx := context.Background()
	var p played
	p.Before = diagnose.Run(ctx, diagnose.Options{TrustPolicy: cloud.TrustPolicy()})
	if err := follow(ctx, cloud, name, p.Before); err != nil {
		return fmt.Errorf("%w\n\n%s", err, p.Before)
	}
	p.After = diagnose.Run(ctx, diagnose.Options{TrustPolicy: cloud.TrustPolicy()})
	return json.NewEncoder(os.Stdout).Encode(p)
}

// follow does what the report says: it pastes the commands that repair the case, or does by hand
// what the report asks for in words.
func follow(ctx context.Context, cloud *embedded.Cloud, name string, report *diagnose.Report) error {
	if begins := commands[name]; begins != "" {
		block, err := toPaste(report.String(), begins)
		if err != nil {
			return err
		}
		return paste(ctx, cloud, block)
	}
	for _, c := range embedded.Cases() {
		says := func(check diagnose.Check) bool { return strings.Contains(steady(check.Fix), c.ByHand) }
		if c.Name == name && slices.ContainsFunc(report.Checks, says) {
			return cloud.FixByHand()
		}
	}
	return errors.New("the report does not say what to do by hand")
}

// toPaste returns the first block of lines to paste that has a line with this beginning, from that
// line on.
func toPaste(report, begins string) (string, error) {
	const margin = "         " // indents lines to paste
	var block strings.Builder
	for line := range strings.Lines(report) {
		command, indented := strings.CutPrefix(line, margin)
		switch {
		case !indented && block.Len() > 0:
			return block.String(), nil
		case indented && (block.Len() > 0 || strings.HasPrefix(command, begins)):
			block.WriteString(command)
		}
	}
	return "", fmt.Errorf("the report has nothing to paste that begins with %q", begins)
}

// paste runs the lines in a real shell, and gives their commands to the cloud.
func paste(ctx context.Context, cloud *embedded.Cloud, block string) (err error) {
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "irsa-doctor-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	for _, program := range []string{"kubectl", "aws"} {
		if err := os.Symlink(executable, filepath.Join(folder, program)); err != nil {
			return err
		}
	}
	recorded := filepath.Join(folder, "commands")
	shell := exec.CommandContext(ctx, "bash", "-euc", block)
	shell.Env = append(append(os.Environ(), cloud.Known()...), "PATH="+folder, commandsVariable+"="+recorded)
	if out, err := shell.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return replay(cloud, recorded)
}

// record writes down how a command was called, and prints what a command around it may need: an
// association's id.
func record(command []string) error {
	f, err := os.OpenFile(os.Getenv(commandsVariable), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	fmt.Println("a-example")
	return errors.Join(json.NewEncoder(f).Encode(command), f.Close())
}

// replay gives the recorded commands to the cloud.
func replay(cloud *embedded.Cloud, recorded string) error {
	f, err := os.Open(recorded)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var command []string
		if err := json.Unmarshal(lines.Bytes(), &command); err != nil {
			return err
		}
		if err := cloud.Command(command...); err != nil {
			return err
		}
	}
	return lines.Err()
}
