package diagnose

import (
	"os"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// who returns the claims that name the pod: those of the token for STS or for the agent, else those
// of the token for the Kubernetes API. Where several are mounted they name the same pod.
func (e *evidence) who() *irsa.Token {
	for _, t := range []*irsa.Token{e.token, e.forAgent} {
		if t != nil && t.ServiceAccount != "" {
			return t
		}
	}
	return e.own
}

// kubernetes checks that this process runs in a pod, and names the pod.
func (e *evidence) kubernetes() Check {
	c := Check{Name: "kubernetes"}
	t := e.who()
	switch {
	case !e.pod.InKubernetes && e.role == "":
		c.Result = Warn
		c.Detail = "this is not a pod: KUBERNETES_SERVICE_HOST is not set, and no service account is mounted"
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

// hostname returns the host's name, which in a container is the pod's, unless the pod uses the
// node's network.
func hostname() string {
	if name, err := os.Hostname(); err == nil {
		return " (host " + name + ")"
	}
	return ""
}

// injected checks that role and token file are configured.
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
	// The webhook prefers a Pod Identity association, and then injects no web identity.
	case e.role == "" && e.file == "" && podIdentityURL() != "":
		c.Result, c.Detail = Skipped, "the container's credentials are used"
		return c
	case e.role == "" && e.file == "":
		c.Detail = precedence.ErrNeither.Error()
		c.Result = Warn
		if e.pod.InKubernetes {
			c.Result, c.Fix = Fail, e.fix(advice.NotInjected)
		}
		return c
	}
	// The EKS webhook sets both variables, or neither where the container's own spec sets one of
	// them (pkg/handler). So this one is from the spec.
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
