// Package precedence decides which identity a pod's config uses. Code, environment, profile and pod
// are read once, into [Inputs]; [Decide] is a pure function of them, whose body is a table to be
// read from top to bottom: who takes precedence, what that shadows, what is warned of, and what is
// an error.
//
// The order is the SDK's own (aws-sdk-go-v2/config, resolve_credentials.go): credentials and
// profiles in code, static keys in the environment, a web identity in the environment, the shared
// config's profile, container credentials, instance metadata. What differs is what the SDK does in
// silence: half a web identity, and the node's role.
package precedence

import (
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
)

// A Fallback is what is allowed where no web identity is configured: as irsa.Fallback.
type Fallback int

// The values of irsa.Fallback, in its order.
const (
	Chain Fallback = iota
	None
	NodeRole
)

// A WebIdentity is a role and a token file as one place names them, whole or half.
type WebIdentity struct {
	RoleARN, TokenFile, SessionName string
	Duration                        time.Duration
	Source                          aws.CredentialSource // for the user agent
}

// Whole reports whether both halves are there.
func (w WebIdentity) Whole() bool { return w.RoleARN != "" && w.TokenFile != "" }

// Inputs are all that the decision depends on.
type Inputs struct {
	Fallback Fallback
	Explicit bool // Loader.Options name a role or a token file

	// Of the options in code.
	Credentials    bool   // there are credentials
	NamedByCode    string // the profile that the code names; "" none
	ForWebIdentity bool   // there is a function that changes a web identity

	// Of the environment.
	Environment WebIdentity
	Keys        bool // static keys
	Container   bool // container credentials: EKS Pod Identity, ECS
	NoMetadata  bool // the instance metadata service is turned off, there or in code

	NamedByVariable    bool   // AWS_PROFILE names the profile
	ContainerTokenFile string // of the token for the container's credentials, by its variable

	// Of the profile in effect.
	Profile     WebIdentity // where the SDK would use that of everything in the profile
	OfProfile   bool        // there is such a web identity, whole or half
	Hops        []Hop       // the roles that it assumes with that, or with the container's credentials
	ProfileName string
	ProfileHas  bool // the profile has credentials of any kind

	CABundle string // of environment and profile: part of how a request is made

	// Of the chain that the SDK made of all this.
	EndsAtNode      bool // its credentials are the node's, and nobody asked for them
	EndsAtContainer bool // its credentials are the container's

	Pod podfs.Pod

	chained bool // the profile's roles are assumed with the container's credentials, where there are any
}

// Read reads a loaded config, and the code that loaded it. The config's credentials are those that
// the SDK's chain found. The pod's files are looked at where the decision may depend on them: not
// where the environment has a web identity, which is the way of almost all loads.
func Read(
	cfg aws.Config, code *config.LoadOptions, explicit bool, fallback Fallback, pod func() podfs.Pod,
) Inputs {
	in := Inputs{
		Fallback: fallback, Explicit: explicit,
		Credentials: code.Credentials != nil, NamedByCode: code.SharedConfigProfile,
		ForWebIdentity: code.WebIdentityRoleCredentialOptions != nil,
	}
	var profile config.SharedConfig
	for _, source := range cfg.ConfigSources {
		switch s := source.(type) {
		case config.EnvConfig:
			in.Environment = WebIdentity{
				RoleARN: s.RoleARN, TokenFile: s.WebIdentityTokenFilePath, SessionName: s.RoleSessionName,
				Source: aws.CredentialSourceEnvVarsSTSWebIDToken,
			}
			in.Keys = s.Credentials.HasKeys()
			in.NamedByVariable = s.SharedConfigProfile != ""
			in.Container = s.ContainerCredentialsEndpoint != "" || s.ContainerCredentialsRelativePath != ""
			in.CABundle = s.CustomCABundle
			in.NoMetadata = s.EC2IMDSClientEnableState == metadataDisabled
		case config.SharedConfig:
			profile = s
		}
	}
	if code.EC2IMDSClientEnableState != metadataUnset {
		in.NoMetadata = code.EC2IMDSClientEnableState == metadataDisabled
	}
	in.readProfile(&profile)
	in.EndsAtNode = code.Credentials == nil && code.EC2RoleCredentialOptions == nil &&
		!asksForNode(&profile) && isMetadata(cfg.Credentials)
	in.EndsAtContainer = code.Credentials == nil && (onlyContainer(cfg.Credentials) || in.chained && in.Container)
	in.ContainerTokenFile = os.Getenv(ContainerTokenFile) // the SDK reads it when it asks
	if in.EndsAtNode || !in.Environment.Whole() {
		in.Pod = pod()
	}
	return in
}

// imds.ClientDefaultEnableState and imds.ClientDisabled: naming them would make that module one
// more that this one requires.
const metadataUnset, metadataDisabled = 0, 1

func (in *Inputs) readProfile(p *config.SharedConfig) {
	in.ProfileName = p.Profile
	in.CABundle += "\n" + p.CustomCABundle
	in.ProfileHas = p.Source != nil || p.Credentials.HasKeys() || p.CredentialSource != "" || p.CredentialProcess != "" ||
		p.WebIdentityTokenFile != "" || p.RoleARN != "" || p.SSOSessionName != "" ||
		p.SSOAccountID != "" || p.LoginSession != ""
	base, hops, ok := chainOf(p)
	switch {
	case !ok:
	case base.WebIdentityTokenFile != "" && base.CredentialSource == "":
		in.OfProfile, in.Hops = true, hops
		in.Profile = WebIdentity{
			RoleARN: base.RoleARN, TokenFile: base.WebIdentityTokenFile, SessionName: base.RoleSessionName,
			Source: aws.CredentialSourceProfileSTSWebIDToken,
		}
		if base.RoleDurationSeconds != nil {
			in.Profile.Duration = *base.RoleDurationSeconds
		}
	case base.CredentialSource == "EcsContainer", !has(base):
		in.chained = base.RoleARN != ""
		if in.chained {
			in.Hops = append([]Hop{hopOf(base)}, hops...)
		}
	}
}

// A Hop is a role that a profile assumes with the credentials of its source.
type Hop struct {
	RoleARN, SessionName, ExternalID string
	Duration                         time.Duration // zero: none is given
}

func hopOf(p *config.SharedConfig) Hop {
	h := Hop{RoleARN: p.RoleARN, SessionName: p.RoleSessionName, ExternalID: p.ExternalID}
	if p.RoleDurationSeconds != nil {
		h.Duration = *p.RoleDurationSeconds
	}
	return h
}

// chainOf follows source_profile to the profile at the beginning, and returns the roles that are
// assumed from there on. It reports false for static keys, and for a role that wants MFA: sessions
// are renewed without a person.
func chainOf(p *config.SharedConfig) (base *config.SharedConfig, hops []Hop, ok bool) {
	for ; p.Source != nil; p = p.Source {
		if p.MFASerial != "" {
			return nil, nil, false
		}
		if p.RoleARN != "" {
			hops = append([]Hop{hopOf(p)}, hops...)
		}
	}
	return p, hops, !p.Credentials.HasKeys() && (p.MFASerial == "" || p.WebIdentityTokenFile != "")
}

// has reports whether a profile names credentials of its own, besides a role.
func has(p *config.SharedConfig) bool {
	return p.CredentialSource != "" || p.CredentialProcess != "" || p.SSOSessionName != "" || p.SSOAccountID != "" ||
		p.LoginSession != "" || p.WebIdentityTokenFile != ""
}

// asksForNode reports whether a profile, or one that it builds on, names instance metadata.
func asksForNode(p *config.SharedConfig) bool {
	for ; p != nil; p = p.Source {
		if p.CredentialSource == "Ec2InstanceMetadata" {
			return true
		}
	}
	return false
}

// onlyContainer reports whether credentials come from the container's endpoint, and from nothing
// before or behind it.
func onlyContainer(c aws.CredentialsProvider) bool {
	from, ok := c.(aws.CredentialProviderSource)
	if !ok {
		return false
	}
	sources := slices.DeleteFunc(slices.Clone(from.ProviderSources()), func(s aws.CredentialSource) bool {
		return s == aws.CredentialSourceUndefined // a Provider's own end
	})
	return slices.Equal(sources, []aws.CredentialSource{aws.CredentialSourceHTTP})
}

func isMetadata(c aws.CredentialsProvider) bool {
	from, ok := c.(aws.CredentialProviderSource)
	return ok && slices.Contains(from.ProviderSources(), aws.CredentialSourceIMDS)
}

// SkipsChain reports whether a web identity takes precedence over whatever the SDK's chain would
// find, as far as that can be told before the shared config is read: then the chain, which may read
// files and ask the network, need not be built.
func SkipsChain(code *config.LoadOptions, explicit bool) bool {
	switch {
	case code.Credentials != nil:
		return false
	case explicit:
		return true
	}
	// The names by which the SDK knows static keys.
	keys := (os.Getenv("AWS_ACCESS_KEY_ID") != "" || os.Getenv("AWS_ACCESS_KEY") != "") &&
		(os.Getenv("AWS_SECRET_ACCESS_KEY") != "" || os.Getenv("AWS_SECRET_KEY") != "")
	return code.SharedConfigProfile == "" && !keys && os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != ""
}

// Of repeats the decision by which a config was loaded, for who reports it.
func Of(cfg aws.Config, explicit bool, fallback Fallback, pod podfs.Pod) Decision {
	code := Code(cfg)
	return Decide(Read(cfg, &code, explicit, fallback, func() podfs.Pod { return pod }))
}

// Code returns the options in code that a config was loaded with.
func Code(cfg aws.Config) (code config.LoadOptions) {
	for _, source := range cfg.ConfigSources {
		if o, ok := source.(config.LoadOptions); ok {
			code = o
		}
	}
	return code
}
