package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/embedded"
	"github.com/seed-15cba5db/irsa-go/irsa/diagnose"
)

// commands maps a case to the beginning of the command that repairs it, which the report gives to
// paste. The report says in words how to repair the other cases: see embedded.Case.
var commands = map[string]string{
	"not-injected":            "kubectl -n payments annotate serviceaccount api",
	"default-service-account": "kubectl -n payments set serviceaccount",
	"half-injected":           "kubectl -n payments annotate serviceaccount api",
	"empty-variables":         "kubectl -n payments set env",
	"static-keys":             "kubectl -n payments set env",
	"pod-identity":            "aws eks delete-pod-identity-association",
	"association-missing":     "aws eks create-pod-identity-association",
	"missing-profile":         "kubectl -n payments set env",
	"session-name":            "kubectl -n payments set env",
	"token-missing":           "kubectl -n payments annotate serviceaccount api",
	"token-unreadable":        "kubectl -n payments patch",
	"token-empty":             "kubectl -n payments annotate serviceaccount api",
	"token-garbage":           "kubectl -n payments annotate serviceaccount api",
	"token-expired":           "kubectl -n payments rollout restart deployment/api",
	"token-not-rotated":       "kubectl -n payments rollout restart deployment/api",
	"kubernetes-token":        "kubectl -n payments annotate serviceaccount api",
	"audience":                "kubectl -n payments annotate serviceaccount api",
	"audience-invisible":      "aws iam add-client-id-to-open-id-connect-provider",
	"no-subject":              "kubectl -n payments annotate serviceaccount api",
	"role-arn":                "kubectl -n payments annotate serviceaccount api",
	"partition":               "kubectl -n payments annotate serviceaccount api",
	"no-region":               "kubectl -n payments set env",
	"region-misspelt":         "kubectl -n payments set env",
	"sts-no-url":              "kubectl -n payments set env",
	"sts-unresolved":          "kubectl -n payments set env",
	"sts-refused":             "kubectl -n payments set env",
	"sts-tls":                 "kubectl -n payments set env",
	"sts-is-s3":               "kubectl -n payments set env",
	"endpoint-for-all":        "kubectl -n payments set env",
	"no-provider":             "aws iam create-open-id-connect-provider",
	"other-account":           "aws iam create-open-id-connect-provider",
	"thumbprint":              "aws iam delete-open-id-connect-provider",
	"trust":                   "aws iam update-assume-role-policy",
	"trust-wildcard":          "aws iam update-assume-role-policy",
	"trust-other-cluster":     "aws iam update-assume-role-policy",
	"no-role":                 "kubectl -n payments annotate serviceaccount api",
}

// keepsMistake are the cases whose fix adds what is needed to a policy, and leaves it to its owner
// to take out what is mistaken there, which is a warning still.
var keepsMistake = map[string]bool{"trust-wildcard": true, "trust-other-cluster": true}

func TestTheDoctorFindsEachFailureAndNoneAfterItsFix(t *testing.T) {
	for _, c := range embedded.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel() // each runs in a process of its own
			before, after := play(t, c.Name)
			worst := diagnose.OK
			for _, check := range before.Checks {
				if check.Result == diagnose.Fail || check.Result == diagnose.Warn {
					worst = max(worst, check.Result)
					assert.NotEmpty(t, check.Fix, "%s: %s", check.Name, check.Detail)
				}
				assert.NotContains(t, check.Detail, "\n")
			}
			assert.NotEqual(t, diagnose.OK, worst, "no check found anything")
			for _, secret := range []string{"eyJ", "IQoJ", "SecretAccessKey>", "SessionToken>"} {
				assert.NotContains(t, string(before.JSON())+before.Text(true), secret)
			}
			golden := filepath.Join("testdata", c.Name+".txt")
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(steadied(before).String()), 0o666))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			if runtime.GOOS == "linux" {
				assert.Equal(t, string(want), steadied(before).String())
			}
			end := "\nall ok\n"
			if keepsMistake[c.Name] {
				end = "\nnothing failed; see the warnings\n"
			}
			assert.True(t, strings.HasSuffix(after.String(), end), after.String())
		})
	}
}

func TestEachCaseIsRepairedByACommandOrByHand(t *testing.T) {
	var names []string
	for _, c := range embedded.Cases() {
		names = append(names, c.Name)
		assert.NotEqual(t, commands[c.Name] != "", c.ByHand != "", c.Name)
	}
	for name := range commands {
		assert.Contains(t, names, name)
	}
}
