package irsa

import (
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// A setting is what the sources of a config say of credentials: the options in code,
// the environment, and the profile of the shared config.
type setting struct {
	explicit bool // Loader.Options name a role or a token file
	code     config.LoadOptions
	env      config.EnvConfig
	profile  config.SharedConfig
}

// skipped takes the place of credentials while the SDK loads a config, so that it
// doesn't build a chain that nobody will ask.
type skipped struct{ aws.AnonymousCredentials }

// skipsChain reports whether a web identity goes before whatever the SDK's chain
// would find, as far as that can be told before the shared config is read.
func (s *setting) skipsChain() bool {
	if s.code.Credentials != nil {
		return false
	}
	if s.explicit {
		return true
	}
	// The names by which the SDK knows static keys.
	keys := (os.Getenv("AWS_ACCESS_KEY_ID") != "" || os.Getenv("AWS_ACCESS_KEY") != "") &&
		(os.Getenv("AWS_SECRET_ACCESS_KEY") != "" || os.Getenv("AWS_SECRET_KEY") != "")
	return s.code.SharedConfigProfile == "" && !keys && os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != ""
}

// read takes what the SDK has read, and leaves no trace of skipped.
func (s *setting) read(cfg *aws.Config) {
	for i, source := range cfg.ConfigSources {
		switch c := source.(type) {
		case config.LoadOptions:
			cfg.ConfigSources[i] = s.code
		case config.EnvConfig:
			s.env = c
		case config.SharedConfig:
			s.profile = c
		}
	}
}

// winner names the credentials that go before the web identity, or is empty. Keys
// in the environment don't go before one that Loader.Options ask for.
func (s *setting) winner() string {
	_, web := s.profileIdentity()
	switch {
	case s.code.Credentials != nil:
		return "credentials given in code"
	case s.code.SharedConfigProfile != "" && !web && (!s.explicit || s.profileHasCredentials()):
		return "the credentials of the profile given in code (" + s.code.SharedConfigProfile + ")"
	case s.code.SharedConfigProfile == "" && !s.explicit && s.env.Credentials.HasKeys():
		return "static keys in the environment (AWS_ACCESS_KEY_ID)"
	}
	return ""
}

// shadow describes the web identity that credentials may go before, or is empty.
func (s *setting) shadow() string {
	id, ok := s.profileIdentity()
	if s.env.RoleARN != "" && s.env.WebIdentityTokenFilePath != "" {
		id, ok = s.envIdentity(), true
	}
	if !ok {
		return ""
	}
	return "the web identity for " + clip(id.roleARN)
}

// base returns the web identity from outside the code, whole or half: of a profile
// that the code names, else of the environment, else of the profile in effect. A
// role alone is none: the SDK goes on to other credentials then.
func (s *setting) base() (identity, bool) {
	profile, web := s.profileIdentity()
	switch {
	case s.code.SharedConfigProfile != "" && web:
		return profile, true
	case s.env.WebIdentityTokenFilePath != "":
		return s.envIdentity(), true
	case web && (!s.explicit || s.env.RoleARN == ""):
		return profile, true
	}
	return s.envIdentity(), false
}

func (s *setting) envIdentity() identity {
	return identity{
		roleARN: s.env.RoleARN, tokenFile: s.env.WebIdentityTokenFilePath, sessionName: s.env.RoleSessionName,
		sources: []aws.CredentialSource{aws.CredentialSourceEnvVarsSTSWebIDToken},
	}
}

// profileIdentity returns the profile's web identity, where the SDK would use that
// of everything in the profile.
func (s *setting) profileIdentity() (identity, bool) {
	p := &s.profile
	if p.Source != nil || p.Credentials.HasKeys() || p.CredentialSource != "" || p.WebIdentityTokenFile == "" {
		return identity{}, false
	}
	id := identity{
		roleARN: p.RoleARN, tokenFile: p.WebIdentityTokenFile, sessionName: p.RoleSessionName,
		sources: []aws.CredentialSource{aws.CredentialSourceProfileSTSWebIDToken},
	}
	if p.RoleDurationSeconds != nil {
		id.duration = *p.RoleDurationSeconds
	}
	return id, true
}

func (s *setting) profileHasCredentials() bool {
	p := &s.profile
	return p.Source != nil || p.Credentials.HasKeys() || p.CredentialSource != "" || p.CredentialProcess != "" ||
		p.WebIdentityTokenFile != "" || p.RoleARN != "" || p.SSOSessionName != "" || p.SSOAccountID != "" || p.LoginSession != ""
}

// endsAtNode reports whether the credentials are the instance's by nobody's wish:
// neither code nor a profile asks for them.
func (s *setting) endsAtNode(cfg *aws.Config) bool {
	if s.code.Credentials != nil || s.code.EC2RoleCredentialOptions != nil {
		return false
	}
	for p := &s.profile; p != nil; p = p.Source {
		if p.CredentialSource == "Ec2InstanceMetadata" {
			return false
		}
	}
	from, ok := cfg.Credentials.(aws.CredentialProviderSource)
	return ok && slices.Contains(from.ProviderSources(), aws.CredentialSourceIMDS)
}

// noMetadata reports whether the instance metadata service is turned off.
func (s *setting) noMetadata() bool {
	// imds.ClientDefaultEnableState and imds.ClientDisabled: naming them would
	// make that module one more that this one requires.
	const unset, disabled = 0, 1
	if s.code.EC2IMDSClientEnableState != unset {
		return s.code.EC2IMDSClientEnableState == disabled
	}
	return s.env.EC2IMDSClientEnableState == disabled
}

// early returns how long before their end credentials are to be replaced, by the
// option CredentialsCacheOptions. Its jitter has no effect: refreshes are spread anyway.
func (s *setting) early() time.Duration {
	if s.code.CredentialsCacheOptions == nil {
		return 0
	}
	var o aws.CredentialsCacheOptions
	s.code.CredentialsCacheOptions(&o)
	return max(0, o.ExpiryWindow)
}
