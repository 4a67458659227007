package irsa

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

// A Provider supplies the credentials of one role by exchanging the pod's token,
// or those of another role (see AssumeRole), and keeps them fresh. It is safe for
// concurrent use, is its own cache, and has nothing to close: while it is used a timer
// refreshes, an idle one costs nothing, and one that nobody holds is collected.
//
// Assign it to aws.Config.Credentials. Don't pass it to config.WithCredentialsProvider,
// nor wrap it in an aws.CredentialsCache: either would keep its first credentials
// until they end.
type Provider struct {
	exchange exchange
	engine   *refresh.Engine[aws.Credentials]
}

// Retrieve returns credentials that are valid now, and for at least ten seconds
// (a tenth of their life, if that is shorter) unless STS gives none that last as long:
// right after an exchange, or where sessions end with the token. It waits only where
// there are none: for the first exchange, after a time without use, and when STS
// failed until their end; never for more than 20 seconds, nor longer than ctx,
// which doesn't end the exchange: that goes on for other callers. Where ctx ends
// after an attempt has failed, the error says why that was.
//
// Its errors are of type *Error.
func (p *Provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := p.engine.Get(ctx)
	if err != nil {
		return aws.Credentials{}, p.exchange.self().failed(err)
	}
	return c, nil
}

// MinLife returns a provider of the same credentials, refreshed first where less
// than d is left of them. It is for presigning: a presigned URL ends with the
// credentials that signed it. Where d is more than a session lasts, Retrieve fails.
// Zero or negative: as the Provider itself.
func (p *Provider) MinLife(d time.Duration) aws.CredentialsProvider {
	return minLife{p, d}
}

// minLife is a Provider's credentials with at least so much left of them.
type minLife struct {
	*Provider
	least time.Duration
}

// Retrieve returns credentials that last for as long as was asked.
func (m minLife) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := m.engine.GetFor(ctx, m.least)
	if err != nil {
		return aws.Credentials{}, m.exchange.self().failed(err)
	}
	return c, nil
}

// ProviderSources names where the credentials come from, for the user agent of
// requests, as the SDK's own chain does.
func (p *Provider) ProviderSources() []aws.CredentialSource {
	if sources := p.exchange.self().sources; sources != nil {
		return sources
	}
	return []aws.CredentialSource{aws.CredentialSourceSTSAssumeRoleWebID}
}
