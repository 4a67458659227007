package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/embedded"
	"github.com/seed-15cba5db/irsa-go/examples/internal/exampletest"
	"github.com/seed-15cba5db/irsa-go/irsa/diagnose"
)

var update = flag.Bool("update", false, "write the present reports into testdata")

// changing matches what differs from run to run: ports, temporary folders, times, ids and the like.
var changing = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`(lookup \S+) on \S+: `), "$1 on RESOLVER: "},
	{regexp.MustCompile(`/\S*irsa-embedded-\d+`), "/ROOT"},
	{regexp.MustCompile(`(web identity|WebIdentityCredentials) in \S+,`), "$1 in TIME,"},
	{regexp.MustCompile(`\d+h\d+m\d+s|\b\d+m\d+s|\b\d+(\.\d+)?(ms|s|µs)\b`), "TIME"},
	{regexp.MustCompile(`\b1\d{9}\b`), "UNIX"},
	{regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "DATE"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`RequestID: [0-9A-F]+|request id "[0-9A-F]+"`), "request id"}, // of S3's form
	{regexp.MustCompile(`\d+ bytes`), "N bytes"},
	{regexp.MustCompile(`owner \d+, group \d+`), "owner U, group G"},
	{regexp.MustCompile(`uid \d+, gid \d+`), "uid U, gid G"},
}

// steady replaces what differs from run to run.
func steady(text string) string {
	for _, c := range changing {
		text = c.what.ReplaceAllString(text, c.with)
	}
	return text
}

// steadied returns the report with what differs from run to run replaced. That is done before the
// text is laid out, so that its lines break at the same words, however long a folder's name is.
func steadied(r *diagnose.Report) *diagnose.Report {
	out := new(diagnose.Report)
	for _, c := range r.Checks {
		c.Detail, c.Fix = steady(c.Detail), steady(c.Fix)
		out.Checks = append(out.Checks, c)
	}
	return out
}

// examine runs the checks in a pod of the embedded cloud, with one case of it broken, or none.
func examine(t *testing.T, broken string, opts diagnose.Options) *diagnose.Report {
	t.Helper()
	cloud, err := embedded.Start(broken)
	require.NoError(t, err)
	defer cloud.Close()
	return diagnose.Run(t.Context(), opts)
}

func TestOfflineSendsNoRequestAndSkipsWhatNeedsOne(t *testing.T) {
	report := examine(t, "sts-hangs", diagnose.Options{Offline: true})
	require.NoError(t, report.Err())
	for _, c := range report.Checks {
		if c.Name == "exchange" || c.Name == "identity" || strings.HasPrefix(c.Name,
			"sts ") && c.Name != "sts endpoint" {
			assert.Equal(t, diagnose.Skipped, c.Result, c.Name)
		}
	}
}

func TestATrustPolicyIsJudgedByThePodsToken(t *testing.T) {
	const (
		issuer   = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
		document = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
			"Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/` + issuer + `"},
			"Action": "sts:AssumeRoleWithWebIdentity",
			"Condition": {"StringEquals": {
				"` + issuer + `:aud": "sts.amazonaws.com",
				"` + issuer + `:sub": "system:serviceaccount:SUBJECT"}}}}`
	)
	file := filepath.Join(t.TempDir(), "trust.json")
	judge := func(document string) *diagnose.Report {
		require.NoError(t, os.WriteFile(file, []byte(document), 0o600))
		policy, err := readPolicy(file)
		require.NoError(t, err)
		return examine(t, "", diagnose.Options{TrustPolicy: policy})
	}
	for subject, want := range map[string]diagnose.Result{
		"payments:api": diagnose.OK,
		"payment:api":  diagnose.Fail,
		"payments:*":   diagnose.Fail,
	} {
		report := judge(strings.ReplaceAll(document, "SUBJECT", subject))
		last := report.Checks[len(report.Checks)-1]
		assert.Equal(t, "trust policy", last.Name)
		assert.Equal(t, want, last.Result, "%s: %+v", subject, last)
		says := strings.Contains(last.Fix, `the policy wants "system:serviceaccount:`+subject+`"`)
		assert.Equal(t, want != diagnose.OK, says, "%s: %+v", subject, last)
	}
	require.EqualError(t, judge(`{"Statement": [`).Err(), "diagnose: failed: trust policy")
	_, err := readPolicy(filepath.Join(t.TempDir(), "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestEmbeddedJudgesTheTrustPolicyOfItsRole(t *testing.T) {
	trusted := exampletest.Run(t, nil, "-embedded")
	assert.Contains(t, trusted.Stdout, "ok   trust policy   admits this service account")
	untrusted := exampletest.Run(t, nil, "-break", "trust", "-embedded")
	assert.Contains(t, untrusted.Stdout, "FAIL trust policy   does not admit this service account")
	unknown := exampletest.Run(t, nil, "-embedded", "-break", "no-role")
	assert.Contains(t, unknown.Stdout, "-    trust policy   none was given")
}

func TestTheExitStatusSaysWhetherSomethingFailed(t *testing.T) {
	for args, want := range map[string]int{
		"-embedded":                                      0,
		"-embedded -break pod-identity":                  0, // a warning
		"-embedded -break not-injected":                  1,
		"-embedded -break not-injected -json":            1,
		"-embedded -offline -break sts-hangs":            0,
		"-break list":                                    0,
		"-break trust":                                   2, // without -embedded
		"-embedded -break no-such-case":                  2,
		"-embedded -trust-policy nowhere.json":           2,
		"-embedded -trust-policy - -break half-injected": 1,
		"-no-such-flag":                                  2,
		"-embedded and-more":                             2,
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			got := exampletest.Run(t, nil, strings.Fields(args)...)
			assert.Equal(t, want, got.Code, got.Stderr)
			assert.Equal(t, want == 2, got.Stdout == "", "a wrong command line prints no report: %s", got.Stdout)
			assert.Equal(t, want == 2, got.Stderr != "", got.Stderr)
			assert.NotContains(t, got.Stdout, "\x1b", "no terminal, no colors")
			if strings.Contains(args, "-json") {
				var report diagnose.Report
				require.NoError(t, json.Unmarshal([]byte(got.Stdout), &report))
				require.Error(t, report.Err())
			}
		})
	}
}

func TestWrongUsageSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"an argument":            {[]string{"-offline", "api"}, `unexpected argument "api"`},
		"an argument, embedded":  {[]string{"-embedded", "api"}, `unexpected argument "api"`},
		"break without embedded": {[]string{"-break", "trust"}, "-break needs -embedded"},
		"an unknown flag":        {[]string{"-embedded", "-pod", "api"}, "-pod"},
	} {
		t.Run(name, func(t *testing.T) { exampletest.Run(t, nil, c.args...).Misused(t, c.says) })
	}
	result := exampletest.Run(t, nil, "-embedded", "-break", "no-such-case")
	assert.Equal(t, "embedded: no case \"no-such-case\"\n", result.Stderr)
}
