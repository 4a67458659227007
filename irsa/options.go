package irsa

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
)

// Options say how the web identity is exchanged. The zero value takes everything from the pod's
// environment.
type Options struct {
	// RoleARN is the role. Empty: AWS_ROLE_ARN. It may be a role of another account that trusts
	// this cluster's issuer.
	RoleARN string

	// TokenFile is the path of the token. Empty: AWS_WEB_IDENTITY_TOKEN_FILE. It is opened by its
	// path for each exchange, since the kubelet replaces the file.
	TokenFile string

	// SessionName is the name under which CloudTrail shows the pod's requests: 2 to 64 letters,
	// digits and _+=,.@- characters. Empty: AWS_ROLE_SESSION_NAME, else "<namespace>.<pod>" from
	// the token. Unlike the SDK's default, a time, it stays the same for all sessions of a pod.
	SessionName string

	// Duration is the life of a session: 15 minutes to 12 hours in whole seconds, and not more than
	// the role's maximum. Zero: STS's default of an hour. A negative Duration is an error.
	Duration time.Duration

	// Policy is an inline session policy as JSON, and PolicyARNs are up to 10 managed ones. They
	// limit what the session may do. Empty: no limit.
	Policy     string
	PolicyARNs []string

	// Client makes the exchange; it must return when its context ends. Nil: the SDK's client for
	// the regional STS endpoint.
	Client stscreds.AssumeRoleWithWebIdentityAPIClient

	// FailoverRegions are regions of the role's partition whose STS is asked, in this order, where
	// the one of the config's own region can't be reached, hangs for 5 seconds or answers with a
	// status of 500 or more: one request a region, then the same round again, within the 20 seconds
	// of an exchange. The next exchange begins with the own region again, and Provider's Status and
	// OnRefresh say which region gave the session.
	//
	// Only the own region decides what an error is: where the others fail, too, or refuse the role
	// (an organization's policy may deny regions), its error is returned, and theirs are warnings.
	// The own region and repeated ones are left out of the list, so that all clusters may have the
	// same. With AWS_USE_FIPS_ENDPOINT, regions in which STS has no such endpoint are left out with
	// a warning; where the own one is among them, the first that has one takes its place.
	//
	// A region of another partition is an error at load, and so are FailoverRegions beside Client,
	// or beside an endpoint that decides where the token goes. They have no effect on the hops of
	// AssumeRole. Empty: only the own region is asked.
	FailoverRegions []string

	// Logger gets refreshes, at level Info, and warnings: one for each state, until an exchange
	// succeeds; what repeats it is at level Debug. Those of a Provider come from a goroutine that no
	// caller of Retrieve waits for; a handler that panics is told of by the standard logger. Nil:
	// warnings go to the config's own logger, and refreshes are not logged.
	Logger *slog.Logger

	// OnRefresh is called after each exchange, for metrics, those of the roles that AssumeRole or a
	// profile's chain adds included: one call at a time, in order for each role, and on a goroutine
	// that no caller of Retrieve waits for. It must not block, since later calls and records of the
	// Logger wait for it. What it panics with is a warning. Nil: no calls.
	OnRefresh func(Refresh)
}

// STS's limits for a session's DurationSeconds: 900 to 43200 (botocore,
// sts/2011-06-15/service-2.json). The role's own maximum, an hour unless raised, may be lower; only
// STS knows it.
const (
	minDuration = 15 * time.Minute
	maxDuration = 12 * time.Hour
)

// checkOptions returns an error for a session's name or life that STS would refuse with a
// ValidationError. Here the error comes at load, where a person sees it, and not at the first
// request.
func checkOptions(name string, life time.Duration) error {
	if name != "" {
		if err := checkSessionName(name); err != nil {
			return advised(advice.SessionName, err)
		}
	}
	if life != 0 && (life < minDuration || life > maxDuration || life%time.Second != 0) {
		return advised(advice.Duration,
			fmt.Errorf("duration %v: sts gives sessions of %v to %v, in whole seconds", life, minDuration, maxDuration))
	}
	return nil
}

// earlyBy returns the ExpiryWindow of config.WithCredentialsCacheOptions: how long before their end
// credentials are to be replaced. ExpiryWindowJitterFrac has no effect, since refreshes are spread
// anyway. The SDK's cache takes the window from the credentials' life; here it only makes the
// refresh earlier.
func earlyBy(code *config.LoadOptions) time.Duration {
	if code.CredentialsCacheOptions == nil {
		return 0
	}
	var o aws.CredentialsCacheOptions
	code.CredentialsCacheOptions(&o)
	return max(0, o.ExpiryWindow)
}
