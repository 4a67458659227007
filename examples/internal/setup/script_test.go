package setup_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/setup"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

func TestTheScriptsCallTheToolsWithWholeArguments(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the scripts are for a POSIX shell")
	}
	script, err := setup.Script(values(), setup.Commands)
	require.NoError(t, err)
	files, err := setup.Files(values(), setup.Commands)
	require.NoError(t, err)

	bin, dir := tools(t, "*get-open-id*|*get-role*|*'get namespace'*"), t.TempDir()
	run := func(calls, name string) [][]string {
		cmd := exec.Command("/bin/sh", name)
		cmd.Dir = dir
		cmd.Env = []string{
			"PATH=" + bin + ":/usr/bin:/bin",
			"CALLS=" + filepath.Join(bin, calls), "STDIN=" + filepath.Join(bin, "stdin"),
		}
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		b, err := os.ReadFile(filepath.Join(bin, calls))
		require.NoError(t, err)
		var all [][]string
		for call := range strings.SplitSeq(strings.TrimSuffix(string(b), "\x00\n\x00"), "\x00\n\x00") {
			all = append(all, strings.Split(call, "\x00"))
		}
		return all
	}
	require.NoError(t, setup.Write(files, dir))
	require.NoError(t, os.WriteFile(filepath.Join(bin, "all.sh"), []byte(script), 0o600))

	whole := run("whole", filepath.Join(bin, "all.sh"))
	var parts [][]string
	for _, name := range []string{"1-aws.sh", "2-kubernetes.sh", "3-check.sh"} {
		parts = run("parts", filepath.Join(dir, name))
	}
	require.Len(t, parts, len(whole), "the files and the script make the same calls")

	byOperation := map[string][]string{}
	for _, call := range whole {
		byOperation[strings.Join(call[:min(3, len(call))], " ")] = call
	}
	argument := func(operation, flag string) string {
		call := byOperation[operation]
		require.NotEmpty(t, call, operation)
		for i, a := range call {
			if a == flag {
				return call[i+1]
			}
		}
		require.Fail(t, "no such argument", "%s %s", operation, flag)
		return ""
	}
	const (
		createProvider = "aws iam create-open-id-connect-provider"
		addClientID    = "aws iam add-client-id-to-open-id-connect-provider"
	)
	assert.Equal(t, "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
		argument(createProvider, "--url"))
	assert.Equal(t, "sts.amazonaws.com", argument(createProvider, "--client-id-list"))
	assert.Equal(t, "sts.amazonaws.com", argument(addClientID, "--client-id"))
	assert.Equal(t, partition.ProviderARN("aws", "111122223333", values().Issuer),
		argument(addClientID, "--open-id-connect-provider-arn"))
	assert.Equal(t, "reader", argument("aws iam create-role", "--role-name"))
	assert.Equal(t, "/teams/payments/", argument("aws iam create-role", "--path"))
	assert.JSONEq(t, content(t, files, "trust-policy.json"),
		argument("aws iam create-role", "--assume-role-policy-document"))
	assert.JSONEq(t, content(t, files, "read-policy.json"), argument("aws iam put-role-policy", "--policy-document"))
	applied, err := os.ReadFile(filepath.Join(bin, "stdin"))
	require.NoError(t, err)
	assert.Equal(t, content(t, files, "serviceaccount.yaml")+content(t, files, "job.yaml"), string(applied))
	assert.Contains(t, parts, []string{"kubectl", "apply", "-f", "serviceaccount.yaml"})
}

func tools(t *testing.T, fails string) string {
	t.Helper()
	bin := t.TempDir()
	tool := `#!/bin/sh
printf '%s\0' "${0##*/}" "$@" >>"$CALLS"
printf '\n\0' >>"$CALLS"
case "$*" in ` + fails + `) exit 1;; *get-role*) echo "${ADMITS:-1}";; esac
[ "$2" = -f ] && [ "$3" = - ] && cat >>"$STDIN"
exit 0
`
	for _, name := range []string{"aws", "kubectl"} {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte(tool), 0o755))
	}
	return bin
}

func TestARoleThatExistsIsUsedWhereItTrustsTheServiceAccountAndNeverChanged(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the scripts are for a POSIX shell")
	}
	script, err := setup.Script(values(), setup.Commands)
	require.NoError(t, err)
	for admits, c := range map[string]struct{ ends, says string }{
		"1": {"logs -l job-name=list-bucket", ""},
		"0": {"iam get-role", "system:serviceaccount:payments:api"},
	} {
		bin := tools(t, "none")
		cmd := exec.Command("/bin/sh", "-c", script)
		cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin", "CALLS=" + filepath.Join(bin, "calls"),
			"STDIN=" + os.DevNull, "ADMITS=" + admits}
		out, err := cmd.CombinedOutput()
		assert.Equal(t, admits == "1", err == nil, "%v: %s", err, out)
		assert.Contains(t, string(out), c.says)
		b, err := os.ReadFile(filepath.Join(bin, "calls"))
		require.NoError(t, err)
		calls := strings.Split(strings.ReplaceAll(strings.TrimSuffix(string(b), "\x00\n\x00"), "\x00", " "), "\n")
		assert.Contains(t, calls[len(calls)-1], c.ends)
		assert.NotContains(t, string(b), "create-role")
		assert.NotContains(t, string(b), "update-assume-role-policy")
	}
}

func TestARunAgainTakesAwayNothingButTheJobThatItMade(t *testing.T) {
	files, err := setup.Files(values(), setup.Commands)
	require.NoError(t, err)
	const label = "app.kubernetes.io/managed-by"
	assert.Contains(t, content(t, files, "2-kubernetes.sh"), "delete job --ignore-not-found \\\n"+
		"  -l app.kubernetes.io/name=list-bucket,"+label+"=irsa-setup\n")
	assert.Contains(t, content(t, files, "job.yaml"), label+": irsa-setup\n")
	for _, f := range files {
		assert.LessOrEqual(t, strings.Count(f.Content, "delete"), strings.Count(f.Content, "delete job"), f.Name)
	}
}

func TestAJobThatDoesNotCompleteFailsTheCheckAndShowsItsLog(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the scripts are for a POSIX shell")
	}
	script, err := setup.Script(values(), setup.Commands)
	require.NoError(t, err)
	for fails, want := range map[string]int{"none": 0, "*condition=complete*": 1} {
		bin := tools(t, fails)
		cmd := exec.Command("/bin/sh", "-c", script)
		cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin", "CALLS=" + filepath.Join(bin, "calls"),
			"STDIN=" + os.DevNull}
		out, err := cmd.CombinedOutput()
		assert.Equal(t, want == 0, err == nil, "%v: %s", err, out)
		assert.Equal(t, want, cmd.ProcessState.ExitCode())
		calls, err := os.ReadFile(filepath.Join(bin, "calls"))
		require.NoError(t, err)
		assert.Contains(t, string(calls), "jsonpath=")
		assert.Contains(t, string(calls), "logs\x00-l\x00job-name=list-bucket")
	}
}
