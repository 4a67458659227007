package irsa

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
)

// A Provider supplies the credentials of one role by exchanging the pod's token,
// and keeps them fresh. It is safe for concurrent use, is its own cache, and has
// nothing to close.
type Provider struct {
	id    identity
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

func newProvider(id identity) *Provider {
	retriever := id.retriever
	if retriever == nil {
		retriever = stscreds.IdentityTokenFile(id.tokenFile)
	}
	p := stscreds.NewWebIdentityRoleProvider(id.client, id.roleARN, retriever, func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName = id.sessionName
		if _, t, err := id.token(); err == nil && id.sessionName == "" {
			o.RoleSessionName = sessionName(t)
		}
		o.Duration = id.duration
	})
	return &Provider{id: id, cache: aws.NewCredentialsCache(p)}
}

// Retrieve returns credentials that are valid now.
func (p *Provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	return p.cache.Retrieve(ctx)
}

// Status tells how the provider does.
func (p *Provider) Status() Status { return Status{RoleARN: p.id.roleARN} }

// ProviderSources names where the credentials come from, for the user agent.
func (p *Provider) ProviderSources() []aws.CredentialSource { return p.id.sources }
