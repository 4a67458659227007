package irsatest

import "slices"

// An OIDCProvider is an OIDC identity provider of an account in IAM: an issuer whose tokens STS
// accepts for roles of that account.
type OIDCProvider struct {
	// Issuer is one of this package, whose keys STS knows without a request. Nil: see URL.
	Issuer *Issuer
	// URL is that of any other issuer, where Issuer is nil: byte by byte the iss of its tokens,
	// with a slash at the end if that has one. Its discovery document and keys are fetched with
	// STS.HTTPClient when a token of it comes, as AWS's STS does.
	URL string
	// Audiences are the client ids of the provider: the audiences that tokens may be for. Nil:
	// DefaultAudience alone.
	Audiences []string
	// Account is the 12 digits of the account that has the provider. Empty: every account has it.
	Account string
}

func (p OIDCProvider) url() string {
	if p.Issuer != nil {
		return p.Issuer.URL()
	}
	return p.URL
}

// AddProvider adds an identity provider, or replaces the one with the same URL in the same account.
// An account can't have two with one URL: the URL is part of the ARN.
func (s *STS) AddProvider(p OIDCProvider) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.URL = p.url()
	if p.Audiences == nil {
		p.Audiences = []string{DefaultAudience}
	}
	s.providers = slices.DeleteFunc(s.providers, func(q OIDCProvider) bool {
		return q.URL == p.URL && q.Account == p.Account
	})
	s.providers = append(s.providers, p)
	if s.keySets == nil {
		s.keySets = make(map[string]*keySet)
	}
	s.keySets[p.URL] = new(keySet)
}

// provider finds an account's provider for an issuer. Its own takes precedence over one that every
// account has.
func (s *STS) provider(issuer, account string) (OIDCProvider, *keySet, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, owner := range []string{account, ""} {
		i := slices.IndexFunc(s.providers, func(p OIDCProvider) bool {
			return p.URL == issuer && p.Account == owner
		})
		if i >= 0 {
			return s.providers[i], s.keySets[issuer], true
		}
	}
	return OIDCProvider{}, nil, false
}
