package irsa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
)

// A chained is what the SDK's chain found where no Provider is used: a profile's SSO or process, a
// role that another one assumes, the node's role where that is wanted. It changes nothing of it,
// and makes an [Error] of each failure, for [Explain]. The config has it in a cache of the SDK's,
// as the SDK's own config has: callers assert that type to invalidate what it holds.
type chained struct {
	inner *aws.CredentialsCache

	mu    sync.Mutex
	given bool      // there was a session, which has not been invalidated
	until time.Time // its end; zero where it has none
}

// explainedChain wraps the credentials that the SDK's chain found. Others are left as they are.
func explainedChain(c aws.CredentialsProvider) aws.CredentialsProvider {
	inner, ok := c.(*aws.CredentialsCache)
	if !ok || inner.IsCredentialsProvider(aws.AnonymousCredentials{}) {
		return c
	}
	return aws.NewCredentialsCache(&chained{inner: inner})
}

// Retrieve returns the credentials of the SDK's own cache, to the cache around this one. That one
// asks for others than it has where they have ended, or where it was invalidated: then the inner
// one, which the caller can't reach, is too.
func (c *chained) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c.mu.Lock()
	invalidated := c.given && (c.until.IsZero() || time.Now().Before(c.until))
	c.given = false
	c.mu.Unlock()
	if invalidated {
		c.inner.Invalidate()
	}
	got, err := c.inner.Retrieve(ctx)
	if err != nil {
		e := localError("retrieve", "", nil, withoutOutput(err))
		e.topic = c.topic(err)
		return aws.Credentials{}, e
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.given, c.until = true, time.Time{}
	if got.CanExpire {
		c.until = got.Expires
	}
	return got, nil
}

// ProviderSources returns where the credentials are from, as the SDK's own cache does.
func (c *chained) ProviderSources() []aws.CredentialSource { return c.inner.ProviderSources() }

// IsCredentialsProvider reports whether the credentials are of a provider's type, as the SDK's own
// cache does.
func (c *chained) IsCredentialsProvider(target aws.CredentialsProvider) bool {
	return c.inner.IsCredentialsProvider(target)
}

// topic is how a failure is explained; nil where STS's own words say more (see explainDenied).
func (c *chained) topic(err error) *advice.Topic {
	from := func(sources ...aws.CredentialSource) bool {
		return slices.ContainsFunc(c.ProviderSources(), func(s aws.CredentialSource) bool {
			return slices.Contains(sources, s)
		})
	}
	var process *processcreds.ProviderError
	var empty *credentials.StaticCredentialsEmptyError
	switch {
	case explainDenied(err) != "":
		return nil
	case errors.As(err, &empty):
		return advice.EmptyKeys
	case errors.As(err, &process):
		return advice.Process
	case from(aws.CredentialSourceSSO, aws.CredentialSourceSSOLegacy, aws.CredentialSourceProfileSSO,
		aws.CredentialSourceProfileSSOLegacy, aws.CredentialSourceLogin, aws.CredentialSourceProfileLogin):
		return advice.SignIn
	case from(aws.CredentialSourceIMDS):
		return advice.NothingFound
	}
	return advice.OtherSource
}

// withoutOutput returns an error without what a process has printed: where that is no JSON the SDK
// quotes all of it, the secret key included (credentials/processcreds, provider.go).
func withoutOutput(err error) error {
	var (
		process *processcreds.ProviderError
		syntax  *json.SyntaxError
		kind    *json.UnmarshalTypeError
	)
	if !errors.As(err, &process) {
		return err
	}
	switch {
	case errors.As(err, &syntax):
		return &processcreds.ProviderError{Err: fmt.Errorf("its output is not JSON: %w", syntax)}
	case errors.As(err, &kind):
		return &processcreds.ProviderError{
			Err: fmt.Errorf("its output has another form: a %s at byte %d", kind.Value, kind.Offset),
		}
	}
	return err
}

// assumeAll assumes the roles of a profile's chain in turn: each hop has a Provider of its own,
// where the SDK's chain has one cache for all, and stalls at each end.
func assumeAll(cfg *aws.Config, code *config.LoadOptions, hops []precedence.Hop) error {
	for _, h := range hops {
		next, err := AssumeRole(*cfg, h.RoleARN, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName, o.Duration = h.SessionName, h.Duration
			if h.ExternalID != "" {
				o.ExternalID = aws.String(h.ExternalID)
			}
			if code.AssumeRoleCredentialOptions != nil {
				code.AssumeRoleCredentialOptions(o)
			}
		})
		if err != nil {
			return err
		}
		*cfg = next
	}
	return nil
}
