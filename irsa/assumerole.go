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

// maxChained is how long STS lets a session last that a role's session asked for,
// whatever the role's own maximum is.
const maxChained = time.Hour

// AssumeRole returns a copy of cfg whose credentials are those of another role,
// assumed with cfg's own: role chaining. Its result may be the cfg of the next hop,
// to any number. Each hop has a Provider of its own, found by ProviderFrom, with its
// own refresh and Status. It makes no request, and is safe for concurrent use.
//
// Where the other role can trust the cluster's issuer, no chain is needed: a Loader
// with Options.RoleARN exchanges the pod's token for it directly, in one request
// and for sessions of up to 12 hours.
//
// ExternalID, RoleSessionName, Tags, TransitiveTagKeys, SourceIdentity, Policy and
// PolicyARNs of the options are sent as they are. Where left out, RoleSessionName is
// the one that cfg's Provider uses ("<namespace>.<pod>", or as configured; without
// such a Provider AWS_ROLE_SESSION_NAME, else the host's name), and Duration is an
// hour, not the 15 minutes of package stscreds. Client is asked with cfg's
// credentials; the default is the SDK's client with cfg's region, HTTP client,
// middleware and endpoints. Warnings and refreshes go to the Logger of cfg's
// Provider, OnRefresh is not called.
//
// It refuses a SerialNumber or TokenProvider, since nobody is there to enter a code
// when a session is renewed; a Duration that is not 15 minutes to 12 hours, in whole
// seconds, or that is over an hour where cfg's credentials are a role's session:
// STS caps those ("role chaining"). It fails with ErrNotConfigured for a cfg without
// credentials, and with ErrRegion where there is no region, or one of another
// partition than the role's. All its errors are of type *Error.
//
// Where a hop fails at STS, its Provider's error names its number, from 1, and its
// role, and Explain says what the role's trust policy needs. Where what fails is
// the hop before, or the web identity, the error is that one's own.
func AssumeRole(cfg aws.Config, roleARN string, optFns ...func(*stscreds.AssumeRoleOptions)) (aws.Config, error) {
	o := stscreds.AssumeRoleOptions{RoleARN: roleARN}
	for _, fn := range optFns {
		fn(&o)
	}
	o.Tags, o.TransitiveTagKeys, o.PolicyARNs = slices.Clone(o.Tags), slices.Clone(o.TransitiveTagKeys), slices.Clone(o.PolicyARNs)
	h, reason, err := newHop(cfg, o)
	if err != nil {
		e := localError("new hop", o.RoleARN, reason, err)
		if p, ok := ProviderFrom(cfg); ok {
			e.Token, _ = p.exchange.begins()
		}
		return aws.Config{}, e
	}
	cfg = cfg.Copy()
	cfg.Credentials = newProvider(h)
	return cfg, nil
}

// newHop checks what is asked for, and returns a reason, or nil, along with an error.
func newHop(cfg aws.Config, o stscreds.AssumeRoleOptions) (h *hop, reason, err error) {
	if cfg.Credentials == nil {
		return nil, ErrNotConfigured, errors.New("the config has no credentials to assume the role with")
	}
	role, err := partition.ParseRoleARN(o.RoleARN)
	if err != nil {
		return nil, nil, advised(advice.RoleARN, err)
	}
	if o.SerialNumber != nil || o.TokenProvider != nil {
		return nil, nil, errors.New("mfa (SerialNumber, TokenProvider): nobody is there to enter a code when the session is renewed")
	}
	if err := checkOptions(o.RoleSessionName, o.Duration); err != nil {
		return nil, nil, err
	}
	if o.Duration > maxChained && isRoleSession(cfg.Credentials) {
		return nil, nil, advised(advice.ChainedDuration, fmt.Errorf("duration %v: sts ends a chained session after %v; "+
			"the direct web identity into the role's account (Options.RoleARN) lasts up to %v", o.Duration, maxChained, maxDuration))
	}
	h = &hop{caller: cfg.Credentials, options: o, duration: cmp.Or(o.Duration, maxChained)}
	h.op, h.roleARN, h.name, h.warner = opHop, o.RoleARN, o.RoleSessionName, warner{config: cfg.Logger}
	h.sources = append(slices.Clone(sourcesOf(cfg.Credentials)), aws.CredentialSourceSTSAssumeRole)
	h.hop = &advice.Hop{
		Number: 1, ExternalID: aws.ToString(o.ExternalID), Tags: len(o.Tags) > 0,
		Transitive: len(o.TransitiveTagKeys) > 0, Identity: aws.ToString(o.SourceIdentity) != "",
	}
	if p, ok := ProviderFrom(cfg); ok {
		if err := h.join(p, role); err != nil {
			return nil, nil, err
		}
	} else {
		h.name = cmp.Or(h.name, hostSessionName())
	}
	if reason, err := checkPartitions(role, cfg.Region, partition.Issuer{}); err != nil {
		return nil, reason, err
	}
	if h.options.Client != nil {
		return h, nil, nil
	}
	reason, err = h.settle(cfg)
	return h, reason, err
}

// join puts h behind the Provider of the hop before it.
func (h *hop) join(p *Provider, role partition.RoleARN) error {
	before := p.exchange.self()
	from, _ := partition.ParseRoleARN(before.roleARN)
	if from.Partition != role.Partition {
		return fmt.Errorf("the role is in partition %s, and %s that would assume it in %s: partitions share no accounts",
			role.Partition, before.roleARN, from.Partition)
	}
	h.before, h.early, h.warner = p, before.early, before.warner
	h.hop.Follow(before.roleARN, before.hop)
	return nil
}

// settle makes the client.
func (h *hop) settle(cfg aws.Config) (reason, err error) {
	cfg.ClientLogMode &= stsclient.HopLogMode // signatures are logged by what the client is made with
	client, err := stsclient.New(cfg)
	if err != nil {
		return nil, err
	}
	if cfg.Region == "" && client.NeedsRegion() {
		return ErrRegion, errors.New("the config has no region")
	}
	h.options.Client = client
	return nil, nil
}

// isRoleSession reports whether credentials are known to be a role's session that
// STS gave out. Where it isn't known STS has the last word.
func isRoleSession(c aws.CredentialsProvider) bool {
	if _, ok := c.(*Provider); ok {
		return true
	}
	return slices.ContainsFunc(sourcesOf(c), func(s aws.CredentialSource) bool {
		switch s {
		case aws.CredentialSourceSTSAssumeRole, aws.CredentialSourceSTSAssumeRoleSaml, aws.CredentialSourceSTSAssumeRoleWebID,
			aws.CredentialSourceEnvVarsSTSWebIDToken, aws.CredentialSourceProfileSTSWebIDToken:
			return true
		}
		return false
	})
}

func sourcesOf(c aws.CredentialsProvider) []aws.CredentialSource {
	if s, ok := c.(aws.CredentialProviderSource); ok {
		return s.ProviderSources()
	}
	return nil
}

// hostSessionName is the session's name where no token says who this is: in a pod
// the host's name is the pod's.
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
