package diagnose

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// Evidence is what the checks look at.
type evidence struct {
	opts Options
	pod  podfs.Pod
	own  *irsa.Token // of Kubernetes' own token; nil without one

	env        irsa.Environment
	role, file string // from the options, else the environment, else the profile
	profile    string // the one that has them; "" where none does
	token      *irsa.Token
	tokenErr   error

	cfg      aws.Config
	loadErr  error
	decision precedence.Decision // by which the config was loaded
	provider *irsa.Provider      // nil where credentials are not of a web identity

	endpoint    *url.URL // of the exchange; nil where it isn't known
	endpointErr error
	probe       *probe // nil where none was made
	exchanged   bool   // for a session of the role
	exchangeErr error  // nil where it worked, or wasn't made
}

// gather collects what there is without asking anybody. The optFns are for the config, as in
// LoadConfig.
func gather(ctx context.Context, opts Options, optFns ...func(*config.LoadOptions) error) *evidence {
	e := &evidence{opts: opts, pod: podfs.Read()}
	e.own, _ = irsa.ReadToken(e.pod.KubernetesToken) // only for what it says of the pod
	e.env, _ = irsa.Detect()                         // half of it is judged by a check
	loader := opts.Loader
	if loader == nil {
		loader = &irsa.Loader{Options: irsa.Options{Logger: slog.New(slog.DiscardHandler)}} // the report tells
		optFns = append(optFns, config.WithLogger(logging.Nop{}))
	}
	e.role, e.file = e.env.RoleARN, e.env.TokenFile
	if r := loader.Options.RoleARN; r != "" {
		e.role = r
	}
	if f := loader.Options.TokenFile; f != "" {
		e.file = f
	}
	if e.file != "" {
		e.token, e.tokenErr = irsa.ReadToken(e.file)
	}
	if opts.Offline {
		// The mode "auto" asks the node's metadata for it.
		optFns = append(optFns, config.WithDefaultsMode(aws.DefaultsModeStandard))
	}
	e.cfg, e.loadErr = loader.LoadConfig(ctx, optFns...)
	if e.loadErr != nil {
		e.endpointErr = errors.New("the config does not load")
		return e
	}
	e.decision = precedence.Of(e.cfg, e.explicit(), precedence.Fallback(loader.Fallback), e.pod)
	e.gatherEndpoint(ctx, loader)
	return e
}

// gatherEndpoint finds out where the exchange is sent, where there is one.
func (e *evidence) gatherEndpoint(ctx context.Context, loader *irsa.Loader) {
	e.provider, _ = irsa.ProviderFrom(e.cfg)
	if e.provider == nil {
		e.endpointErr = errors.New("there is no web identity to exchange")
		return
	}
	if loader.Options.Client != nil {
		e.endpointErr = errors.New("the Loader's own Client makes the exchange")
		return
	}
	if e.role == "" || e.file == "" {
		e.fromProfile()
	}
	origin := stsclient.Origin{WebIdentity: true}
	if e.token != nil {
		origin.Issuer = e.token.Issuer
	}
	client, err := stsclient.New(e.cfg)
	if err == nil {
		e.endpoint, err = client.Endpoint(ctx, origin)
	}
	e.endpointErr = err
	if e.tokenErr != nil {
		e.endpoint, e.endpointErr = nil, errors.New("the token can't be read")
	}
}

// fromProfile takes role and token file from the profile that has them: the environment has not, or
// has but one of them.
func (e *evidence) fromProfile() {
	for _, source := range e.cfg.ConfigSources {
		if p, ok := source.(config.SharedConfig); ok && p.RoleARN != "" && p.WebIdentityTokenFile != "" {
			e.profile, e.role, e.file = p.Profile, p.RoleARN, p.WebIdentityTokenFile
			e.token, e.tokenErr = irsa.ReadToken(e.file)
			return
		}
	}
}

// explicit reports whether the Loader's options ask for a web identity.
func (e *evidence) explicit() bool {
	l := e.opts.Loader
	return l != nil && (l.Options.RoleARN != "" || l.Options.TokenFile != "")
}

// facts are the evidence as advice takes it.
func (e *evidence) facts() advice.Facts {
	f := advice.Facts{
		RoleARN: e.role, TokenFile: e.file, Token: (*advice.Token)(e.token), Own: (*advice.Token)(e.own),
		Profile: e.profile, Region: e.cfg.Region, WebhookFile: e.pod.EKSToken, Mounted: e.pod.Mounted,
		STSEndpoint: os.Getenv("AWS_ENDPOINT_URL_STS"), AnyEndpoint: os.Getenv("AWS_ENDPOINT_URL"), NoProxy: noProxy(),
	}
	if e.endpoint != nil {
		f.Scheme, f.Endpoint = e.endpoint.Scheme, e.endpoint.Host
	}
	if p := e.probe; p != nil {
		f.Addresses, f.Connected, f.Clock = p.seen.Addresses, p.seen.Connected, p.sent
		if p.proxy != nil {
			f.Proxy = p.proxy.Host
		}
	}
	return f
}

// fix is what a topic says of the evidence.
func (e *evidence) fix(t *advice.Topic) string { return t.Fix(e.facts()) }

// fixOf is the same for variables of the environment that are at fault.
func (e *evidence) fixOf(t *advice.Topic, variables ...string) string {
	f := e.facts()
	f.Variables = variables
	return t.Fix(f)
}
