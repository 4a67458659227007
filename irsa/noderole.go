package irsa

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// A noCredentials stands where the SDK's chain would use the node instance role. Pods get that role
// silently where a web identity is missing, with the rights of everything else on the node, and
// with AccessDenied errors that name a role of which the pod's owner knows nothing.
type noCredentials struct{ err *Error }

// Retrieve returns the error.
func (n noCredentials) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, n.err
}

// ProviderSources returns the source of the credentials that are not used: instance metadata.
func (n noCredentials) ProviderSources() []aws.CredentialSource {
	return []aws.CredentialSource{aws.CredentialSourceIMDS}
}

// noNodeRole makes the Error in place of the node's role. It names the pod, so that the error in a
// log says where to look.
func noNodeRole(op string, r *precedence.Refusal, pod podfs.Pod) *Error {
	who, t := whoAmI(pod)
	e := localError(op, "", ErrNodeRole, fmt.Errorf("%w: %s has no web identity", ErrNodeRole, who))
	if r.Kind == precedence.MetadataOff {
		e.Reason = ErrNotConfigured
		e.Err = fmt.Errorf("%w: %s has none, and instance metadata is turned off", ErrNotConfigured, who)
	}
	if r.Err != nil { // half of EKS Pod Identity
		e.Err, e.topic = fmt.Errorf("%w; %w", e.Err, r.Err), advice.AgentHalf
	}
	e.Token = t
	return e
}

// A noRegionStep is a middleware of every client of a config without credentials and without a
// region: EKS's webhook injects both. A client looks for its region before it asks for credentials,
// and would say nothing but "Invalid region".
type noRegionStep struct{ none *Error }

// ID names the step.
func (noRegionStep) ID() string { return "irsaNoRegion" }

// HandleInitialize passes the request on, and says what the pod lacks where the region is missing.
func (s noRegionStep) HandleInitialize(
	ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
) (middleware.InitializeOutput, middleware.Metadata, error) {
	out, meta, err := next.HandleInitialize(ctx, in)
	var said *Error
	var answered *smithyhttp.ResponseError
	if err == nil || awsmiddleware.GetRegion(ctx) != "" || errors.As(err, &said) || errors.As(err, &answered) {
		return out, meta, err
	}
	e := *s.none
	e.Err = fmt.Errorf("%w, nor a region: %w", s.none.Err, err)
	return out, meta, &e
}

// withoutCredentials makes every request of a config's clients fail with e.
func withoutCredentials(cfg *aws.Config, e *Error) {
	cfg.Credentials = noCredentials{e}
	cfg.APIOptions = append(slices.Clip(cfg.APIOptions), func(stack *middleware.Stack) error {
		return stack.Initialize.Add(noRegionStep{e}, middleware.After)
	})
}

// whoAmI describes this pod by the token that the EKS webhook or Kubernetes mounted, else by its
// host name, which is the pod's name unless the pod uses the node's network.
func whoAmI(pod podfs.Pod) (string, *Token) {
	// The webhook may have mounted its token though the variables are missing; otherwise the token
	// for the Kubernetes API names the pod just as well.
	for _, file := range []string{pod.EKSToken, pod.KubernetesToken} {
		_, t, err := readToken(file)
		if err != nil {
			continue
		}
		if t.Pod == "" {
			return text.Clip(t.Subject), t
		}
		return fmt.Sprintf("pod %s (%s)", text.Clip(t.Pod), text.Clip(t.Subject)), t
	}
	host, err := os.Hostname()
	if err != nil {
		return "this pod", nil
	}
	return "pod " + text.Clip(host), nil
}
