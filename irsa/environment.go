package irsa

import (
	"os"

	"github.com/seed-15cba5db/irsa-go/internal/precedence"
)

// An Environment is what the EKS webhook (amazon-eks-pod-identity-webhook) puts
// into a container's environment.
type Environment struct {
	RoleARN              string // AWS_ROLE_ARN
	TokenFile            string // AWS_WEB_IDENTITY_TOKEN_FILE
	SessionName          string // AWS_ROLE_SESSION_NAME, which the webhook never sets
	Region               string // AWS_REGION, else AWS_DEFAULT_REGION
	STSRegionalEndpoints string // AWS_STS_REGIONAL_ENDPOINTS, which has no effect: the regional endpoint is always used
}

// Detect reads the environment, and no file. It fails with ErrNotConfigured where the
// role or the token file is missing, and returns what is there all the same.
func Detect() (Environment, error) {
	env := Environment{
		RoleARN: os.Getenv("AWS_ROLE_ARN"), TokenFile: os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"),
		SessionName: os.Getenv("AWS_ROLE_SESSION_NAME"), Region: os.Getenv("AWS_REGION"),
		STSRegionalEndpoints: os.Getenv("AWS_STS_REGIONAL_ENDPOINTS"),
	}
	if env.Region == "" {
		env.Region = os.Getenv("AWS_DEFAULT_REGION")
	}
	var missing error
	switch {
	case env.RoleARN == "" && env.TokenFile == "":
		missing = precedence.Neither
	case env.RoleARN == "":
		missing = precedence.OnlyOne("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN")
	case env.TokenFile == "":
		missing = precedence.OnlyOne("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")
	default:
		return env, nil
	}
	return env, &Error{Op: "detect", RoleARN: env.RoleARN, Reason: ErrNotConfigured, Err: missing}
}
