package irsa_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// differences are what shows over time, or beside an exchange, rather than in its outcome.
var differences = map[string]struct {
	differs      string // the item of the package documentation that says so
	prepare      setup
	fault        irsatest.Fault
	options      []func(*config.LoadOptions) error
	see          func(*testbed, aws.CredentialsProvider) string
	theirs, ours string
}{
	"the session's name": {differs: "The session's name", see: sessionNames,
		theirs: "# #", ours: "payments.reader-#c"},
	"one attempt only, and a fault that passes": {differs: "Retry options", fault: irsatest.Fault{
		Times: 2, Do: irsatest.Error("InternalFailure", ""),
	},
		options: opts(config.WithRetryMaxAttempts(1)), see: attempts,
		theirs: "failed after 1", ours: "passed after 3"},
	"two attempts, and a fault that lasts": {differs: "Retry options", fault: irsatest.Fault{
		Do: irsatest.Error("InvalidIdentityToken", "No OpenIDConnect provider found in your account for x"),
	},
		options: opts(config.WithRetryMaxAttempts(2)), see: attempts,
		theirs: "failed after 2", ours: "failed after 1"},
	"half a day of use": {differs: "Refresh", fault: irsatest.Fault{Do: irsatest.Delay(time.Second)},
		see: func(_ *testbed, p aws.CredentialsProvider) string {
			return fmt.Sprint("waits: ", read(p, 4, time.Minute, 12*time.Hour, nil).waits)
		},
		theirs: "waits: 48", ours: "waits: 4"},
	"a redirect": {differs: "Redirects", fault: irsatest.Fault{
		Do: irsatest.Status(307).And(irsatest.SetHeader("Location", "https://elsewhere.example.com/")),
	},
		see: func(w *testbed, p aws.CredentialsProvider) string {
			_, err := p.Retrieve(w.ctx)
			return fmt.Sprintf("fails: %t, names the host: %t", err != nil,
				err != nil && strings.Contains(err.Error(), "elsewhere.example.com"))
		},
		theirs: "fails: true, names the host: false", ours: "fails: true, names the host: true"},
	"a debug log with bodies": {differs: "Request and response bodies of the exchange in the debug log",
		options: opts(config.WithClientLogMode(everyLog)),
		see: func(w *testbed, p aws.CredentialsProvider) string {
			_, _ = p.Retrieve(w.ctx)
			log := w.warn.String()
			return fmt.Sprintf(
				"token: %t, keys: %t, headers: %t", strings.Contains(log, "WebIdentityToken="),
				strings.Contains(log, "<SecretAccessKey>"), strings.Contains(log, "Host: sts.test"),
			)
		},
		theirs: "token: true, keys: true, headers: true", ours: "token: false, keys: false, headers: true"},
	"keys that shadow the web identity": {differs: "Warnings", prepare: staticKeys, see: warnings,
		theirs: "warnings: 0", ours: "warnings: 1"},
	"a token that STS will probably refuse": {differs: "Warnings", prepare: func(t testing.TB, w *testbed) {
		require.NoError(t, w.pod.Write(podIssuer.Token(irsatest.Claims{Audience: []string{"vault"}})))
	}, see: warnings,
		theirs: "warnings: 0", ours: "warnings: 1"},
}

func TestWhatDiffersFromLoadDefaultConfig(t *testing.T) {
	for name, c := range differences {
		t.Run(name, func(t *testing.T) {
			seen := func(load loader) (out string) {
				inBubble(t, func(t *testing.T, w *testbed) {
					if c.prepare != nil {
						c.prepare(t, w)
					}
					w.sts.Inject(c.fault)
					cfg, err := load(w, c.options...)
					require.NoError(t, err)
					out = c.see(w, cfg.Credentials)
				})
				return out
			}
			assert.Equal(t, c.theirs, seen(theirs))
			assert.Equal(t, c.ours, seen(ours))
		})
	}
}

// sessionNames are those of two sessions that differ, or of both, with # for numbers.
func sessionNames(w *testbed, p aws.CredentialsProvider) string {
	read(p, 1, time.Minute, 61*time.Minute, nil)
	var names []string
	for _, r := range w.requestsFor(roleARN) {
		names = append(names, r.Params.Get("RoleSessionName"))
	}
	return digits.ReplaceAllString(strings.Join(slices.Compact(names), " "), "#")
}

// attempts says how an exchange ends, and after how many requests.
func attempts(w *testbed, p aws.CredentialsProvider) string {
	how := "passed"
	if _, err := p.Retrieve(w.ctx); err != nil {
		how = "failed"
	}
	return fmt.Sprintf("%s after %d", how, len(w.sts.Requests()))
}

var digits = regexp.MustCompile(`\d+`)

// warnings are what was logged while the config was loaded.
func warnings(w *testbed, _ aws.CredentialsProvider) string {
	return fmt.Sprint("warnings: ", strings.Count(w.warn.String(), "WARN "))
}

// Each difference that the package documentation lists is held above or in
// TestParityWithLoadDefaultConfig, and each difference there is in that list.
func TestTheDocumentationListsEachDifference(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	_, list, ok := strings.Cut(string(source), "\n// # What differs from LoadDefaultConfig\n")
	require.True(t, ok)
	list, _, ok = strings.Cut(list, "\n// # ")
	require.True(t, ok)
	items, held := []string(nil), []string{"A pipe or a device in a file's place"} // in TestFilesThatAreNoFilesBlockNobody
	for line := range strings.Lines(strings.NewReplacer("\n//     ", " ", "\r", "").Replace(list)) {
		if item, ok := strings.CutPrefix(line, "//   - "); ok {
			name, rest, _ := strings.Cut(item, ". The SDK: ")
			assert.Contains(t, rest, ". Here: ", name)
			items = append(items, name)
		}
	}
	for _, c := range parities {
		if c.differs != "" {
			held = append(held, c.differs)
		}
	}
	for _, c := range differences {
		held = append(held, c.differs)
	}
	slices.Sort(held)
	assert.ElementsMatch(t, items, slices.Compact(held))
}
