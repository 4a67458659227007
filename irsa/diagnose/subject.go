package diagnose

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// A subject is what the checks look at.
type subject struct {
	opts Options

	inKubernetes bool
	webhookFile  string      // where the webhook mounts its token
	mounted      bool        // there is one
	own          *irsa.Token // of Kubernetes' own token; nil without one

	env        irsa.Environment
	role, file string // from the options, else the environment, else the profile
	profile    string // the one that has them; "" where none does
	token      *irsa.Token
	tokenErr   error

	cfg      aws.Config
	loadErr  error
	provider *irsa.Provider // nil where credentials are not of a web identity

	endpoint    *url.URL // of the exchange; nil where it isn't known
	endpointErr error
	probe       *probe // nil where none was made
	exchanged   bool   // for a session of the role
	exchangeErr error  // nil where it worked, or wasn't made
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
		optFns = append(optFns, config.WithLogger(logging.Nop{}))
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
	if opts.Offline {
		// The mode "auto" asks the node's metadata for it.
		optFns = append(optFns, config.WithDefaultsMode(aws.DefaultsModeStandard))
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
	if s.role == "" || s.file == "" {
		s.fromProfile()
	}
	s.endpoint, s.endpointErr = exchangeEndpoint(ctx, loader)
	if s.tokenErr != nil {
		s.endpointErr = errors.New("the token can't be read")
	}
	return s
}

// fromProfile takes role and token file from the profile that has them: the
// environment has not, or has but one of them.
func (s *subject) fromProfile() {
	for _, source := range s.cfg.ConfigSources {
		if p, ok := source.(config.SharedConfig); ok && p.RoleARN != "" && p.WebIdentityTokenFile != "" {
			s.profile, s.role, s.file = p.Profile, p.RoleARN, p.WebIdentityTokenFile
			s.token, s.tokenErr = irsa.ReadToken(s.file)
			return
		}
	}
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
	cfg, err := loader.LoadConfig(ctx, config.WithDefaultsMode(aws.DefaultsModeStandard), config.WithAPIOptions([]func(*middleware.Stack) error{func(stack *middleware.Stack) error {
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
