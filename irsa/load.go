package irsa

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

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
	s := setting{explicit: l.Options.RoleARN != "" || l.Options.TokenFile != ""}
	peek := func(o *config.LoadOptions) error {
		s.code = *o
		if s.skipsChain() {
			o.Credentials = skipped{}
		}
		return nil
	}
	cfg, err := config.LoadDefaultConfig(ctx, append(slices.Clip(optFns), peek)...)
	if err != nil {
		return aws.Config{}, &Error{Op: "load config", RoleARN: l.Options.RoleARN, Err: err}
	}
	s.read(&cfg)
	if err := l.credentials(ctx, &cfg, &s); err != nil {
		return aws.Config{}, err
	}
	return cfg, nil
}

// ProviderFrom returns the Provider behind a config that LoadConfig loaded or
// AssumeRole made. It reports false for every other config, those included that
// LoadConfig left to the SDK's chain.
func ProviderFrom(cfg aws.Config) (*Provider, bool) {
	p, ok := cfg.Credentials.(*Provider)
	return p, ok
}

// credentials decides which credentials a loaded config has.
func (l *Loader) credentials(ctx context.Context, cfg *aws.Config, s *setting) error {
	w := l.warner(*cfg)
	winner := s.winner()
	switch {
	case winner != "" && s.explicit:
		return &Error{Op: "load config", RoleARN: l.Options.RoleARN, Reason: ErrShadowed,
			Err: fmt.Errorf("Loader.Options ask for a web identity, and there are %s", winner)}
	case winner != "":
		return l.shadowed(ctx, cfg, s, winner, w)
	}
	id := identityOf(l.Options, *cfg)
	id.warner = w
	base, has := s.base()
	if s.explicit || has {
		code := base.byCode(s.code.WebIdentityRoleCredentialOptions)
		id.fill(code)
		id.early = s.early()
		if err := id.complete(); err != nil {
			return &Error{Op: "load config", RoleARN: id.roleARN, Reason: ErrNotConfigured, Err: halfIdentity(ctx, err)}
		}
		return l.provide(ctx, cfg, id, s)
	}
	return l.chained(ctx, cfg, s, w)
}

// provide gives a config the Provider of an identity.
func (l *Loader) provide(ctx context.Context, cfg *aws.Config, id identity, s *setting) error {
	if reason, err := id.settle(ctx, cfg); err != nil {
		return &Error{Op: "load config", RoleARN: id.roleARN, Reason: reason, Err: err}
	}
	if l.Fallback == FallbackNone {
		if _, _, err := id.token(); err != nil {
			return &Error{Op: "load config", RoleARN: id.roleARN, Reason: ErrToken, Err: err}
		}
	}
	if s.env.ContainerCredentialsEndpoint != "" || s.env.ContainerCredentialsRelativePath != "" {
		id.warner.warn(ctx, "the container credentials (EKS Pod Identity, ECS) are not used: a web identity goes before them, as in the SDK")
	}
	id.warner.first = nil // what the Provider will have to say is news each time
	// Assigned after loading: WithCredentialsProvider would wrap the provider in
	// a cache that pins its credentials until they end.
	if !l.alone {
		if x, ok := s.exchange(&id); ok {
			cfg.Credentials = l.shared.provider(x, id)
			return nil
		}
	}
	cfg.Credentials = newProvider(id)
	return nil
}

// shadowed leaves a config to credentials that go before the web identity.
func (l *Loader) shadowed(ctx context.Context, cfg *aws.Config, s *setting, winner string, w warner) error {
	shadow := s.shadow()
	if l.Fallback == FallbackNone {
		if shadow == "" {
			return &Error{Op: "load config", Reason: ErrNotConfigured, Err: fmt.Errorf("no web identity is configured, and there are %s", winner)}
		}
		return &Error{Op: "load config", RoleARN: s.env.RoleARN, Reason: ErrShadowed, Err: fmt.Errorf("%s go before %s", winner, shadow)}
	}
	if shadow != "" {
		w.warn(ctx, winner+" go before "+shadow+", which is not used")
	}
	return l.guardNode(ctx, cfg, s, w)
}

// chained leaves a config to the SDK's chain, which found no web identity.
func (l *Loader) chained(ctx context.Context, cfg *aws.Config, s *setting, w warner) error {
	if s.env.RoleARN != "" {
		half := halfIdentity(ctx, errors.New("AWS_ROLE_ARN is set, AWS_WEB_IDENTITY_TOKEN_FILE is not"))
		if l.Fallback == FallbackNone || l.Fallback == FallbackChain && s.endsAtNode(cfg) {
			return &Error{Op: "load config", RoleARN: s.env.RoleARN, Reason: ErrNotConfigured, Err: half}
		}
		w.warn(ctx, half.Error()+"; other credentials are used")
	}
	if l.Fallback == FallbackNone && !s.endsAtNode(cfg) {
		return &Error{Op: "load config", Reason: ErrNotConfigured,
			Err: errors.New("neither AWS_ROLE_ARN nor AWS_WEB_IDENTITY_TOKEN_FILE is set, and no other credentials are wanted")}
	}
	return l.guardNode(ctx, cfg, s, w)
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
