package diagnose

import (
	"os"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// who is the pod by its tokens: the one for STS, else Kubernetes' own.
func (e *evidence) who() *irsa.Token {
	if e.token != nil && e.token.ServiceAccount != "" {
		return e.token
	}
	return e.own
}

func (e *evidence) kubernetes() Check {
	c := Check{Name: "kubernetes"}
	t := e.who()
	switch {
	case !e.pod.InKubernetes && e.role == "":
		c.Result, c.Detail = Warn, "this is not a pod: KUBERNETES_SERVICE_HOST is not set, and no service account is mounted"
		c.Fix = e.fix(advice.RunInPod)
	case !e.pod.InKubernetes:
		c.Detail = "no sign of Kubernetes; a web identity is configured all the same"
	case t == nil:
		c.Detail = "in a pod" + hostname() + "; no token tells its service account"
	default:
		c.Detail = "service account " + t.Namespace + "/" + t.ServiceAccount
		if t.Pod != "" {
			c.Detail = "pod " + t.Namespace + "/" + t.Pod + ", service account " + t.ServiceAccount
		}
		if t.Node != "" {
			c.Detail += ", node " + t.Node
		}
	}
	return c
}

// The name of a container's host is the pod's, unless the pod uses the node's network.
func hostname() string {
	if name, err := os.Hostname(); err == nil {
		return " (host " + name + ")"
	}
	return ""
}

// injected checks that both halves of the web identity are there, and if not why
// the webhook may have left them out.
func (e *evidence) injected() Check {
	c := Check{Name: "injected"}
	switch {
	case e.profile != "":
		c.Detail = "role and token file, from the profile " + e.profile
		return c
	case e.role != "" && e.file != "":
		c.Detail = "role and token file, from the environment"
		if e.explicit() {
			c.Detail = "role and token file, from the Loader's options and the environment"
		}
		return c
	case e.role == "" && e.file == "" && podIdentityURL() != "":
		c.Result, c.Detail = Skipped, "EKS Pod Identity supplies the credentials"
		return c
	case e.role == "" && e.file == "":
		c.Detail = precedence.Neither.Error()
		c.Result = Warn
		if e.pod.InKubernetes {
			c.Result, c.Fix = Fail, e.fix(advice.NotInjected)
		}
		return c
	}
	// The webhook sets both or neither: somebody else set this one.
	c.Result = Fail
	there, missing := "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"
	if e.role == "" {
		there, missing = missing, there
	}
	c.Detail = precedence.OnlyOne(there, missing).Error()
	if e.pod.Mounted {
		c.Detail += "; the token is mounted"
	}
	f := e.facts()
	f.Present = there
	c.Fix = advice.NotInjected.Fix(f)
	return c
}
