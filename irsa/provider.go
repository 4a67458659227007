package irsa

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/seed-15cba5db/irsa-go/internal/precedence"
	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

// A Provider supplies the credentials of one role, by an exchange of the pod's token or of another
// role's session (see [AssumeRole]), and keeps them fresh. It is its own cache, and is safe for
// concurrent use.
//
// There is nothing to close. While the credentials are used, a timer refreshes them. A Provider
// that is not used makes no requests and holds no goroutine, and one that is no longer referenced
// is garbage collected.
//
// Assign it to Credentials of an [aws.Config]. Don't pass it to [config.WithCredentialsProvider],
// and don't wrap it in an [aws.CredentialsCache]: either keeps the first credentials until they
// expire.
type Provider struct {
	exchange exchange
	engine   *refresh.Engine[aws.Credentials]
	healing  healing
}

// Retrieve returns credentials that have not expired. They are valid for ten more seconds (or a
// tenth of their life, if that is shorter), so that they don't expire while a request is in flight.
// Only credentials that are new may have less: right after an exchange, or where sessions end with
// the token.
//
// Retrieve waits only where there are no such credentials: for the first exchange, after a time
// without use, and where STS has failed until they expired. It waits for 20 seconds at most, and
// not longer than ctx. The end of ctx does not cancel the exchange, which goes on for other
// callers. After a failed exchange the same error is returned without a request for 1 second,
// doubling to 30.
//
// All errors are of type *[Error]: see the Err values for the Reason. Where ctx ends first, the
// error also says why the last attempt failed, if one had, and [errors.Is] finds ctx's own error.
func (p *Provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := p.engine.Get(ctx)
	if err != nil {
		return aws.Credentials{}, p.exchange.self().failed(err)
	}
	return c, nil
}

// MinLife returns a provider of the same credentials that have at least d left when Retrieve
// returns them; where they have less, it refreshes them first. It is for presigning: a presigned
// URL is valid until the credentials that signed it expire, whatever expiry the URL itself has.
//
// Expires of what it returns is d before the credentials' true end, so that a cache that is put
// around it (aws.CredentialsCache, or a client's own) asks again when they have less than d left.
//
// Where d is more than a new session lasts, Retrieve fails. Zero or negative d: as the Provider
// itself. The result is safe for concurrent use.
func (p *Provider) MinLife(d time.Duration) aws.CredentialsProvider {
	return minLife{p, d}
}

// A minLife supplies a Provider's credentials with at least a minimum of life left.
type minLife struct {
	*Provider
	least time.Duration
}

// Retrieve returns credentials that last for at least m.least.
func (m minLife) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := m.engine.GetFor(ctx, m.least)
	if err != nil {
		return aws.Credentials{}, m.exchange.self().failed(err)
	}
	if m.least > 0 && c.CanExpire {
		c.Expires = c.Expires.Add(-m.least) // a cache around this provider then keeps its promise
	}
	return c, nil
}

// ProviderSources returns where the credentials come from. The SDK puts it into the user agent of
// requests, as for its own providers.
//
// The last source is undefined, which the user agent leaves out. Newer clients of the SDK put a
// cache of their own around providers whose last source is one of STS's, of a container or of
// instance metadata (aws-sdk-go-v2, internal/credentials/cachewrap); that would keep a Provider's
// first credentials, hide its errors, and break the promise of [Provider.MinLife].
func (p *Provider) ProviderSources() []aws.CredentialSource {
	sources := p.exchange.self().sources
	if sources == nil {
		sources = []aws.CredentialSource{aws.CredentialSourceSTSAssumeRoleWebID}
	}
	return append(slices.Clip(slices.Clone(sources)), aws.CredentialSourceUndefined)
}

// NewProvider returns a [Provider] that exchanges the pod's token with cfg's region, HTTP client,
// middleware and endpoints. What opts leave open is taken from the environment, as [Detect] reads
// it, and not from a shared config profile. cfg's own credentials have no effect. NewProvider makes
// no request, and does not fail for a token that can't be read yet. It is safe for concurrent use.
//
// All errors are of type *[Error]. The Reason is [ErrNotConfigured] where role or token file are
// missing, and [ErrRegion] where there is no region, not even in the token's issuer, or it is of
// another partition than the role. It is nil for a role ARN, session name or duration that STS
// would refuse, and for failover regions beside a client or an endpoint.
func NewProvider(cfg aws.Config, opts Options) (*Provider, error) {
	env, _ := Detect() // opts may have what is missing
	id := identityOf(opts, cfg)
	id.fill(configured(precedence.WebIdentity{
		RoleARN: env.RoleARN, TokenFile: env.TokenFile, SessionName: env.SessionName,
		Source: aws.CredentialSourceEnvVarsSTSWebIDToken,
	}))
	fail := func(reason, err error) (*Provider, error) {
		return nil, localError("new provider", id.roleARN, reason, err)
	}
	if err := id.half(opts, precedence.OnlyOne); err != nil {
		return fail(ErrNotConfigured, err)
	}
	if reason, err := id.settle(context.Background(), &cfg); err != nil {
		return fail(reason, err)
	}
	return newProvider(newWebIdentity(id)), nil
}
