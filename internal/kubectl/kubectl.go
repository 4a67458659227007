// Package kubectl words the commands that advice tells people to paste.
package kubectl

import (
	"regexp"
	"strconv"
	"strings"
)

// A Pod is the one that commands are about. What is not known of it stands in them
// as a shell variable whose absence stops the command.
type Pod struct{ Namespace, ServiceAccount, Name string }

// Known reports whether the service account is.
func (p Pod) Known() bool { return p.Namespace != "" && p.ServiceAccount != "" }

// Annotate sets or (ending in "-") removes annotations of the service account. Pods
// that run already keep what they have: see Recreate.
func (p Pod) Annotate(annotations ...string) string {
	return p.command("annotate", "serviceaccount", Word(p.ServiceAccount, "SERVICE_ACCOUNT"), "--overwrite", strings.Join(annotations, " "))
}

// ServiceAccountYAML shows the service account, with its annotations.
func (p Pod) ServiceAccountYAML() string {
	return p.command("get", "serviceaccount", Word(p.ServiceAccount, "SERVICE_ACCOUNT"), "-o", "yaml")
}

// SetRole annotates the service account with a role; "" is one that the reader knows.
func (p Pod) SetRole(arn string) string {
	return p.Annotate("eks.amazonaws.com/role-arn=" + Word(arn, "ROLE_ARN"))
}

// Recreate has the pod's owner make it anew: the webhook acts on nothing else. The
// other pods of a Deployment are in need of it too, and are made anew one after the
// other; of other owners it is this pod alone.
func (p Pod) Recreate() string {
	if p.Name == "" || ofDeployment.MatchString(p.Name) {
		return p.command("rollout", "restart", p.workload())
	}
	return p.command("delete", "pod", Quote(p.Name))
}

// SetEnv sets or (ending in "-") removes variables of the pod's spec, and so makes
// the pod anew.
func (p Pod) SetEnv(variables ...string) string {
	return p.command("set", "env", p.workload(), strings.Join(variables, " "))
}

// SetServiceAccount has the pod run as a service account that the reader names, and
// so makes it anew.
func (p Pod) SetServiceAccount() string {
	return p.command("set", "serviceaccount", p.workload(), Word("", "SERVICE_ACCOUNT"))
}

// Patch merges a part into the pod's spec, and so makes the pod anew.
func (p Pod) Patch(spec string) string {
	return p.command("patch", p.workload(), "-p", `'{"spec": {"template": {"spec": `+spec+`}}}'`)
}

func (p Pod) command(args ...string) string {
	return "kubectl -n " + Word(p.Namespace, "NAMESPACE") + " " + strings.Join(args, " ")
}

// A Deployment names its pods after itself, a hash in ten characters, and five more:
// Kubernetes, pkg/controller/deployment and util/rand.
var ofDeployment = regexp.MustCompile(`^(.+)-[4-9bcdf]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$`)

// workload is what made the pod, where the pod's name tells.
func (p Pod) workload() string {
	if m := ofDeployment.FindStringSubmatch(p.Name); m != nil {
		return "deployment/" + Quote(m[1])
	}
	return `"${WORKLOAD:?such as deployment/api}"`
}

// Word is a word of a command; "": the variable that the reader sets to it, whose
// absence stops the command.
func Word(known, variable string) string {
	if known != "" {
		return Quote(known)
	}
	return `"${` + variable + `:?}"`
}

var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// Quote quotes a word for a shell, in ASCII: what doesn't show is escaped.
func Quote(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	quoted := strconv.QuoteToASCII(word)
	return "$'" + strings.ReplaceAll(strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`), `'`, `\'`) + "'"
}
