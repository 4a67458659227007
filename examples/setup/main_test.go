package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/exampletest"
	"github.com/seed-15cba5db/irsa-go/examples/internal/setup"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestMain(m *testing.M) { exampletest.Main(m, main) }

var (
	values = setup.Values{
		Issuer:  "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE",
		Account: "111122223333", Role: "payments-reader",
		Namespace: "payments", ServiceAccount: "api", Bucket: "invoices",
	}
	flags = []string{
		"-issuer", values.Issuer, "-account", values.Account, "-role", values.Role,
		"-namespace", values.Namespace, "-service-account", values.ServiceAccount, "-bucket", values.Bucket,
	}
)

// with returns the flags for values, and args after them.
func with(args ...string) []string { return append(append([]string(nil), flags...), args...) }

func TestItPrintsTheScript(t *testing.T) {
	want, err := setup.Script(values, setup.Commands)
	require.NoError(t, err)
	result := exampletest.Run(t, nil, flags...)
	require.Zero(t, result.Code, result.Stderr)
	assert.Empty(t, result.Stderr)
	assert.Equal(t, want, result.Stdout)
}

func TestItPrintsTheOtherForms(t *testing.T) {
	named := values
	named.Cluster = "prod"
	for flag, form := range map[string]setup.Form{"-terraform": setup.Terraform, "-eksctl": setup.Eksctl} {
		want, err := setup.Script(named, form)
		require.NoError(t, err)
		result := exampletest.Run(t, nil, with(flag, "-cluster", "prod")...)
		require.Zero(t, result.Code, result.Stderr)
		assert.Equal(t, want, result.Stdout)
	}
}

func TestItWritesTheFilesAndOverwritesNone(t *testing.T) {
	want, err := setup.Files(values, setup.Commands)
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "new")
	result := exampletest.Run(t, nil, with("-o", dir)...)
	require.Zero(t, result.Code, result.Stderr)
	assert.Empty(t, result.Stderr)
	var names []string
	for _, f := range want {
		name := filepath.Join(dir, f.Name)
		names = append(names, name)
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, f.Content, string(content))
	}
	assert.Equal(t, names, strings.Split(strings.TrimSpace(result.Stdout), "\n"))

	mine := filepath.Join(dir, want[len(want)-1].Name)
	require.NoError(t, os.WriteFile(mine, []byte("mine"), 0o600))
	result = exampletest.Run(t, nil, with("-o", dir)...)
	assert.Contains(t, result.OneLine(t), dir)
	assert.Empty(t, result.Stdout)
	content, err := os.ReadFile(mine)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(content))
}

func TestInAPodItNeedsOnlyTheBucket(t *testing.T) {
	pod, err := irsatest.WritePod(t.TempDir(), irsatest.PodOptions{
		Issuer: irsatest.NewIssuer(values.Issuer), RoleARN: "arn:aws:iam::111122223333:role/payments-reader",
		Claims: irsatest.Claims{Namespace: values.Namespace, ServiceAccount: values.ServiceAccount},
	})
	require.NoError(t, err)
	want, err := setup.Script(values, setup.Commands)
	require.NoError(t, err)
	result := exampletest.Run(t, pod.Env(), "-pod", "-bucket", values.Bucket)
	require.Zero(t, result.Code, result.Stderr)
	assert.Equal(t, want, result.Stdout)

	result = exampletest.Run(t, nil, "-pod", "-token", pod.TokenFile(),
		"-account", values.Account, "-role", values.Role, "-bucket", values.Bucket)
	require.Zero(t, result.Code, result.Stderr)
	assert.Equal(t, want, result.Stdout)
}

func TestWhatGoesWrongIsOneLineAndStatus1(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"nothing given":                  {nil, "issuer"},
		"no bucket":                      {flags[:len(flags)-2], "bucket: missing"},
		"an invalid account":             {with("-account", "1"), `account "1": not 12 digits`},
		"a folder that can't be created": {with("-o", filepath.Join(os.Args[0], "new")), os.Args[0]},
	} {
		t.Run(name, func(t *testing.T) {
			result := exampletest.Run(t, nil, c.args...)
			line := result.OneLine(t)
			assert.Contains(t, line, "setup: ")
			assert.Contains(t, line, c.says)
			assert.Empty(t, result.Stdout)
		})
	}
}

func TestAPodWithoutItsTokenIsExplained(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "token")
	line, help := exampletest.Run(t, nil, "-pod", "-token", missing, "-bucket", "invoices").Explained(t)
	assert.Contains(t, line, "setup: ")
	assert.Contains(t, line, missing)
	assert.Contains(t, help, "What to do:")
}

func TestWrongUsageIsStatus2AndSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ arg, says string }{
		"an argument":     {"invoices", `unexpected argument "invoices"`},
		"an unknown flag": {"-buckets", "-buckets"},
		"two forms":       {"-eksctl", "-terraform and -eksctl exclude each other"},
	} {
		t.Run(name, func(t *testing.T) {
			exampletest.Run(t, nil, with("-terraform", c.arg)...).Misused(t, c.says)
		})
	}
}
