package precedence

import (
	"errors"
	"fmt"
)

// ErrNeither is the cause where no half of a web identity is there.
var ErrNeither = errors.New("neither AWS_ROLE_ARN nor AWS_WEB_IDENTITY_TOKEN_FILE is set")

const webhook = "the EKS webhook injects neither variable where the container's own spec sets one of them"

// The variables of EKS Pod Identity.
const (
	ContainerURI       = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
	ContainerTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
)

// OnlyOne says which half of a web identity is missing.
func OnlyOne(there, missing string) error { return fmt.Errorf("%s is set, %s is not", there, missing) }

// Half says which half of a web identity is missing, and why the webhook may have left it out: it
// injects neither variable where a container's own spec sets one of them, and mounts the token all
// the same (amazon-eks-pod-identity-webhook, pkg/handler).
func (in Inputs) Half(there, missing string) error {
	if in.Pod.Mounted {
		return fmt.Errorf("%w; a token is mounted at %s: %s", OnlyOne(there, missing), in.Pod.EKSToken, webhook)
	}
	return fmt.Errorf("%w; %s", OnlyOne(there, missing), webhook)
}

// halfContainer says which half of EKS Pod Identity is missing, where the SDK would take no notice
// of the other; nil where none is.
func (in Inputs) halfContainer() error {
	switch {
	case in.Container:
		return nil
	case in.ContainerTokenFile != "":
		return fmt.Errorf("%w; %s", OnlyOne(ContainerTokenFile, ContainerURI), webhook)
	case in.Pod.AgentToken != "":
		return fmt.Errorf("an EKS Pod Identity token is mounted at %s, and %s is not set; %s",
			in.Pod.AgentToken, ContainerURI, webhook)
	}
	return nil
}
