package kubectl_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/kubectl"
)

func TestCommandsAreAboutThePod(t *testing.T) {
	p := kubectl.Pod{Namespace: "payments", ServiceAccount: "api", Name: "api-7c9f4d8b6-x2x5q"}
	assert.True(t, p.Known())
	for want, got := range map[string]string{
		"kubectl -n payments annotate serviceaccount api --overwrite a=b c-":                                      p.Annotate("a=b", "c-"),
		"kubectl -n payments annotate serviceaccount api --overwrite eks.amazonaws.com/role-arn=arn:aws:iam::1:r": p.SetRole("arn:aws:iam::1:r"),
		`kubectl -n payments annotate serviceaccount api --overwrite eks.amazonaws.com/role-arn="${ROLE_ARN:?}"`:  p.SetRole(""),
		"kubectl -n payments get serviceaccount api -o yaml":                                                      p.ServiceAccountYAML(),
		"kubectl -n payments rollout restart deployment/api":                                                      p.Recreate(),
		"kubectl -n payments delete pod api-0":                                                                    kubectl.Pod{Namespace: "payments", Name: "api-0"}.Recreate(),
		"kubectl -n payments set env deployment/api A=1 B-":                                                       p.SetEnv("A=1", "B-"),
		`kubectl -n payments set serviceaccount deployment/api "${SERVICE_ACCOUNT:?}"`:                            p.SetServiceAccount(),
		`kubectl -n payments patch deployment/api -p '{"spec": {"template": {"spec": {"a": 1}}}}'`:                p.Patch(`{"a": 1}`),
	} {
		assert.Equal(t, want, got)
	}
}

// Nothing may happen to a namespace or to workloads that nobody named.
func TestWhatIsNotKnownStopsTheShellThatItIsPastedInto(t *testing.T) {
	var p kubectl.Pod
	assert.False(t, p.Known())
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash to paste into")
	}
	for _, command := range []string{p.Annotate("a=b"), p.ServiceAccountYAML(), p.SetRole(""), p.Recreate(), p.SetEnv("A-"), p.SetServiceAccount(), p.Patch("{}")} {
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
		assert.Equal(t, "kubectl -n n set env "+want+" A-", kubectl.Pod{Namespace: "n", Name: name}.SetEnv("A-"), name)
	}
}

func TestWordsAreQuotedSoThatWhatDoesNotShowDoes(t *testing.T) {
	assert.Equal(t, `$'pay\'ments\u200b'`, kubectl.Quote("pay'ments\u200b"))
	assert.Equal(t, "sts.amazonaws.com", kubectl.Quote("sts.amazonaws.com"))
	assert.Equal(t, `$'a "b" $c'`, kubectl.Quote(`a "b" $c`))
}
