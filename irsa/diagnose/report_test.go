package diagnose_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/diagnose"
)

// report has a check of each result.
func report() *diagnose.Report {
	return &diagnose.Report{Checks: []diagnose.Check{
		{Name: "kubernetes", Detail: "pod payments/api-7c9f, service account api"},
		{
			Name: "clock", Result: diagnose.Warn, Detail: "1m0s ahead of STS",
			Fix: "Set up time synchronisation on the node.",
		},
		{Name: "exchange", Result: diagnose.Fail, Detail: "sts said no, " + strings.Repeat("at length ", 12),
			Fix: "Let the role trust this service account, by adding this statement to its policy, which is a " +
				"long sentence:\n" +
				"    aws iam update-assume-role-policy --role-name reader --policy-document " +
				"file://trust-policy.json --region eu-west-1"},
		{Name: "identity", Result: diagnose.Skipped, Detail: "there are no credentials to check"},
	}}
}

func TestTheTextKeepsToEightyColumnsButForWhatIsToBePasted(t *testing.T) {
	text := report().String()
	assert.NotContains(t, text, "\x1b")
	pasted := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		assert.Equal(t, strings.TrimRight(line, " "), line, "no line ends with a space")
		if strings.Contains(line, "aws iam") {
			pasted++
			assert.True(t, strings.HasSuffix(line, "--region eu-west-1"), "what is to be pasted is whole")
			continue
		}
		assert.LessOrEqual(t, utf8.RuneCountInString(line), 80, line)
	}
	assert.Equal(t, 1, pasted)
	assert.Contains(t, text, "ok   kubernetes     pod payments/api-7c9f, service account api\n")
	assert.Contains(t, text, "FAIL exchange       sts said no, at length")
	assert.Contains(t, text, "-    identity       there are no credentials")
	assert.True(t, strings.HasSuffix(text, "\nfailed: exchange\n"), text)
}

func TestColoursAndSymbolsAreForTerminals(t *testing.T) {
	text := report().Text(true)
	assert.Contains(t, text, "\x1b[32m✓\x1b[0m    kubernetes     pod")
	assert.Contains(t, text, "\x1b[31m✗\x1b[0m    exchange")
	plain := text
	for _, code := range []string{"\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[2m", "\x1b[0m"} {
		plain = strings.ReplaceAll(plain, code, "")
	}
	assert.NotContains(t, plain, "\x1b")
}

func TestTheSummarySaysWhatMatters(t *testing.T) {
	r := report()
	require.EqualError(t, r.Err(), "diagnose: failed: exchange")
	r.Checks = r.Checks[:2]
	require.NoError(t, r.Err())
	assert.True(t, strings.HasSuffix(r.String(), "\nnothing failed; see the warnings\n"))
	r.Checks = r.Checks[:1]
	assert.True(t, strings.HasSuffix(r.String(), "\nall ok\n"))
}

func TestTheJSONHoldsEveryCheckAndReadsBack(t *testing.T) {
	want := report()
	var got diagnose.Report
	require.NoError(t, json.Unmarshal(want.JSON(), &got))
	assert.Equal(t, *want, got)
	assert.Contains(t, string(want.JSON()), `"result": "fail"`)
	require.Error(t, json.Unmarshal([]byte(`{"checks":[{"result":"perhaps"}]}`), &got))
}

func TestWhatGoesOnWithAStepStandsBelowItsWords(t *testing.T) {
	r := &diagnose.Report{
		Checks: []diagnose.Check{
			{
				Name: "exchange", Result: diagnose.Fail, Detail: "no",
				Fix: "What to do:\n- " + strings.Repeat("word ", 20) + "\n    command\n- short",
			},
		},
	}
	const words = "word word word word word word word word word word word word word word"
	assert.Equal(
		t,
		"FAIL exchange       no\n     What to do:\n     - "+words+"\n       word word word word word word\n       "+
			"  command\n     - short\n\nfailed: exchange\n",
		r.String(),
	)
}
