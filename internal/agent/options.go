package agent

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"

	"github.com/seed-15cba5db/irsa-go/internal/precedence"
)

// OptionsOf returns where the container's credentials are and what they are asked with, by the
// variables in the SDK's order, and then by the code that loaded a config.
func OptionsOf(code *config.LoadOptions) endpointcreds.Options {
	o := endpointcreds.Options{
		Endpoint:           os.Getenv(precedence.ContainerURI),
		AuthorizationToken: os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
	}
	if path := os.Getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); path != "" {
		o.Endpoint = "http://" + ecsAddress.String() + path
	}
	if code.EndpointCredentialOptions != nil {
		code.EndpointCredentialOptions(&o)
	}
	return o
}
