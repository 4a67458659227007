package irsa

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
)

// Fallback says what LoadConfig does where no web identity is configured.
type Fallback int

const (
	FallbackChain    Fallback = iota // the SDK's default chain, short of the node's role
	FallbackNone                     // the web identity, usable, or an error at load
	FallbackNodeRole                 // the SDK's default chain as it is, the node's role included
)

// A Loader says what LoadConfig's signature can't. Configs that one Loader loads
// share a Provider where their exchange is the same: a program that loads many
// configs keeps one Loader. Whatever code customises that could change the exchange
// (HTTP client, middleware, interceptors, service options, Options.Client) gives a
// config a Provider of its own. A Provider that no config uses any more is released.
//
// The zero Loader is ready; it must not be copied after use, and its fields not be
// changed. Its method is safe for concurrent use.
type Loader struct {
	Options  Options
	Fallback Fallback

	alone  bool // there is no second config to share with
	shared shared
	mu     sync.Mutex          // guards warned
	warned map[string]struct{} // each warning is given once
}

// LoadConfig is config.LoadDefaultConfig with the pod's own role: it has the same
// type and takes the same options. It is the LoadConfig of a new, zero Loader.
func LoadConfig(ctx context.Context, optFns ...func(*config.LoadOptions) error) (aws.Config, error) {
	l := Loader{alone: true}
	return l.LoadConfig(ctx, optFns...)
}

// LoadConfig loads a config as config.LoadDefaultConfig does. Where a web identity is
// configured, its Credentials are a Provider; see ProviderFrom. It makes no request
// of its own.
//
// Credentials and profiles given in code, and static keys in the environment, go
// before the web identity, as they do in the SDK, and a warning says so. Where the
// SDK would take the role of the node that a pod runs on, the credentials answer
// ErrNodeRole instead. Fallback changes both.
//
// Its errors are of type *Error: ErrNotConfigured for half a web identity,
// ErrShadowed for credentials in code beside Options.RoleARN or Options.TokenFile,
// ErrRegion where no region is found or it is of another partition than role or
// cluster, ErrIssuer where those two are. FallbackNone adds ErrToken for a token file
// that holds none, ErrShadowed for every other credentials that go first, ErrNodeRole,
// and ErrNotConfigured where there is no web identity at all. A role ARN, session name
// or duration that STS would refuse is an error without a Reason. The SDK's own errors
// are wrapped.
func (l *Loader) LoadConfig(ctx context.Context, optFns ...func(*config.LoadOptions) error) (aws.Config, error) {
	explicit := l.Options.RoleARN != "" || l.Options.TokenFile != ""
	var code config.LoadOptions
	peek := func(o *config.LoadOptions) error {
		code = *o
		if precedence.SkipsChain(o, explicit) {
			o.Credentials = skipped{}
		}
		return nil
	}
	cfg, err := config.LoadDefaultConfig(ctx, append(slices.Clip(optFns), peek)...)
	if err != nil {
		return aws.Config{}, localError(opLoad, l.Options.RoleARN, nil, err)
	}
	restore(&cfg, code)
	in := precedence.Read(cfg, &code, explicit, precedence.Fallback(l.Fallback), podfs.Read())
	if err := l.apply(ctx, &cfg, &code, in, precedence.Decide(in)); err != nil {
		return aws.Config{}, err
	}
	return cfg, nil
}

const opLoad = "load config"

// skipped takes the place of credentials while the SDK loads a config, so that it doesn't build a
// chain that nobody will ask.
type skipped struct{ aws.AnonymousCredentials }

// restore leaves no trace of skipped.
func restore(cfg *aws.Config, code config.LoadOptions) {
	for i, source := range cfg.ConfigSources {
		if _, ok := source.(config.LoadOptions); ok {
			cfg.ConfigSources[i] = code
		}
	}
}

// ProviderFrom returns the Provider behind a config that LoadConfig loaded or
// AssumeRole made. It reports false for every other config, those included that
// LoadConfig left to the SDK's chain.
func ProviderFrom(cfg aws.Config) (*Provider, bool) {
	p, ok := cfg.Credentials.(*Provider)
	return p, ok
}

// apply gives a config the credentials that were decided on.
func (l *Loader) apply(ctx context.Context, cfg *aws.Config, code *config.LoadOptions, in precedence.Inputs, d precedence.Decision) error {
	w := l.warner(*cfg)
	switch {
	case d.Load != nil:
		return l.refused(in, d)
	case d.Use != nil:
		p, err := l.provider(ctx, cfg, code, in, *d.Use, w)
		if err != nil {
			return err
		}
		// Assigned after loading: WithCredentialsProvider would wrap the provider in a cache that pins
		// its credentials until they end.
		cfg.Credentials = p
	case d.Retrieve != nil:
		e := noNodeRole("retrieve", d.Retrieve, in.Pod)
		cfg.Credentials = noCredentials{e}
		d.Warnings = append(d.Warnings, e.Err.Error()+", nor any other credentials: every request will fail")
	}
	for _, text := range d.Warnings {
		w.warn(ctx, text)
	}
	return nil
}

// refused makes the Error of a config that does not load.
func (l *Loader) refused(in precedence.Inputs, d precedence.Decision) error {
	r := d.Load
	switch r.Kind {
	case precedence.IsNodeRole, precedence.MetadataOff:
		return noNodeRole(opLoad, r, in.Pod)
	case precedence.Shadowed:
		e := localError(opLoad, cmp.Or(l.Options.RoleARN, r.RoleARN), ErrShadowed, r.Err)
		e.facts.Variables = d.Variables
		return e
	}
	e := localError(opLoad, r.RoleARN, ErrNotConfigured, r.Err)
	if r.RoleARN != "" { // half of a web identity
		e.facts.Present = "AWS_ROLE_ARN"
	}
	return e
}

// provider returns the Provider of a web identity, completed by what Options and code say.
func (l *Loader) provider(ctx context.Context, cfg *aws.Config, code *config.LoadOptions, in precedence.Inputs, base precedence.WebIdentity, w warner) (*Provider, error) {
	id := identityOf(l.Options, *cfg)
	id.warner = w
	id.fill(configured(base).byCode(code.WebIdentityRoleCredentialOptions))
	id.early = earlyBy(code)
	if err := id.half(l.Options, in.Half); err != nil {
		e := localError(opLoad, id.roleARN, ErrNotConfigured, err)
		e.facts.Present = id.present()
		return nil, e
	}
	if reason, err := id.settle(ctx, cfg); err != nil {
		return nil, localError(opLoad, id.roleARN, reason, err)
	}
	if l.Fallback == FallbackNone {
		if _, _, err := id.token(); err != nil {
			e := localError(opLoad, id.roleARN, ErrToken, err)
			e.topic, e.facts.TokenFile = topicOfToken(err), id.tokenFile
			return nil, e
		}
	}
	id.warner.first = nil // what the Provider will have to say is news each time
	if !l.alone {
		if key, ok := keyOf(&id, code, in.CABundle); ok {
			return l.shared.provider(key, id), nil
		}
	}
	return newProvider(newWebIdentity(id)), nil
}

// earlyBy returns how long before their end credentials are to be replaced, by the option
// CredentialsCacheOptions. Its jitter has no effect: refreshes are spread anyway.
func earlyBy(code *config.LoadOptions) time.Duration {
	if code.CredentialsCacheOptions == nil {
		return 0
	}
	var o aws.CredentialsCacheOptions
	code.CredentialsCacheOptions(&o)
	return max(0, o.ExpiryWindow)
}

// warner returns where warnings go. Each is given once, however many configs are
// loaded.
func (l *Loader) warner(cfg aws.Config) warner {
	return warner{slog: l.Options.Logger, config: cfg.Logger, first: func(msg string) bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		if _, told := l.warned[msg]; told {
			return false
		}
		if l.warned == nil {
			l.warned = make(map[string]struct{})
		}
		l.warned[msg] = struct{}{}
		return true
	}}
}
