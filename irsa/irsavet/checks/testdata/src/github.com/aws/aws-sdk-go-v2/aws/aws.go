// Package aws has what the cases need of the SDK's; the end-to-end test holds it to the real one.
package aws

import "context"

type Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }

type CredentialsProvider interface {
	Retrieve(context.Context) (Credentials, error)
}

type CredentialsProviderFunc func(context.Context) (Credentials, error)

func (f CredentialsProviderFunc) Retrieve(ctx context.Context) (Credentials, error) { return f(ctx) }

type Config struct {
	Region      string
	Credentials CredentialsProvider
}

func (c Config) Copy() Config { return c }

type CredentialsCacheOptions struct{ ExpiryWindow int }

type CredentialsCache struct{ CredentialsProvider }

func NewCredentialsCache(p CredentialsProvider, optFns ...func(*CredentialsCacheOptions)) *CredentialsCache {
	return &CredentialsCache{p}
}
