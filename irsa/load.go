package irsa

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
)

// Fallback says what LoadConfig does where no web identity is configured.
type Fallback int

const (
	// FallbackChain is the SDK's default chain (profiles, container credentials, …) without the
	// node instance role. It is the default.
	FallbackChain Fallback = iota

	// FallbackNone allows nothing but the web identity: where there is none, or its token can't be
	// read, LoadConfig fails.
	FallbackNone

	// FallbackNodeRole is the SDK's default chain as it is, with the node instance role at its end.
	FallbackNodeRole
)

// A Loader loads configs with what LoadConfig's signature, which is the SDK's, has no room for. The
// zero Loader is ready to use, and loads as [LoadConfig] does.
//
// Configs that one Loader loads share a [Provider] where their exchange is the same, so that a
// program that loads many configs and keeps one Loader makes one exchange for all of them. Code
// that could change the exchange (an HTTP client, middleware, interceptors, service options,
// Options.Client) can't be compared: each of these configs gets a Provider of its own. A Provider
// that no config uses any more is garbage collected.
//
// A Loader must not be copied after its first use, and its fields must not be changed then. Its
// method is safe for concurrent use.
type Loader struct {
	Options  Options
	Fallback Fallback

	alone  bool // it loads one config, and has none to share a Provider with
	shared shared
	mu     sync.Mutex // guards warned
	warned map[string]struct{}
}

// LoadConfig is [config.LoadDefaultConfig] with the pod's own role: it has the same type and takes
// the same options. It is the [Loader.LoadConfig] of a new, zero Loader, and is safe for concurrent
// use. Each call gets a Provider of its own, and so an exchange of its own: a program that loads
// several configs keeps a Loader.
func LoadConfig(ctx context.Context, optFns ...func(*config.LoadOptions) error) (aws.Config, error) {
	l := Loader{alone: true}
	return l.LoadConfig(ctx, optFns...)
}

// LoadConfig loads a config as [config.LoadDefaultConfig] does. Where a web identity is configured,
// the config's Credentials are a [Provider], which [ProviderFrom] returns. LoadConfig makes no
// request of its own: a role that does not trust the pod shows at the first Retrieve.
//
// Credentials and profiles given in code, and static keys in the environment, take precedence over
// the web identity, as in the SDK. A warning says once what the identity in use shadows: that, or
// the credentials of AWS_PROFILE or of a mounted file. Where the SDK would take the role of the
// node that a pod runs on, Retrieve, and the first call of a client without a region, return
// [ErrNodeRole] instead. Fallback changes both.
//
// All errors are of type *[Error], and wrap the SDK's own errors. The Reason is
//
//	ErrNotConfigured  for half a web identity: a role without a token file, or the reverse
//	ErrShadowed       for credentials in code beside Options.RoleARN or Options.TokenFile
//	ErrRegion         for no region, or one (also a failover region) of another partition than the
//	                  role's
//
// and with FallbackNone also
//
//	ErrToken          for a token file that holds no token
//	ErrShadowed       for any other credentials that take precedence
//	ErrNodeRole       where the node's role is all there is
//	ErrNotConfigured  where there is no web identity at all
//
// It is nil for a role ARN, session name or duration that STS would refuse, for failover regions
// beside a client or an endpoint that leaves no choice, for what the SDK itself refuses, and for a
// pipe or device in a file's place, where it would wait.
func (l *Loader) LoadConfig(ctx context.Context, optFns ...func(*config.LoadOptions) error) (aws.Config, error) {
	explicit := l.Options.RoleARN != "" || l.Options.TokenFile != ""
	var code config.LoadOptions
	// The caller's options run once, and before this one: it sees what they have set. The SDK
	// offers no other way to tell credentials given in code from those it finds itself.
	peek := func(o *config.LoadOptions) error {
		code = *o
		if precedence.SkipsChain(o, explicit) {
			o.Credentials = skipped{}
		}
		return checkFiles(ctx, o)
	}
	cfg, err := config.LoadDefaultConfig(ctx, append(slices.Clip(optFns), peek)...)
	if err != nil {
		return aws.Config{}, notLoaded(l.Options.RoleARN, err)
	}
	restore(&cfg, code)
	// One decision over code, environment, profile and pod follows, which diagnose reports, too.
	in := precedence.Read(cfg, &code, explicit, precedence.Fallback(l.Fallback), podfs.Read)
	if err := l.apply(ctx, &cfg, &code, in, precedence.Decide(in)); err != nil {
		return aws.Config{}, err
	}
	return cfg, nil
}

const opLoad = "load config"

// skipped stands for the credentials while the SDK loads a config, so that the SDK does not build a
// chain whose credentials are replaced afterwards.
type skipped struct{ aws.AnonymousCredentials }

// restore puts the caller's options, without skipped, back into the config's sources.
func restore(cfg *aws.Config, code config.LoadOptions) {
	for i, source := range cfg.ConfigSources {
		if _, ok := source.(config.LoadOptions); ok {
			cfg.ConfigSources[i] = code
		}
	}
}

// ProviderFrom returns the [Provider] of a config that LoadConfig loaded or [AssumeRole] made, for
// its Status, or for credentials with a minimum life ([Provider.MinLife]): of a web identity, of
// the container's credentials, or of the last role of a chain. It returns nil and false for every
// other config, including those for which LoadConfig used the SDK's chain. It is safe for
// concurrent use.
func ProviderFrom(cfg aws.Config) (*Provider, bool) {
	p, ok := cfg.Credentials.(*Provider)
	return p, ok
}

// apply gives a config the credentials that were decided on.
func (l *Loader) apply(
	ctx context.Context, cfg *aws.Config, code *config.LoadOptions, in precedence.Inputs, d precedence.Decision,
) error {
	w := l.warner(*cfg)
	switch {
	case d.Load != nil:
		return l.refused(in, d)
	case d.Use != nil:
		p, err := l.provider(ctx, cfg, code, in, *d.Use, w)
		if err != nil {
			return err
		}
		// It is assigned after loading: config.WithCredentialsProvider wraps a provider in an
		// aws.CredentialsCache (config/resolve_credentials.go), which keeps its first credentials
		// until they expire and so undoes every early refresh.
		cfg.Credentials = p
		heals(cfg, p)
		if err := assumeAll(cfg, code, d.Hops); err != nil {
			return err
		}
	case d.Container:
		own, err := l.container(cfg, code)
		if err == nil && own {
			err = assumeAll(cfg, code, d.Hops)
		}
		if err != nil {
			return err
		}
	case d.Retrieve != nil:
		e := noNodeRole("retrieve", d.Retrieve, in.Pod)
		withoutCredentials(cfg, e)
		d.Warnings = append(d.Warnings, e.Err.Error()+", and there are no other credentials: every request will fail")
	}
	if code.Credentials == nil {
		cfg.Credentials = explainedChain(cfg.Credentials)
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

// provider returns the Provider of a web identity. Options take precedence over code, and code over
// environment and profile.
func (l *Loader) provider(
	ctx context.Context, cfg *aws.Config, code *config.LoadOptions, in precedence.Inputs,
	base precedence.WebIdentity, w warner,
) (*Provider, error) {
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
	// FallbackNone is for programs that would rather not start than fail later: the token is read
	// now. Whether STS accepts it shows at the first exchange.
	if l.Fallback == FallbackNone {
		if _, _, err := id.token(); err != nil {
			e := localError(opLoad, id.roleARN, ErrToken, err)
			e.topic, e.facts.TokenFile = topicOfToken(err), id.tokenFile
			return nil, e
		}
	}
	id.warner.first = nil // the Provider's own warnings are about one exchange each: none is left out
	if !l.alone {
		if key, ok := keyOf(&id, code, in.CABundle); ok {
			return l.shared.provider(key, func() *Provider { return newProvider(newWebIdentity(id)) }), nil
		}
	}
	return newProvider(newWebIdentity(id)), nil
}

// warner returns where warnings go. Each is given once for a Loader, however many configs it loads.
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
