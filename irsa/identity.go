package irsa

import (
	"cmp"
	"context"
	"fmt"
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
	onRefresh   *observer

	failoverRegions []string            // as in Options
	failover        []*stsclient.Client // for them, in the order in which they are asked; made by settle
}

// identityOf returns what Options say of an identity.
func identityOf(opts Options, cfg aws.Config) identity {
	id := identity{
		roleARN: opts.RoleARN, tokenFile: opts.TokenFile, sessionName: opts.SessionName,
		duration: opts.Duration, policy: opts.Policy, client: opts.Client,
		warner: warner{slog: opts.Logger, config: cfg.Logger}, onRefresh: newObserver(opts.OnRefresh),
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

// settle checks the identity and makes its client. Where cfg has no region, it gets the one in the
// issuer of an EKS token ("https://oidc.eks.eu-west-1.amazonaws.com/id/…"): the pod's own region.
// Along with an error settle returns the Err value that is its Reason; nil where none fits.
//
// A token that can't be read is no error here. The volume may be mounted later, and the exchange
// reads the file again.
func (id *identity) settle(ctx context.Context, cfg *aws.Config) (reason, err error) {
	role, roleErr := partition.ParseRoleARN(id.roleARN)
	// The claims are not verified: STS does that. Here they give a region and explain errors.
	t, tokenErr := id.claims()
	var issuer partition.Issuer
	if t != nil {
		issuer, _ = partition.ParseIssuer(t.Issuer)
		id.observe(ctx, t)
	}
	if cfg.Region == "" {
		cfg.Region = defaultRegion(role, issuer)
	}
	given := id.client != nil
	if !given {
		client, err := stsclient.New(*cfg)
		if err != nil {
			return nil, err
		}
		id.warnWithheld(ctx, client, t)
		id.client = client
	}
	if isForeign(id.client) {
		return nil, id.onlyOne(namedEndpoint)
	}
	if roleErr != nil {
		return nil, advised(advice.RoleARN, roleErr)
	}
	if err := checkOptions(id.sessionName, id.duration); err != nil {
		return nil, err
	}
	if err := checkPartition(role, cfg.Region); err != nil {
		return ErrRegion, err
	}
	id.warnForeignIssuer(ctx, role, issuer)
	if given {
		return nil, id.onlyOne("the client that is given")
	}
	client := id.client.(*stsclient.Client)
	// The SDK loads a config without a region, and the first call then fails with "Invalid
	// Configuration: Missing Region" (aws/aws-sdk-go-v2#515). A region that is set later does not
	// reach a client that exists.
	if cfg.Region == "" && client.NeedsRegion() {
		return ErrRegion, noRegion(t, tokenErr)
	}
	return id.settleFailover(ctx, *cfg, role, client.Region(originOfToken(t)), t)
}

// isForeign reports whether a client goes to an endpoint that was named for STS and is not AWS's.
// What ARNs, session names and durations that accepts is for its server to say: Ceph, SeaweedFS and
// MinIO have other ones than IAM.
func isForeign(client any) bool {
	c, ok := client.(*stsclient.Client)
	return ok && c.IsForeign()
}

// defaultRegion is the region of a config that names none: the cluster's own, by the issuer of an
// EKS token. A role of another partition has its STS there: GovCloud's clusters are public issuers
// that accounts of the commercial partition can register.
func defaultRegion(role partition.RoleARN, issuer partition.Issuer) string {
	p, known := partition.ByID(role.Partition)
	if known && issuer.Region != "" && p.ID != issuer.Partition.ID {
		return p.DefaultRegion
	}
	return issuer.Region
}

// checkPartition returns an error for a role and a region that can't work: regions of one AWS
// partition (aws, aws-cn, aws-us-gov, …) have no STS for the accounts of another. Partitions that
// this version doesn't know are left to STS.
func checkPartition(role partition.RoleARN, region string) error {
	ofRegion, _ := partition.OfRegion(region)
	ofRole, _ := partition.ByID(role.Partition)
	if ofRole.ID == "" || ofRegion.ID == "" || ofRole.ID == ofRegion.ID {
		return nil
	}
	return advised(advice.Partitions,
		fmt.Errorf("the role is in partition %s, region %s is in %s", ofRole.ID, region, ofRegion.ID))
}

// noRegion returns the error for a missing region, with all places where it was looked for.
func noRegion(t *Token, tokenErr error) error {
	const looked = "no region in the options, AWS_REGION, AWS_DEFAULT_REGION or the shared config"
	if t == nil {
		return fmt.Errorf("%s, and no token to take it from: %w", looked, tokenErr)
	}
	return fmt.Errorf("%s, nor in the token's issuer %q", looked, text.Clip(t.Issuer))
}
