package irsa

import (
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"
	"weak"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// A shared holds the Providers that configs of one Loader use, by their exchange,
// and lets go of those that no config uses.
type shared struct {
	mu        sync.Mutex // guards providers
	providers map[exchange]weak.Pointer[Provider]
}

// An exchange is everything that tells one exchange from another, where no code
// takes part in it.
type exchange struct {
	roleARN, tokenFile, sessionName, policy, policyARNs string
	duration, early                                     time.Duration
	sources                                             string

	region, endpoint, general, appID, caBundle string
	endpoints                                  sts.EndpointResolverOptions
	defaults                                   aws.DefaultsMode
	log                                        aws.ClientLogMode
}

// provider returns the Provider for an exchange, a new one if there is none.
func (s *shared) provider(x exchange, id identity) *Provider {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.providers[x].Value(); p != nil {
		return p
	}
	p := newProvider(id)
	w := weak.Make(p)
	if s.providers == nil {
		s.providers = make(map[exchange]weak.Pointer[Provider])
	}
	s.providers[x] = w
	runtime.AddCleanup(p, func(x exchange) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.providers[x] == w {
			delete(s.providers, x)
		}
	}, x)
	return p
}

// exchange returns what id's exchange depends on, and false where code that can't
// be compared takes part in it.
func (s *setting) exchange(id *identity) (exchange, bool) {
	c := &s.code
	client, own := id.client.(*stsClient)
	if !own || id.retriever != nil || c.HTTPClient != nil || c.CustomCABundle != nil ||
		c.EndpointResolver != nil || c.EndpointResolverWithOptions != nil || c.Logger != nil ||
		len(c.APIOptions) > 0 || len(c.ServiceOptions) > 0 || !reflect.ValueOf(c.Interceptors).IsZero() || c.WebIdentityRoleCredentialOptions != nil {
		return exchange{}, false
	}
	o := client.Options()
	x := exchange{
		roleARN: id.roleARN, tokenFile: id.tokenFile, sessionName: id.sessionName, policy: id.policy,
		duration: id.duration, early: id.early,
		region: o.Region, endpoint: aws.ToString(o.BaseEndpoint), general: client.general, appID: o.AppID,
		caBundle:  s.env.CustomCABundle + "\n" + s.profile.CustomCABundle,
		endpoints: o.EndpointOptions, defaults: o.DefaultsMode, log: o.ClientLogMode,
	}
	var b strings.Builder
	for _, p := range id.policyARNs {
		b.WriteString(aws.ToString(p.Arn) + "\n")
	}
	x.policyARNs = b.String()
	for _, source := range id.sources {
		x.sources += string(rune(source))
	}
	return x, true
}
