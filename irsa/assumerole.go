package irsa

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// maxChained is the longest life of a session that another role's session asked for (role
// chaining), whatever the role's own maximum is. STS answers a longer Duration with a
// ValidationError. A web identity that is exchanged for the role directly has no such limit.
const maxChained = time.Hour

// AssumeRole returns a copy of cfg with the credentials of another role, assumed with cfg's own
// credentials: role chaining. The result may be the cfg of the next hop, to any number of hops.
// Each hop has a [Provider] of its own, found by [ProviderFrom], with its own refresh and [Status].
// AssumeRole makes no request and is safe for concurrent use.
//
// Where the other role can trust the cluster's issuer, no chain is needed: a [Loader] with
// Options.RoleARN exchanges the pod's token for it directly, in one request and for sessions of up
// to 12 hours.
//
// ExternalID, RoleSessionName, Tags, TransitiveTagKeys, SourceIdentity, Policy and PolicyARNs of
// the options are sent as they are. The other options, and their defaults:
//
//   - RoleSessionName, where empty, is the name that cfg's Provider uses ("<namespace>.<pod>", or
//     as configured). Without such a Provider it is AWS_ROLE_SESSION_NAME, else the host's name.
//   - Duration is 15 minutes to 12 hours in whole seconds, and at most an hour where cfg's
//     credentials are a role's session. Zero is an hour, not the 15 minutes of package [stscreds].
//   - Client makes the request with cfg's credentials. Nil is the SDK's client with cfg's region,
//     HTTP client, middleware and endpoints.
//   - SerialNumber and TokenProvider (MFA) are refused: a session is renewed in the background,
//     without a person to enter the code.
//
// Warnings and refreshes go to the Logger of cfg's Provider, and its OnRefresh is told of the hop's
// exchanges, too.
//
// All errors are of type *[Error]. The Reason is [ErrNotConfigured] for a cfg without credentials,
// and [ErrRegion] where cfg has no region or one of another partition than the role's. It is nil
// for a malformed role ARN, session name or duration.
//
// Where a hop fails at STS, its Provider's error has the number of the hop, counted from 1, and its
// role, and [Explain] says what the role's trust policy needs. Where an earlier hop or the web
// identity fails, the error is that one's own.
func AssumeRole(cfg aws.Config, roleARN string, optFns ...func(*stscreds.AssumeRoleOptions)) (aws.Config, error) {
	o := stscreds.AssumeRoleOptions{RoleARN: roleARN}
	for _, fn := range optFns {
		fn(&o)
	}
	// The caller keeps its slices, and may change them.
	o.Tags, o.TransitiveTagKeys = slices.Clone(o.Tags), slices.Clone(o.TransitiveTagKeys)
	o.PolicyARNs = slices.Clone(o.PolicyARNs)
	h, reason, err := newHop(cfg, o)
	if err != nil {
		e := localError("new hop", o.RoleARN, reason, err)
		if p, ok := ProviderFrom(cfg); ok {
			e.Token, _ = p.exchange.begins()
		}
		return aws.Config{}, e
	}
	cfg = cfg.Copy()
	p := newProvider(h)
	cfg.Credentials = p
	heals(&cfg, p)
	return cfg, nil
}

// newHop checks the options and makes the hop. Along with an error it returns the Err value that is
// its Reason; nil where none fits.
func newHop(cfg aws.Config, o stscreds.AssumeRoleOptions) (h *hop, reason, err error) {
	if cfg.Credentials == nil {
		return nil, ErrNotConfigured, errors.New("the config has no credentials to assume the role with")
	}
	// stscreds asks for a code at each renewal; its StdinTokenProvider would block there for ever.
	if o.SerialNumber != nil || o.TokenProvider != nil {
		return nil, nil, errors.New(
			"mfa (SerialNumber, TokenProvider): a session is renewed without a person to enter the code",
		)
	}
	if o.Client == nil {
		client, reason, err := hopClient(cfg)
		if err != nil {
			return nil, reason, err
		}
		o.Client = client
	}
	if !isForeign(o.Client) {
		if reason, err := checkHop(cfg, o); err != nil {
			return nil, reason, err
		}
	}
	// stscreds would ask for 15 minutes, and so for four times as many exchanges.
	h = &hop{caller: cfg.Credentials, options: o, duration: cmp.Or(o.Duration, maxChained)}
	h.op, h.roleARN, h.name, h.warner = opHop, o.RoleARN, o.RoleSessionName, warner{config: cfg.Logger}
	h.sources = append(slices.Clone(sourcesOf(cfg.Credentials)), aws.CredentialSourceSTSAssumeRole)
	h.hop = &advice.Hop{
		Number: 1, ExternalID: aws.ToString(o.ExternalID), Tags: len(o.Tags) > 0,
		Transitive: len(o.TransitiveTagKeys) > 0, Identity: aws.ToString(o.SourceIdentity) != "",
	}
	if p, ok := ProviderFrom(cfg); ok {
		h.join(p)
	} else {
		h.name = cmp.Or(h.name, hostSessionName())
	}
	return h, nil, nil
}

// checkHop returns an error for what AWS's STS would refuse.
func checkHop(cfg aws.Config, o stscreds.AssumeRoleOptions) (reason, err error) {
	role, err := partition.ParseRoleARN(o.RoleARN)
	if err != nil {
		return nil, advised(advice.RoleARN, err)
	}
	if err := checkOptions(o.RoleSessionName, o.Duration); err != nil {
		return nil, err
	}
	if o.Duration > maxChained && isRoleSession(cfg.Credentials) {
		return nil, advised(advice.ChainedDuration, fmt.Errorf(
			"duration %v: sts ends a chained session after %v; "+
				"the direct web identity into the role's account (Options.RoleARN) lasts up to %v",
			o.Duration, maxChained, maxDuration))
	}
	// Roles of two partitions (aws and aws-cn, say) can't trust each other, since accounts and IAM
	// belong to one partition.
	if p, ok := ProviderFrom(cfg); ok {
		caller := p.exchange.self().roleARN
		if from, err := partition.ParseRoleARN(caller); err == nil && from.Partition != role.Partition {
			return nil, fmt.Errorf(
				"the role is in partition %s, and %s, which assumes it, is in %s: partitions share no accounts",
				role.Partition, caller, from.Partition)
		}
	}
	if err := checkPartition(role, cfg.Region); err != nil {
		return ErrRegion, err
	}
	return nil, nil
}

// join makes a Provider's role the caller of h: the session's name, the log, OnRefresh and the time
// of an early refresh are taken over from it.
func (h *hop) join(p *Provider) {
	before := p.exchange.self()
	h.before, h.early, h.warner, h.onRefresh = p, before.early, before.warner, before.onRefresh
	h.hop.Follow(before.roleARN, before.hop)
}

// hopClient makes the client. It takes the log of signatures and headers away before, because the
// caller's session token is in the header X-Amz-Security-Token, and the SDK fixes part of the log
// mode when a client is made.
func hopClient(cfg aws.Config) (client *stsclient.Client, reason, err error) {
	cfg.ClientLogMode &= stsclient.HopLogMode
	client, err = stsclient.New(cfg)
	if err != nil {
		return nil, nil, err
	}
	if cfg.Region == "" && client.NeedsRegion() {
		return nil, ErrRegion, errors.New("the config has no region")
	}
	return client, nil, nil
}

// isRoleSession reports whether credentials are known to be a role's session. Where that isn't
// known (a provider of the caller's own, or container credentials) the request is sent, and STS
// decides.
func isRoleSession(c aws.CredentialsProvider) bool {
	if _, ok := c.(*Provider); ok {
		return true
	}
	return slices.ContainsFunc(sourcesOf(c), func(s aws.CredentialSource) bool {
		switch s {
		case aws.CredentialSourceSTSAssumeRole, aws.CredentialSourceSTSAssumeRoleSaml,
			aws.CredentialSourceSTSAssumeRoleWebID,
			aws.CredentialSourceEnvVarsSTSWebIDToken, aws.CredentialSourceProfileSTSWebIDToken:
			return true
		}
		return false
	})
}

// sourcesOf returns where credentials come from, which the SDK puts into the user agent as feature
// ids; nil where the provider does not tell.
func sourcesOf(c aws.CredentialsProvider) []aws.CredentialSource {
	if p, ok := c.(*Provider); ok {
		return p.exchange.self().sources
	}
	if s, ok := c.(aws.CredentialProviderSource); ok {
		return s.ProviderSources()
	}
	return nil
}

// hostSessionName is the session's name where no token names the pod. In a pod the host name is the
// pod's name, unless the pod uses the node's network (hostNetwork).
func hostSessionName() string {
	if name := os.Getenv("AWS_ROLE_SESSION_NAME"); name != "" {
		return legalSessionName(name)
	}
	host, err := os.Hostname()
	if err != nil {
		return "irsa"
	}
	return legalSessionName(host)
}
