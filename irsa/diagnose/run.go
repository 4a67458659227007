package diagnose

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// runTime bounds a run, whatever hangs.
const runTime = 30 * time.Second

// Options say what is looked at. The zero value looks at what LoadConfig would use.
type Options struct {
	// Loader is the one that the program uses; nil: the zero Loader. It is not changed.
	Loader *irsa.Loader

	// TrustPolicy is the role's trust policy as JSON, to be judged by this pod's
	// token; empty: none. The pod itself usually may not read it.
	TrustPolicy []byte

	// Offline makes no request: what only a request can tell is Skipped.
	Offline bool
}

// Run makes every check and never stops early. It takes at most 30 seconds, or
// until ctx is done. It is safe for concurrent use.
func Run(ctx context.Context, opts Options) *Report {
	ctx, cancel := context.WithTimeout(ctx, runTime)
	defer cancel()
	return newSubject(ctx, opts).run(ctx)
}

// run makes the checks that ask somebody side by side, and then the others.
func (s *subject) run(ctx context.Context) *Report {
	var exchange []Check
	var both sync.WaitGroup
	both.Go(func() { exchange = s.exchangeChecks(ctx) })
	if s.endpoint != nil && s.endpoint.Host != "" && !s.opts.Offline {
		client := s.cfg.HTTPClient
		if client == nil {
			client = awshttp.NewBuildableClient() // what service clients use then
		}
		s.probe = ask(ctx, client, s.endpoint)
	}
	both.Wait()

	checks := []Check{
		s.kubernetes(), s.injected(), s.podIdentity(), s.shadowed(),
		s.tokenFile(), s.tokenShape(), s.tokenLifetime(), s.tokenAudience(), s.tokenIssuer(),
		s.roleARN(), s.region(), s.partitions(), s.stsEndpoint(), s.proxies(),
	}
	checks = append(checks, s.network()...)
	checks = append(checks, s.clock())
	checks = append(checks, exchange...)
	checks = append(checks, s.trustPolicy())
	return &Report{Checks: checks}
}

// A subject is what the checks look at.
type subject struct {
	opts Options

	inKubernetes bool
	webhookFile  string      // where the webhook mounts its token
	mounted      bool        // there is one
	own          *irsa.Token // of Kubernetes' own token; nil without one

	env        irsa.Environment
	role, file string // from the options, else the environment
	token      *irsa.Token
	tokenErr   error

	cfg      aws.Config
	loadErr  error
	provider *irsa.Provider // nil where credentials are not of a web identity

	endpoint    *url.URL // of the exchange; nil where it isn't known
	endpointErr error
	probe       *probe // nil where none was made
}

// newSubject collects what there is without asking anybody. The optFns are for the
// config, as in LoadConfig.
func newSubject(ctx context.Context, opts Options, optFns ...func(*config.LoadOptions) error) *subject {
	s := &subject{opts: opts, inKubernetes: podfs.InKubernetes(ctx), webhookFile: podfs.EKSToken(ctx)}
	_, err := os.Stat(s.webhookFile)
	s.mounted = err == nil
	s.own, _ = irsa.ReadToken(podfs.KubernetesToken(ctx)) // only for what it says of the pod
	s.env, _ = irsa.Detect()                              // half of it is judged by a check
	loader := opts.Loader
	if loader == nil {
		loader = &irsa.Loader{Options: irsa.Options{Logger: slog.New(slog.DiscardHandler)}} // the report tells
	}
	s.role, s.file = s.env.RoleARN, s.env.TokenFile
	if r := loader.Options.RoleARN; r != "" {
		s.role = r
	}
	if f := loader.Options.TokenFile; f != "" {
		s.file = f
	}
	if s.file != "" {
		s.token, s.tokenErr = irsa.ReadToken(s.file)
	}
	s.cfg, s.loadErr = loader.LoadConfig(ctx, optFns...)
	if s.loadErr != nil {
		s.endpointErr = errors.New("the config does not load")
		return s
	}
	s.provider, _ = irsa.ProviderFrom(s.cfg)
	if s.provider == nil {
		s.endpointErr = errors.New("there is no web identity to exchange")
		return s
	}
	if loader.Options.Client != nil {
		s.endpointErr = errors.New("the Loader's own Client makes the exchange")
		return s
	}
	s.endpoint, s.endpointErr = exchangeEndpoint(ctx, loader)
	return s
}

// exchangeEndpoint returns where the exchange would be sent: it begins one whose
// request never leaves the SDK's stack.
func exchangeEndpoint(ctx context.Context, like *irsa.Loader) (*url.URL, error) {
	var seen *url.URL
	stop := middleware.FinalizeMiddlewareFunc("irsaDiagnoseEndpoint", func(_ context.Context, in middleware.FinalizeInput, _ middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
		if req, ok := in.Request.(*smithyhttp.Request); ok {
			u := *req.URL
			seen = &u
		}
		return middleware.FinalizeOutput{}, middleware.Metadata{}, errStopped
	})
	options := like.Options
	options.OnRefresh, options.Logger = nil, slog.New(slog.DiscardHandler) // it is no exchange to tell of
	loader := irsa.Loader{Options: options, Fallback: like.Fallback}
	cfg, err := loader.LoadConfig(ctx, config.WithAPIOptions([]func(*middleware.Stack) error{func(stack *middleware.Stack) error {
		return stack.Finalize.Add(stop, middleware.After)
	}}))
	if err != nil {
		return nil, err
	}
	_, err = cfg.Credentials.Retrieve(ctx)
	if seen == nil {
		return nil, err
	}
	return seen, nil
}

// errStopped ends the exchange as a refusal of STS would, so that it isn't tried again.
var errStopped = &smithy.GenericAPIError{Code: "AccessDenied", Message: "stopped before it was sent"}
