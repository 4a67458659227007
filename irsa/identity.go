package irsa

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// An identity is one web identity with everything that its exchange depends on: options, code,
// profile and environment taken together.
type identity struct {
	roleARN     string
	tokenFile   string
	retriever   stscreds.IdentityTokenRetriever // the caller's own; nil: tokenFile
	sessionName string                          // empty: from the token
	duration    time.Duration                   // 0: STS's default of an hour
	policy      string
	policyARNs  []types.PolicyDescriptorType
	client      stscreds.AssumeRoleWithWebIdentityAPIClient
	sources     []aws.CredentialSource // for the user agent
	early       time.Duration          // how long before the end the refresh starts at the latest
	warner      warner
	onRefresh   func(Refresh)

	failoverRegions []string            // as in Options
	failover        []*stsclient.Client // for them, in the order in which they are asked; made by settle
}

// NewProvider returns a [Provider] that exchanges the pod's token with cfg's region, HTTP client,
// middleware and endpoints. What opts leave open is taken from the environment, as [Detect] reads
// it, and not from a shared config profile. cfg's own credentials have no effect. NewProvider makes
// no request, and does not fail for a token that can't be read yet. It is safe for concurrent use.
//
// All errors are of type *[Error]. The Reason is [ErrNotConfigured] where role or token file are
// missing, [ErrRegion] where there is no region, not even in the token's issuer, or it is of
// another partition than the role, and [ErrIssuer] where role and issuer are of different
// partitions. It is nil for a role ARN, session name or duration that STS would refuse, and for
// failover regions beside a client or an endpoint.
func NewProvider(cfg aws.Config, opts Options) (*Provider, error) {
	env, _ := Detect() // opts may have what is missing
	id := identityOf(opts, cfg)
	id.fill(configured(precedence.WebIdentity{
		RoleARN: env.RoleARN, TokenFile: env.TokenFile, SessionName: env.SessionName,
		Source: aws.CredentialSourceEnvVarsSTSWebIDToken,
	}))
	fail := func(reason, err error) (*Provider, error) {
		return nil, localError("new provider", id.roleARN, reason, err)
	}
	if err := id.half(opts, precedence.OnlyOne); err != nil {
		return fail(ErrNotConfigured, err)
	}
	if reason, err := id.settle(context.Background(), &cfg); err != nil {
		return fail(reason, err)
	}
	return newProvider(newWebIdentity(id)), nil
}

// identityOf returns what Options say of an identity.
func identityOf(opts Options, cfg aws.Config) identity {
	id := identity{
		roleARN: opts.RoleARN, tokenFile: opts.TokenFile, sessionName: opts.SessionName,
		duration: opts.Duration, policy: opts.Policy, client: opts.Client,
		warner: warner{slog: opts.Logger, config: cfg.Logger}, onRefresh: opts.OnRefresh,
		failoverRegions: opts.FailoverRegions,
	}
	for _, arn := range opts.PolicyARNs {
		id.policyARNs = append(id.policyARNs, types.PolicyDescriptorType{Arn: aws.String(arn)})
	}
	return id
}

// configured returns the identity that environment or profile name.
func configured(w precedence.WebIdentity) identity {
	return identity{
		roleARN: w.RoleARN, tokenFile: w.TokenFile, sessionName: w.SessionName, duration: w.Duration,
		sources: []aws.CredentialSource{w.Source},
	}
}

// byCode returns id as changed by [config.WithWebIdentityRoleCredentialOptions]. The function sees
// the same values that the SDK's chain would give it (config/resolve_credentials.go,
// assumeWebIdentity).
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
	id.roleARN, id.sessionName, id.duration, id.client = o.RoleARN, o.RoleSessionName, o.Duration, o.Client
	id.policy, id.policyARNs = aws.ToString(o.Policy), o.PolicyARNs
	switch r := o.TokenRetriever.(type) {
	case nil:
	case stscreds.IdentityTokenFile:
		id.tokenFile = string(r)
	default:
		id.tokenFile, id.retriever = "", r
	}
	return id
}

// fill takes from other what id leaves open. Token file and retriever are one setting: a file in id
// takes precedence over a retriever in other.
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

// token reads the token. It is called for each attempt, since the kubelet replaces the file.
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

// half returns the error that says which half of the identity is missing, made by says; nil where
// none is.
func (id *identity) half(opts Options, says func(there, missing string) error) error {
	role, file := "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"
	hasRole, hasToken := id.roleARN != "", id.tokenFile != "" || id.retriever != nil
	switch {
	case hasRole && hasToken:
		return nil
	case hasRole && opts.RoleARN != "":
		return says("Options.RoleARN", file)
	case hasRole:
		return says(role, file)
	case hasToken && opts.TokenFile != "":
		return says("Options.TokenFile", role)
	case hasToken:
		return says(file, role)
	}
	return precedence.ErrNeither
}

// present returns the environment variable of the half that is set.
func (id *identity) present() string {
	if id.roleARN != "" {
		return "AWS_ROLE_ARN"
	}
	return "AWS_WEB_IDENTITY_TOKEN_FILE"
}

// STS's limits for a session's DurationSeconds: 900 to 43200 (botocore,
// sts/2011-06-15/service-2.json). The role's own maximum, an hour unless raised, may be lower; only
// STS knows it.
const (
	minDuration = 15 * time.Minute
	maxDuration = 12 * time.Hour
)

// settle checks the identity and makes its client. Where cfg has no region, it gets the one in the
// issuer of an EKS token ("https://oidc.eks.eu-west-1.amazonaws.com/id/…"): the pod's own region.
// Along with an error settle returns the Err value that is its Reason; nil where none fits.
//
// A token that can't be read is no error here. The volume may be mounted later, and the exchange
// reads the file again.
func (id *identity) settle(ctx context.Context, cfg *aws.Config) (reason, err error) {
	role, err := partition.ParseRoleARN(id.roleARN)
	if err != nil {
		return nil, advised(advice.RoleARN, err)
	}
	if err := checkOptions(id.sessionName, id.duration); err != nil {
		return nil, err
	}
	// The claims are not verified: STS does that. Here they give a region and explain errors.
	t, tokenErr := id.claims()
	var issuer partition.Issuer
	if t != nil {
		issuer, _ = partition.ParseIssuer(t.Issuer)
		id.observe(ctx, t)
	}
	if reason, err := checkPartitions(role, cfg.Region, issuer); err != nil {
		return reason, err
	}
	if cfg.Region == "" {
		cfg.Region = issuer.Region
	}
	if id.client != nil {
		return nil, id.onlyOne("the client that is given")
	}
	client, err := stsclient.New(*cfg)
	if err != nil {
		return nil, err
	}
	// The SDK loads a config without a region, and the first call then fails with "Invalid
	// Configuration: Missing Region" (aws/aws-sdk-go-v2#515). A region that is set later does not
	// reach a client that exists.
	if cfg.Region == "" && client.NeedsRegion() {
		return ErrRegion, noRegion(t, tokenErr)
	}
	// In the SDK's own chain WithBaseEndpoint, which is usually meant for S3, also gets the token,
	// and AWS_ENDPOINT_URL does not (measured with config v1.33.15).
	if t != nil && client.Withholds(originOfToken(t)) {
		id.warner.warn(ctx, "the general endpoint is not used for the exchange: a token that EKS issued is sent only "+
			"to AWS's own STS, or to an endpoint named for STS (AWS_ENDPOINT_URL_STS)",
			slog.String("endpoint", client.General()))
	}
	id.client = client
	return id.settleFailover(ctx, *cfg, role, client.Region(originOfToken(t)), t)
}

// checkOptions returns an error for a session's name or life that STS would refuse with a
// ValidationError. Here the error comes at load, where a person sees it, and not at the first
// request.
func checkOptions(name string, life time.Duration) error {
	if name != "" {
		if err := checkSessionName(name); err != nil {
			return advised(advice.SessionName, err)
		}
	}
	if life != 0 && (life < minDuration || life > maxDuration || life%time.Second != 0) {
		return advised(advice.Duration,
			fmt.Errorf("duration %v: sts gives sessions of %v to %v, in whole seconds", life, minDuration, maxDuration))
	}
	return nil
}

// checkPartitions returns an error for a combination that can't work: roles, regions and clusters
// of one AWS partition (aws, aws-cn, aws-us-gov, …) share no accounts and no STS with another's.
// Partitions that this version doesn't know are left to STS.
func checkPartitions(role partition.RoleARN, region string, issuer partition.Issuer) (reason, err error) {
	ofRegion, _ := partition.OfRegion(region)
	ofRole, _ := partition.ByID(role.Partition)
	known := func(a, b string) bool { return a != "" && b != "" && a != b }
	switch {
	case known(ofRole.ID, issuer.Partition.ID):
		return ErrIssuer, fmt.Errorf("the role is in partition %s, the cluster that issued the token is in %s",
			ofRole.ID, issuer.Partition.ID)
	case known(ofRole.ID, ofRegion.ID):
		return ErrRegion, fmt.Errorf("the role is in partition %s, region %s is in %s", ofRole.ID, region, ofRegion.ID)
	case known(issuer.Partition.ID, ofRegion.ID):
		return ErrRegion, fmt.Errorf("the cluster that issued the token is in partition %s, region %s is in %s",
			issuer.Partition.ID, region, ofRegion.ID)
	}
	return nil, nil
}

// observe warns of what STS will probably refuse. It is no error, since STS decides: by its own
// clock, which may be right where the node's is wrong, and by the audiences that the role's account
// lists, which may be others than the EKS webhook's default.
func (id *identity) observe(ctx context.Context, t *Token) {
	now := time.Now()
	switch {
	case !t.ExpiresAt.IsZero() && now.After(t.ExpiresAt):
		id.warner.warn(ctx, "the token has expired by this machine's clock", slog.Time("expired", t.ExpiresAt))
	case now.Before(t.NotBefore):
		id.warner.warn(ctx, "the token is not valid yet by this machine's clock", slog.Time("notBefore", t.NotBefore))
	}
	if !slices.Contains(t.Audience, advice.DefaultAudience) {
		id.warner.warn(ctx, "the token's audience is not sts.amazonaws.com: "+
			"it is accepted only where the role's account lists it as a client id",
			slog.Any("audience", t.Audience))
	}
}

// noRegion returns the error for a missing region, with all places where it was looked for.
func noRegion(t *Token, tokenErr error) error {
	const looked = "no region in the options, AWS_REGION, AWS_DEFAULT_REGION or the shared config"
	if t == nil {
		return fmt.Errorf("%s, and no token to take it from: %w", looked, tokenErr)
	}
	return fmt.Errorf("%s, nor in the token's issuer %q", looked, text.Clip(t.Issuer))
}
