package irsa

import (
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
)

// Options say how the web identity is exchanged. The zero value takes everything
// from the pod's environment.
type Options struct {
	RoleARN     string        // default $AWS_ROLE_ARN; another account's role works if it trusts this cluster's issuer
	TokenFile   string        // default $AWS_WEB_IDENTITY_TOKEN_FILE
	SessionName string        // default $AWS_ROLE_SESSION_NAME, else "<namespace>.<pod>" from the token
	Duration    time.Duration // 15m to 12h, whole seconds; zero: STS's own hour
	Policy      string        // inline session policy, JSON; empty: none
	PolicyARNs  []string      // managed session policies, at most 10

	// Client makes the exchange; it must return when its context ends. The default
	// is the SDK's client for the regional STS endpoint.
	Client stscreds.AssumeRoleWithWebIdentityAPIClient

	Logger    *slog.Logger  // refreshes and warnings; nil: warnings alone, to the config's own logger
	OnRefresh func(Refresh) // for metrics; after each exchange, in order, off every caller's path; must not block
}
