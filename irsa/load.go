package irsa

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// Fallback says what LoadConfig does where no web identity is configured.
type Fallback int

const (
	FallbackChain    Fallback = iota // the SDK's default chain, short of the node's role
	FallbackNone                     // the web identity, usable, or an error at load
	FallbackNodeRole                 // the SDK's default chain as it is, the node's role included
)

// A Loader says what LoadConfig's signature can't. The zero Loader is ready; it
// must not be copied after use.
type Loader struct {
	Options  Options
	Fallback Fallback
}

// LoadConfig is config.LoadDefaultConfig with the pod's own role: it has the same
// type and takes the same options.
func LoadConfig(ctx context.Context, optFns ...func(*config.LoadOptions) error) (aws.Config, error) {
	var l Loader
	return l.LoadConfig(ctx, optFns...)
}

// LoadConfig loads a config as the package's LoadConfig does, by l's rules.
func (l *Loader) LoadConfig(ctx context.Context, optFns ...func(*config.LoadOptions) error) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx, optFns...)
	if err != nil {
		return aws.Config{}, &Error{Op: "load config", Err: err}
	}
	if _, err := Detect(); err != nil {
		return cfg, nil
	}
	p, err := NewProvider(cfg, l.Options)
	if err != nil {
		return aws.Config{}, err
	}
	// Assigned after loading: WithCredentialsProvider would wrap the provider in
	// a cache that pins its credentials until they end.
	cfg.Credentials = p
	return cfg, nil
}

// ProviderFrom returns the Provider behind a config that LoadConfig loaded.
func ProviderFrom(cfg aws.Config) (*Provider, bool) {
	p, ok := cfg.Credentials.(*Provider)
	return p, ok
}
