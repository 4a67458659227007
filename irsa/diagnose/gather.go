package diagnose

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/agent"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// evidence is everything that the checks look at. It is gathered first, so that the checks only
// judge.
type evidence struct {
	opts Options
	pod  podfs.Pod
	own  *irsa.Token // claims of the token for the Kubernetes API; nil without one

	env        irsa.Environment
	role, file string // from the options, else the environment, else the profile
	profile    string // that role and file are from; empty where they are not from one
	token      *irsa.Token
	tokenErr   error

	cfg      aws.Config
	loadErr  error
	decision precedence.Decision // the one by which the config was loaded
	provider *irsa.Provider      // nil where the credentials are not a web identity's

	agent    *agent.Client // of the container's credentials; nil where they aren't used
	forAgent *irsa.Token   // the token for the agent; nil without one, or where it isn't a JWT

	endpoint    *url.URL // of the exchange with STS; nil where it isn't known, or there is none
	endpointErr error    // why it isn't known
	probe       *probe   // nil where none was made
	identified  *probe   // the request to STS that told who we are; nil where none did
	exchanged   bool     // whether the exchange gave a session of the role
	exchangeErr error    // nil where the exchange succeeded, or wasn't made
}

// gather collects what can be found without the exchange and the probe. The optFns are for the
// config, as in [irsa.LoadConfig]; tests use them.
func gather(ctx context.Context, opts Options, optFns ...func(*config.LoadOptions) error) *evidence {
	e := &evidence{opts: opts, pod: podfs.Read()}
	e.own, _ = irsa.ReadToken(e.pod.KubernetesToken) // for the names in it only
	e.env, _ = irsa.Detect()                         // the check "injected" judges what is missing
	loader := opts.Loader
	if loader == nil {
		// What it would warn of is in the report.
		loader = &irsa.Loader{Options: irsa.Options{Logger: slog.New(slog.DiscardHandler)}}
		optFns = append(optFns, config.WithLogger(logging.Nop{}))
	}
	// Options take precedence over the environment, as in the Loader.
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
		// The SDK resolves the mode "auto" with a request to the instance metadata service.
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

// gatherEndpoint finds the endpoint of the exchange, if there is one.
func (e *evidence) gatherEndpoint(ctx context.Context, loader *irsa.Loader) {
	e.provider, _ = irsa.ProviderFrom(e.cfg)
	if e.provider == nil {
		e.endpointErr = errors.New("there is no web identity to exchange")
		return
	}
	if e.decision.Container {
		e.gatherAgent()
		if len(e.decision.Hops) == 0 {
			e.endpointErr = errors.New("the container's credentials need none")
			return
		}
	}
	if loader.Options.Client != nil {
		e.endpointErr = errors.New("the Loader's own Client makes the exchange")
		return
	}
	if e.role == "" || e.file == "" {
		e.fromProfile()
	}
	// By the token's issuer it is decided whether the general endpoint gets it.
	origin := stsclient.Origin{WebIdentity: true}
	if t := cmp.Or(e.token, e.forAgent); t != nil {
		origin.Issuer = t.Issuer
	}
	client, err := stsclient.New(e.cfg)
	if err == nil {
		e.endpoint, err = client.Endpoint(ctx, origin)
	}
	e.endpointErr = err
	// Without a token nothing is sent, so there is no endpoint either.
	if e.tokenErr != nil {
		e.endpoint, e.endpointErr = nil, errors.New("the token can't be read")
	}
}

// gatherAgent finds where the container's credentials are, and reads the token for it.
func (e *evidence) gatherAgent() {
	code := precedence.Code(e.cfg)
	o := agent.OptionsOf(&code)
	e.agent, _ = agent.New(o.Endpoint, o.HTTPClient) // the config has loaded with it
	if file := os.Getenv(precedence.ContainerTokenFile); file != "" && o.AuthorizationTokenProvider == nil {
		e.forAgent, _ = irsa.ReadToken(file) // the check "pod identity" judges it
	}
}

// fromProfile takes role and token file from the profile that has both. It is called where there is
// a web identity and the environment has no more than half of it.
func (e *evidence) fromProfile() {
	for _, source := range e.cfg.ConfigSources {
		p, ok := source.(config.SharedConfig)
		for ok && p.Source != nil { // a chain of roles begins at its last source
			p = *p.Source
		}
		if ok && p.RoleARN != "" && p.WebIdentityTokenFile != "" {
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

// facts returns the evidence as package advice takes it.
func (e *evidence) facts() advice.Facts {
	f := advice.Facts{
		RoleARN: e.role, TokenFile: e.file, Token: (*advice.Token)(cmp.Or(e.token, e.forAgent)),
		Own:     (*advice.Token)(e.own),
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

// fix returns a topic's steps for this evidence.
func (e *evidence) fix(t *advice.Topic) string { return t.Fix(e.facts()) }

// fixOf is fix for the environment variables that are at fault.
func (e *evidence) fixOf(t *advice.Topic, variables ...string) string {
	f := e.facts()
	f.Variables = variables
	return t.Fix(f)
}
