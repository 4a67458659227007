package checks_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/seed-15cba5db/irsa-go/irsa/irsavet/checks"
)

// Each function in testdata is a case, and its name says which.
func TestEachCheckReportsWhatItShouldAndNothingElse(t *testing.T) {
	for analyzer, packages := range map[*analysis.Analyzer][]string{
		checks.LoadConfig:    {"loadconfig", "github.com/seed-15cba5db/irsa-go/irsa"},
		checks.PerRequest:    {"perrequest", "perrequestloader", "perrequestfiles"},
		checks.StaticKeys:    {"statickeys"},
		checks.ProviderCache: {"providercache"},
		checks.PresignLife:   {"presignlife", "presigneach", "presigntime"},
		checks.DroppedError:  {"droppederror"},
	} {
		t.Run(analyzer.Name, func(t *testing.T) {
			analysistest.RunWithSuggestedFixes(t, analysistest.TestData(), analyzer, packages...)
		})
	}
}

func TestEachCheckSaysHowItIsSwitchedOff(t *testing.T) {
	all := checks.All()
	require.NoError(t, analysis.Validate(all))
	require.Len(t, all, 6)
	for _, analyzer := range all {
		assert.Contains(t, strings.ReplaceAll(analyzer.Doc, "\n", " "), "-"+analyzer.Name+"=false")
	}
}
