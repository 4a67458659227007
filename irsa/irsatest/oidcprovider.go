package irsatest

import (
	"slices"
	"strings"
)

// A OIDCProvider is an account's OIDC identity provider in IAM: an issuer whose
// tokens STS takes for the account's roles.
type OIDCProvider struct {
	Issuer    *Issuer  // its keys are known
	URL       string   // of another issuer, if Issuer is nil: its discovery document and keys are keySet with the STS's HTTPClient
	Audiences []string // the client ids that tokens may be for; default DefaultAudience
	Account   string   // whose it is, 12 digits; empty: every account has it
}

func (p OIDCProvider) url() string {
	if p.Issuer != nil {
		return p.Issuer.URL()
	}
	return p.URL
}

// AddProvider adds an OIDC identity provider; one with the same URL in the same
// account is replaced.
func (s *STS) AddProvider(p OIDCProvider) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.URL = strings.TrimSuffix(p.url(), "/")
	if p.Audiences == nil {
		p.Audiences = []string{DefaultAudience}
	}
	s.providers = slices.DeleteFunc(s.providers, func(q OIDCProvider) bool { return q.URL == p.URL && q.Account == p.Account })
	s.providers = append(s.providers, p)
	if s.keySets == nil {
		s.keySets = make(map[string]*keySet)
	}
	s.keySets[p.URL] = new(keySet)
}

// provider finds an account's provider for an issuer: its own, before one that
// every account has.
func (s *STS) provider(issuer, account string) (OIDCProvider, *keySet, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	url := strings.TrimSuffix(issuer, "/")
	for _, owner := range []string{account, ""} {
		i := slices.IndexFunc(s.providers, func(p OIDCProvider) bool { return p.URL == url && p.Account == owner })
		if i >= 0 {
			return s.providers[i], s.keySets[url], true
		}
	}
	return OIDCProvider{}, nil, false
}
