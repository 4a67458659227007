package irsa

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// An identity is one web identity, resolved: everything that reaches an exchange.
type identity struct {
	roleARN     string
	tokenFile   string
	retriever   stscreds.IdentityTokenRetriever // the caller's own; nil: the file
	sessionName string                          // "": from the token
	duration    time.Duration                   // 0: STS's own hour
	policy      string
	policyARNs  []types.PolicyDescriptorType
	client      stscreds.AssumeRoleWithWebIdentityAPIClient
	sources     []aws.CredentialSource // for the user agent
	early       time.Duration          // refresh at least so long before the end
	warner      warner
	onRefresh   func(Refresh)
}

// NewProvider returns a Provider that exchanges with cfg's region, HTTP client,
// middleware and endpoints, for what opts leave open by the environment. cfg's own
// credentials don't matter. It makes no request, and doesn't fail for a token that
// can't be read yet.
//
// Its errors are of type *Error: ErrNotConfigured where role or token file are
// missing, ErrRegion where there is no region, not even in the token; else as
// LoadConfig's.
func NewProvider(cfg aws.Config, opts Options) (*Provider, error) {
	env, _ := Detect() // what is missing may be in opts
	id := identityOf(opts, cfg)
	id.fill(identity{
		roleARN: env.RoleARN, tokenFile: env.TokenFile, sessionName: env.SessionName,
		sources: []aws.CredentialSource{aws.CredentialSourceEnvVarsSTSWebIDToken},
	})
	fail := func(reason, err error) (*Provider, error) {
		return nil, &Error{Op: "new provider", RoleARN: id.roleARN, Reason: reason, Err: err}
	}
	if err := id.complete(); err != nil {
		return fail(ErrNotConfigured, err)
	}
	if reason, err := id.settle(context.Background(), &cfg); err != nil {
		return fail(reason, err)
	}
	return newProvider(id), nil
}

// identityOf returns what options say of an identity.
func identityOf(opts Options, cfg aws.Config) identity {
	id := identity{
		roleARN: opts.RoleARN, tokenFile: opts.TokenFile, sessionName: opts.SessionName,
		duration: opts.Duration, policy: opts.Policy, client: opts.Client,
		warner: warner{slog: opts.Logger, config: cfg.Logger}, onRefresh: opts.OnRefresh,
	}
	for _, arn := range opts.PolicyARNs {
		id.policyARNs = append(id.policyARNs, types.PolicyDescriptorType{Arn: aws.String(arn)})
	}
	return id
}

// byCode returns id as the option WebIdentityRoleCredentialOptions changes it. The
// SDK's chain runs the function with these values too.
func (id identity) byCode(fn func(*stscreds.WebIdentityRoleOptions)) identity {
	if fn == nil {
		return id
	}
	file := stscreds.IdentityTokenFile(id.tokenFile)
	o := stscreds.WebIdentityRoleOptions{
		RoleARN: id.roleARN, RoleSessionName: id.sessionName, TokenRetriever: file,
		Duration: id.duration, CredentialSources: id.sources,
	}
	fn(&o)
	id.roleARN, id.sessionName, id.duration, id.policyARNs, id.client = o.RoleARN, o.RoleSessionName, o.Duration, o.PolicyARNs, o.Client
	id.policy = aws.ToString(o.Policy)
	switch r := o.TokenRetriever.(type) {
	case nil:
	case stscreds.IdentityTokenFile:
		id.tokenFile = string(r)
	default:
		id.tokenFile, id.retriever = "", r
	}
	return id
}

// fill takes from other what id leaves open.
func (id *identity) fill(other identity) {
	if id.tokenFile == "" && id.retriever == nil {
		id.tokenFile, id.retriever = other.tokenFile, other.retriever
	}
	id.roleARN = cmp.Or(id.roleARN, other.roleARN)
	id.sessionName = cmp.Or(id.sessionName, other.sessionName)
	id.duration = cmp.Or(id.duration, other.duration)
	id.policy = cmp.Or(id.policy, other.policy)
	if id.policyARNs == nil {
		id.policyARNs = other.policyARNs
	}
	if id.client == nil {
		id.client = other.client
	}
	if id.sources == nil {
		id.sources = other.sources
	}
}

// token reads the token: at each exchange, since the kubelet replaces the file.
func (id *identity) token() (raw string, t *Token, err error) {
	if id.retriever == nil {
		return readToken(id.tokenFile)
	}
	b, err := id.retriever.GetIdentityToken()
	if err != nil {
		return "", nil, fmt.Errorf("retrieve identity token: %w", err)
	}
	return checkToken(b)
}

// claims returns the token's claims, for what is decided while a config is loaded.
func (id *identity) claims() (*Token, error) {
	if id.retriever == nil {
		return claimsOf(id.tokenFile)
	}
	_, t, err := id.token()
	return t, err
}

// complete returns which half of the identity is missing, or nil.
func (id *identity) complete() error {
	switch {
	case id.roleARN != "" && (id.tokenFile != "" || id.retriever != nil):
		return nil
	case id.roleARN != "":
		return errors.New("a role is given (AWS_ROLE_ARN), a token file is not (AWS_WEB_IDENTITY_TOKEN_FILE)")
	case id.tokenFile != "":
		return errors.New("a token file is given (AWS_WEB_IDENTITY_TOKEN_FILE), a role is not (AWS_ROLE_ARN)")
	}
	return errors.New("neither a role (AWS_ROLE_ARN) nor a token file (AWS_WEB_IDENTITY_TOKEN_FILE) is given")
}
