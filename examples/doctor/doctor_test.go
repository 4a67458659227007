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

	"github.com/seed-15cba5db/irsa-go/examples/internal/exampletest"
	"github.com/seed-15cba5db/irsa-go/irsa/diagnose"
)

var update = flag.Bool("update", false, "write what the doctor says now into testdata")

// What a run cannot repeat: ports, temporary folders, times, ids and the like.
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

func steady(text string) string {
	for _, c := range changing {
		text = c.what.ReplaceAllString(text, c.with)
	}
	return text
}

// steadied is the report as if it could be repeated: its lines then break at the same
// words, however long a time or a folder's name is.
func steadied(r *diagnose.Report) *diagnose.Report {
	out := new(diagnose.Report)
	for _, c := range r.Checks {
		c.Detail, c.Fix = steady(c.Detail), steady(c.Fix)
		out.Checks = append(out.Checks, c)
	}
	return out
}

func TestOfflineMakesNoRequestAndSkipsWhatNeedsOne(t *testing.T) {
	report, err := run(t.Context(), diagnose.Options{Offline: true}, "", true, "sts-hangs")
	require.NoError(t, err)
	require.NoError(t, report.Err())
	for _, c := range report.Checks {
		if c.Name == "exchange" || c.Name == "identity" || strings.HasPrefix(c.Name, "sts ") && c.Name != "sts endpoint" {
			assert.Equal(t, diagnose.Skipped, c.Result, c.Name)
		}
	}
}

func TestATrustPolicyIsJudgedByThePodsToken(t *testing.T) {
	policy := filepath.Join(t.TempDir(), "trust.json")
	const document = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
		"Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"},
		"Action": "sts:AssumeRoleWithWebIdentity",
		"Condition": {"StringEquals": {
			"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:aud": "sts.amazonaws.com",
			"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub": "system:serviceaccount:SUBJECT"}}}}`
	for subject, want := range map[string]diagnose.Result{"payments:api": diagnose.OK, "payment:api": diagnose.Fail, "payments:*": diagnose.Fail} {
		require.NoError(t, os.WriteFile(policy, []byte(strings.ReplaceAll(document, "SUBJECT", subject)), 0o600))
		report, err := run(t.Context(), diagnose.Options{}, policy, true, "")
		require.NoError(t, err)
		last := report.Checks[len(report.Checks)-1]
		assert.Equal(t, "trust policy", last.Name)
		assert.Equal(t, want, last.Result, "%s: %+v", subject, last)
		assert.Equal(t, want != diagnose.OK, strings.Contains(last.Fix, `the policy wants "system:serviceaccount:`+subject+`"`), "%s: %+v", subject, last)
	}
	require.NoError(t, os.WriteFile(policy, []byte(`{"Statement": [`), 0o600))
	report, err := run(t.Context(), diagnose.Options{}, policy, true, "")
	require.NoError(t, err)
	require.EqualError(t, report.Err(), "diagnose: failed: trust policy")
	_, err = run(t.Context(), diagnose.Options{}, filepath.Join(t.TempDir(), "none.json"), false, "")
	require.ErrorIs(t, err, os.ErrNotExist)
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
			assert.Equal(t, want == 2, got.Stdout == "", "a wrong call prints no report: %s", got.Stdout)
			assert.Equal(t, want == 2, got.Stderr != "", got.Stderr)
			assert.NotContains(t, got.Stdout, "\x1b", "no terminal, no colours")
			if strings.Contains(args, "-json") {
				var report diagnose.Report
				require.NoError(t, json.Unmarshal([]byte(got.Stdout), &report))
				require.Error(t, report.Err())
			}
		})
	}
}
