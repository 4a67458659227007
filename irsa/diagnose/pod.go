package diagnose

import (
	"fmt"
	"os"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// who is the pod by its tokens: the one for STS, else Kubernetes' own.
func (s *subject) who() *irsa.Token {
	if s.token != nil && s.token.ServiceAccount != "" {
		return s.token
	}
	return s.own
}

// namespace and serviceAccount are for commands to paste: where no token tells
// them, they are shell variables whose absence stops the command.
func (s *subject) namespace() string {
	if t := s.who(); t != nil {
		return t.Namespace
	}
	return `"${NAMESPACE:?}"`
}

func (s *subject) serviceAccount() string {
	if t := s.who(); t != nil {
		return t.ServiceAccount
	}
	return `"${SERVICE_ACCOUNT:?}"`
}

func (s *subject) kubernetes() Check {
	c := Check{Name: "kubernetes"}
	t := s.who()
	switch {
	case !s.inKubernetes && s.role == "":
		c.Result, c.Detail = Warn, "this is no pod: KUBERNETES_SERVICE_HOST is not set, and no service account is mounted"
		c.Fix = "Run this where the program runs:\n    kubectl exec POD -- /doctor"
	case !s.inKubernetes:
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
func (s *subject) injected() Check {
	c := Check{Name: "injected"}
	switch {
	case s.role != "" && s.file != "":
		c.Detail = "role and token file, from the environment"
		if s.explicit() {
			c.Detail = "role and token file, from the Loader's options and the environment"
		}
		return c
	case s.provider != nil:
		c.Detail = "role and token file, from a profile"
		return c
	case s.role == "" && s.file == "" && podIdentityURL() != "":
		c.Result, c.Detail = Skipped, "EKS Pod Identity supplies the credentials"
		return c
	case s.role == "" && s.file == "":
		c.Detail = "neither AWS_ROLE_ARN nor AWS_WEB_IDENTITY_TOKEN_FILE is set"
		c.Result = Warn
		if s.inKubernetes {
			c.Result, c.Fix = Fail, s.whyNotInjected()
		}
		return c
	}
	// The webhook sets both or neither: somebody else set this one.
	c.Result = Fail
	there, missing := "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"
	if s.role == "" {
		there, missing = missing, there
	}
	c.Detail = there + " is set, " + missing + " is not"
	if s.mounted {
		c.Detail += "; the token is mounted"
	}
	c.Fix = "The pod spec (or its image, or a ConfigMap) sets " + there + " itself, and the webhook then injects neither. Remove it, and let the webhook set both:\n" +
		s.annotate() + s.restart()
	return c
}

func (s *subject) explicit() bool {
	l := s.opts.Loader
	return l != nil && (l.Options.RoleARN != "" || l.Options.TokenFile != "")
}

func (s *subject) whyNotInjected() string {
	t := s.who()
	switch {
	case s.mounted:
		return "The token is mounted and the variables are missing: the pod spec unsets them, or the program was started with an environment of its own. " +
			"Pass AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE on to it."
	case t != nil && t.ServiceAccount == "default":
		return "The pod runs as the namespace's default service account: was serviceAccountName forgotten in its spec? Name one that is annotated:\n" +
			"    spec:\n      serviceAccountName: NAME\nOr annotate this one:\n" + s.annotate() + s.restart()
	}
	return "Annotate the service account with the role. The webhook injects when a pod is created: a pod older than the annotation, or created while the " +
		"webhook was down, stays as it is until it is replaced. A container that the pod's annotation eks.amazonaws.com/skip-containers names is left out on purpose.\n" +
		s.annotate() + s.restart()
}

func (s *subject) annotate() string {
	role := s.role
	if role == "" {
		role = `"${ROLE_ARN:?}"`
	}
	return "    kubectl -n " + s.namespace() + " annotate serviceaccount " + s.serviceAccount() + " \\\n" +
		"      eks.amazonaws.com/role-arn=" + role + " --overwrite\n"
}

func (s *subject) restart() string {
	return "    kubectl -n " + s.namespace() + " rollout restart deployment\n"
}

func podIdentityURL() string { return os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI") }

func (s *subject) podIdentity() Check {
	c := Check{Name: "pod identity"}
	switch {
	case podIdentityURL() == "":
		c.Detail = "no EKS Pod Identity beside it"
	case s.role != "" && s.file != "":
		c.Result, c.Detail = Warn, "an EKS Pod Identity association is injected too; the web identity goes first"
		c.Fix = "Keep one of them: remove the association, or the service account's annotation, and recreate the pod."
	default:
		c.Detail = "an EKS Pod Identity association supplies the credentials"
	}
	return c
}

// shadowed names what takes precedence over the web identity.
func (s *subject) shadowed() Check {
	c := Check{Name: "shadowed"}
	const keys = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	set := os.Getenv("AWS_ACCESS_KEY_ID") != "" && os.Getenv("AWS_SECRET_ACCESS_KEY") != ""
	switch {
	case !set:
		c.Detail = "nothing takes precedence"
	case s.explicit():
		c.Detail = keys + " are set; the Loader's options go before them"
	case s.role == "" && s.file == "":
		c.Detail = keys + " are set; there is no web identity to shadow"
	default:
		c.Result, c.Detail = Fail, fmt.Sprintf("%s are set and go first: the role is not used", keys)
		c.Fix = "Remove them from the pod spec, its Secrets and ConfigMaps, and the image:\n" +
			"    kubectl -n " + s.namespace() + " set env deployment --all \\\n" +
			"      AWS_ACCESS_KEY_ID- AWS_SECRET_ACCESS_KEY- AWS_SESSION_TOKEN-\n"
	}
	return c
}
