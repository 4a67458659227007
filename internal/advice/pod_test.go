package advice_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
)

func TestCommandsAreAboutThePod(t *testing.T) {
	p := advice.Pod{Namespace: "payments", ServiceAccount: "api", Name: "api-7c9f4d8b6-x2x5q"}
	assert.True(t, p.Known())
	const annotate = "kubectl -n payments annotate serviceaccount api --overwrite "
	for want, got := range map[string]string{
		annotate + "a=b c-": p.Annotate("a=b", "c-"),
		annotate + "eks.amazonaws.com/role-arn=arn:aws:iam::1:r":                                   p.SetRole("arn:aws:iam::1:r"),
		annotate + `eks.amazonaws.com/role-arn="${ROLE_ARN:?}"`:                                    p.SetRole(""),
		"kubectl -n payments get serviceaccount api -o yaml":                                       p.ServiceAccountYAML(),
		"kubectl -n payments rollout restart deployment/api":                                       p.Recreate(),
		"kubectl -n payments set env deployment/api A=1 B-":                                        p.SetEnv("A=1", "B-"),
		`kubectl -n payments set serviceaccount deployment/api "${SERVICE_ACCOUNT:?}"`:             p.SetServiceAccount(),
		`kubectl -n payments patch deployment/api -p '{"spec": {"template": {"spec": {"a": 1}}}}'`: p.Patch(`{"a": 1}`),
	} {
		assert.Equal(t, want, got)
	}
	alone := advice.Pod{Namespace: "payments", Name: "api-0"}
	assert.Equal(t, "kubectl -n payments delete pod api-0", alone.Recreate())
}

// Nothing may happen to a namespace or to workloads that nobody named.
func TestWhatIsNotKnownStopsTheShellThatItIsPastedInto(t *testing.T) {
	var p advice.Pod
	assert.False(t, p.Known())
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash to paste into")
	}
	for _, command := range []string{p.Annotate("a=b"), p.ServiceAccountYAML(), p.SetRole(""), p.Recreate(),
		p.SetEnv("A-"), p.SetServiceAccount(), p.Patch("{}")} {
		out, err := exec.CommandContext(t.Context(), bash, "-c", "kubectl() { echo ran; }; "+command).CombinedOutput()
		require.Error(t, err, command)
		assert.NotContains(t, string(out), "ran", command)
	}
}

func TestTheDeploymentIsReadFromThePodsName(t *testing.T) {
	for name, want := range map[string]string{
		"api-7c9f4d8b6-x2x5q":              "deployment/api",
		"payments-api-5b6d7f8c9d-zk4lm":    "deployment/payments-api",
		"api-0":                            "", // of a StatefulSet
		"node-agent-x2x5q":                 "", // of a DaemonSet
		"report-29384756-x2x5q":            "", // of a CronJob: minutes, not a hash
		"api":                              "",
		"api-7c9f4d8b6-x2x5q-with-a-tail1": "",
	} {
		if want == "" {
			want = `"${WORKLOAD:?such as deployment/api}"`
		}
		assert.Equal(t, "kubectl -n n set env "+want+" A-", advice.Pod{Namespace: "n", Name: name}.SetEnv("A-"), name)
	}
}

// shells are those that people paste into. Both are asked, since what bash takes dash may not.
func shells(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, name := range []string{"sh", "dash", "bash"} {
		if path, err := exec.LookPath(name); err == nil {
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		t.Skip("there is no shell to paste into")
	}
	return found
}

// given is the word that a shell makes of a quoted one.
func given(t *testing.T, shell, quoted string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), shell, "-c", "printf '%s.' "+quoted).Output()
	require.NoError(t, err, quoted)
	return strings.TrimSuffix(string(out), ".")
}

func TestEachShellGivesAQuotedWordBack(t *testing.T) {
	for _, shell := range shells(t) {
		for _, word := range []string{
			"sts.amazonaws.com", "pay'ments", `a "b" $c`, "x'; touch PWNED #", `$'x\'; touch PWNED #'`, "`id`",
			"$(id)", "a\\nb", "%s%d",
			"sts.amazonaws.com\u200b", "two\nlines", "\x1b[2J", "\u202eabc", "ü", "~root", "*", "a=b c", "#", "!!",
			"\xff\xfe", "'", "''",
		} {
			assert.Equal(t, word, given(t, shell, advice.Quote(word)), "%s of %s", word, shell)
			for i := range len(advice.Quote(word)) {
				c := advice.Quote(word)[i]
				assert.True(t, c >= ' ' && c <= '~', "%q does not show", advice.Quote(word))
			}
		}
	}
}

func TestWhatNoCommandShouldGetIsAVariable(t *testing.T) {
	for _, word := range []string{"", "-rf", "--help", "a\x00b", "a\n"} {
		assert.Equal(t, `"${NAME:?}"`, advice.Word(word, "NAME"), "%q", word)
	}
	evil := advice.Pod{Namespace: "-n", ServiceAccount: "api;id", Name: "../x"}
	assert.False(t, evil.Known())
	assert.Equal(t, `kubectl -n "${NAMESPACE:?}" delete pod "${POD:?}"`, evil.Recreate())
	assert.Equal(t, `kubectl -n "${NAMESPACE:?}" get serviceaccount "${SERVICE_ACCOUNT:?}" -o yaml`,
		evil.ServiceAccountYAML())
	assert.False(t, advice.IsVariable("AWS_X;touch PWNED;x"))
	assert.True(t, advice.IsVariable("AWS_PROFILE"))
}

func FuzzQuote(f *testing.F) {
	for _, word := range []string{"a", "'", "$(id)", "\u200b", "a\nb", "%", "\\"} {
		f.Add(word)
	}
	shell, err := exec.LookPath("dash")
	if err != nil {
		f.Skip("there is no dash")
	}
	f.Fuzz(func(t *testing.T, word string) {
		quoted := advice.Word(word, "NAME")
		if quoted == `"${NAME:?}"` {
			return
		}
		require.Equal(t, word, given(t, shell, quoted))
	})
}
