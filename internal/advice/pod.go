package advice

import (
	"regexp"
	"strings"
)

// A Pod is the one that commands for kubectl are about. What is not known of it, or can't be a
// name in Kubernetes, stands in a command as a shell variable.
type Pod struct{ Namespace, ServiceAccount, Name string }

// Known reports whether the service account is.
func (p Pod) Known() bool { return named(p.Namespace) != "" && named(p.ServiceAccount) != "" }

// Annotate sets or (ending in "-") removes annotations of the service account. Pods that run
// keep what they have: see Recreate.
func (p Pod) Annotate(annotations ...string) string {
	return p.command("annotate", "serviceaccount", Word(named(p.ServiceAccount), "SERVICE_ACCOUNT"), "--overwrite",
		strings.Join(annotations, " "))
}

// ServiceAccountYAML shows the service account with its annotations.
func (p Pod) ServiceAccountYAML() string {
	return p.command("get", "serviceaccount", Word(named(p.ServiceAccount), "SERVICE_ACCOUNT"), "-o", "yaml")
}

// SetRole annotates the service account with a role; "" is one that the reader knows.
func (p Pod) SetRole(arn string) string {
	return p.Annotate("eks.amazonaws.com/role-arn=" + Word(only(arnForm, arn), "ROLE_ARN"))
}

// Recreate replaces the pod: the webhook acts on new pods alone. The pods of a Deployment share
// its service account, so all of them are replaced, one after the other; of another owner it is
// this pod alone.
func (p Pod) Recreate() string {
	if p.Name == "" || ofDeployment.MatchString(p.Name) {
		return p.command("rollout", "restart", p.workload())
	}
	return p.command("delete", "pod", Word(named(p.Name), "POD"))
}

// SetEnv sets or (ending in "-") removes variables of the workload's pod template, and so replaces
// its pods. Each word is quoted already.
func (p Pod) SetEnv(variables ...string) string {
	var words []string
	for _, v := range variables {
		name, _, set := strings.Cut(v, "=")
		if !set {
			name = strings.TrimSuffix(v, "-")
		}
		if IsVariable(name) {
			words = append(words, v)
		}
	}
	if len(words) == 0 {
		words = []string{Word("", "VARIABLE")}
	}
	return p.command("set", "env", p.workload(), strings.Join(words, " "))
}

// SetServiceAccount gives the workload a service account that the reader names, and so replaces
// its pods.
func (p Pod) SetServiceAccount() string {
	return p.command("set", "serviceaccount", p.workload(), Word("", "SERVICE_ACCOUNT"))
}

// Patch merges a part into the workload's pod spec, and so replaces its pods.
func (p Pod) Patch(spec string) string {
	return p.command("patch", p.workload(), "-p", QuoteText(`{"spec": {"template": {"spec": `+spec+`}}}`))
}

func (p Pod) command(args ...string) string {
	return "kubectl -n " + Word(named(p.Namespace), "NAMESPACE") + " " + strings.Join(args, " ")
}

// A Deployment names its pods after itself, a hash of up to ten characters, and five more:
// Kubernetes, pkg/controller/deployment and util/rand.
var ofDeployment = regexp.MustCompile(`^([a-z0-9][a-z0-9.-]*)-[4-9bcdf]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$`)

// workload is what made the pod, where the pod's name tells.
func (p Pod) workload() string {
	if m := ofDeployment.FindStringSubmatch(p.Name); m != nil {
		return "deployment/" + Quote(m[1])
	}
	return `"${WORKLOAD:?such as deployment/api}"`
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// IsVariable reports whether a name can stand in a command: Linux lets a variable have any name
// without "=", and Kubernetes takes most of them.
func IsVariable(name string) bool { return variableName.MatchString(name) }
