package diagnose

import (
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

func (s *subject) kubernetes() Check {
	c := Check{Name: "kubernetes"}
	t := s.who()
	switch {
	case !s.inKubernetes && s.role == "":
		c.Result, c.Detail = Warn, "this is no pod: KUBERNETES_SERVICE_HOST is not set, and no service account is mounted"
		c.Fix = paste("Run this where the program runs: copied there, if its image has tar, or as a Job of its service account:",
			`kubectl -n "${NAMESPACE:?}" cp doctor "${POD:?}":/tmp/doctor`, `kubectl -n "${NAMESPACE:?}" exec "${POD:?}" -- /tmp/doctor`)
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
	case s.profile != "":
		c.Detail = "role and token file, from the profile " + s.profile
		return c
	case s.role != "" && s.file != "":
		c.Detail = "role and token file, from the environment"
		if s.explicit() {
			c.Detail = "role and token file, from the Loader's options and the environment"
		}
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
	c.Fix = paste("The pod spec (or its image, or a ConfigMap) sets "+there+" itself, and the webhook then injects neither. Remove it, and let the webhook set both:",
		s.pod().SetRole(s.role), s.pod().SetEnv(there+"-"))
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
		return paste("The token is mounted, so the webhook has seen the pod. Where the pod spec sets one of the variables, even to nothing, it injects neither. Take them out:",
			s.pod().SetEnv("AWS_ROLE_ARN-", "AWS_WEB_IDENTITY_TOKEN_FILE-")) +
			"\nIf the spec does not set them, the program was started with an environment of its own (env -i, sudo, su -, cron): pass both on to it."
	case t != nil && t.ServiceAccount == "default":
		return paste("The pod runs as the namespace's default service account: was serviceAccountName forgotten in its spec? Name the one that is annotated:",
			s.pod().SetServiceAccount()) +
			paste("\nOr annotate this one, if it is the one that the role trusts:", s.pod().SetRole(""), s.pod().Recreate())
	}
	return paste("The webhook injects what the service account's annotation says when a pod is created. See what it says:", s.pod().ServiceAccountYAML()) +
		paste("\nWithout eks.amazonaws.com/role-arn, annotate it. With it, the pod is older than the annotation, or was created while the webhook was down. Either way make it anew:",
			s.pod().SetRole(""), s.pod().Recreate()) +
		"\nA container that the pod's annotation eks.amazonaws.com/skip-containers names is left out on purpose."
}
