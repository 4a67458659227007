package irsa

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// A Provider supplies the credentials of one role by exchanging the pod's token,
// and keeps them fresh. It is safe for concurrent use, is its own cache, and has
// nothing to close.
type Provider struct {
	role  string
	cache *aws.CredentialsCache
}

// A Status is a snapshot of a Provider, for health checks.
type Status struct {
	RoleARN                  string
	Token                    *Token    // of the last exchange
	Expires, Refreshed, Next time.Time // true end of the credentials; last success; next exchange, zero when idle
	Failures                 int       // exchanges failed in a row
	Err                      error     // of the last exchange
}

// NewProvider returns a Provider that exchanges with cfg's region, HTTP client
// and endpoints. It makes no request.
func NewProvider(cfg aws.Config, opts Options) (*Provider, error) {
	env, _ := Detect() // what is missing may be in opts
	if opts.RoleARN == "" {
		opts.RoleARN = env.RoleARN
	}
	if opts.TokenFile == "" {
		opts.TokenFile = env.TokenFile
	}
	if opts.RoleARN == "" || opts.TokenFile == "" {
		return nil, &Error{Op: "new provider", RoleARN: opts.RoleARN, Reason: ErrNotConfigured}
	}
	client := opts.Client
	if client == nil {
		client = sts.NewFromConfig(cfg)
	}
	p := stscreds.NewWebIdentityRoleProvider(client, opts.RoleARN, stscreds.IdentityTokenFile(opts.TokenFile), func(o *stscreds.WebIdentityRoleOptions) {
		if _, t, err := readToken(opts.TokenFile); err == nil {
			o.RoleSessionName = sessionName(t)
		}
		o.Duration = opts.Duration
	})
	return &Provider{role: opts.RoleARN, cache: aws.NewCredentialsCache(p)}, nil
}

// Retrieve returns credentials that are valid now.
func (p *Provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	return p.cache.Retrieve(ctx)
}

// Status tells how the provider does.
func (p *Provider) Status() Status { return Status{RoleARN: p.role} }

// ProviderSources names where the credentials come from, for the user agent.
func (p *Provider) ProviderSources() []aws.CredentialSource {
	return []aws.CredentialSource{aws.CredentialSourceEnvVarsSTSWebIDToken, aws.CredentialSourceSTSAssumeRoleWebID}
}
