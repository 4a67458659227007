package irsa

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
)

// A noCredentials answers with an error what the SDK's chain would have answered
// with the role of the node that this pod runs on.
type noCredentials struct{ err *Error }

// Retrieve returns the error.
func (n noCredentials) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, n.err
}

// guardNode takes the node's role away from a config that has it by nobody's wish.
// Outside Kubernetes an instance's role is its programs' own.
func (l *Loader) guardNode(ctx context.Context, cfg *aws.Config, s *setting, w warner) error {
	if l.Fallback == FallbackNodeRole || !s.endsAtNode(cfg) {
		return nil
	}
	if !podfs.InKubernetes(ctx) {
		if l.Fallback != FallbackNone {
			return nil
		}
		return &Error{Op: "load config", Reason: ErrNotConfigured, Err: fmt.Errorf("%w, and there is no sign of Kubernetes", ErrNotConfigured)}
	}
	who, t := whoAmI(ctx)
	e := &Error{Op: "retrieve", Token: t, Reason: ErrNodeRole,
		Err: fmt.Errorf("%w: %s has no web identity", ErrNodeRole, who)}
	if s.noMetadata() {
		e.Reason = ErrNotConfigured
		e.Err = fmt.Errorf("%w: %s has none, and instance metadata is turned off", ErrNotConfigured, who)
	}
	if l.Fallback == FallbackNone {
		e.Op = "load config"
		return e
	}
	w.warn(ctx, e.Err.Error()+", nor any other credentials: every request will fail")
	cfg.Credentials = noCredentials{e}
	return nil
}

// whoAmI describes this pod by the token that the EKS webhook or Kubernetes mounted,
// else by its host name, which in a pod is the pod's.
func whoAmI(ctx context.Context) (string, *Token) {
	for _, file := range []string{podfs.EKSToken(ctx), podfs.KubernetesToken(ctx)} {
		_, t, err := readToken(file)
		if err != nil {
			continue
		}
		if t.Pod == "" {
			return clip(t.Subject), t
		}
		return fmt.Sprintf("pod %s (%s)", clip(t.Pod), clip(t.Subject)), t
	}
	host, err := os.Hostname()
	if err != nil {
		return "this pod", nil
	}
	return "pod " + clip(host), nil
}

// halfIdentity says why one half of a web identity may be missing.
func halfIdentity(ctx context.Context, missing error) error {
	if _, err := os.Stat(podfs.EKSToken(ctx)); err == nil {
		return fmt.Errorf("%w; a token is mounted at %s: the EKS webhook injects neither variable where the container's own spec sets one of them", missing, podfs.EKSToken(ctx))
	}
	return fmt.Errorf("%w; the EKS webhook injects both, except where the container's own spec sets one of them", missing)
}
