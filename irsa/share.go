package irsa

import (
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"
	"weak"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// A shared holds the Providers of one Loader's configs by their exchange. It holds them weakly: a
// Provider is garbage collected when the last config that uses it is.
//
// Without sharing, each load makes an exchange. Programs that load a config for each tenant or
// request have been throttled by STS that way (fluxcd/source-controller#938,
// milvus-io/milvus#53169).
type shared struct {
	mu        sync.Mutex // guards providers
	providers map[exchangeKey]weak.Pointer[Provider]
}

// An exchangeKey holds everything that makes one exchange differ from another, where no code takes
// part in it.
type exchangeKey struct {
	roleARN, tokenFile, sessionName, policy, policyARNs string
	duration, early                                     time.Duration
	sources                                             string

	region, failover, endpoint, general, appID, caBundle string
	endpoints                                            sts.EndpointResolverOptions
	defaults                                             aws.DefaultsMode
	log                                                  aws.ClientLogMode
}

// provider returns the Provider of an exchange, a new one if there is none.
func (s *shared) provider(key exchangeKey, newOne func() *Provider) *Provider {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.providers[key].Value(); p != nil {
		return p
	}
	p := newOne()
	// A strong pointer would keep each Provider, and the credentials in it, as long as the Loader.
	w := weak.Make(p)
	if s.providers == nil {
		s.providers = make(map[exchangeKey]weak.Pointer[Provider])
	}
	s.providers[key] = w
	runtime.AddCleanup(p, func(key exchangeKey) {
		s.mu.Lock()
		defer s.mu.Unlock()
		// By now a new Provider may have the key.
		if s.providers[key] == w {
			delete(s.providers, key)
		}
	}, key)
	return p
}

// keyOf returns the key of id's exchange; false where code that can't be compared takes part in it.
func keyOf(id *identity, c *config.LoadOptions, caBundle string) (exchangeKey, bool) {
	client, own := id.client.(*stsclient.Client)
	if !own || id.retriever != nil || c.HTTPClient != nil || c.CustomCABundle != nil ||
		c.EndpointResolver != nil || c.EndpointResolverWithOptions != nil || c.Logger != nil ||
		len(c.APIOptions) > 0 || len(c.ServiceOptions) > 0 || !reflect.ValueOf(c.Interceptors).IsZero() ||
		c.WebIdentityRoleCredentialOptions != nil {
		return exchangeKey{}, false
	}
	o := client.Options()
	x := exchangeKey{
		roleARN: id.roleARN, tokenFile: id.tokenFile, sessionName: id.sessionName, policy: id.policy,
		duration: id.duration, early: id.early,
		region: o.Region, endpoint: aws.ToString(o.BaseEndpoint), general: client.General(), appID: o.AppID,
		caBundle:  caBundle,
		endpoints: o.EndpointOptions, defaults: o.DefaultsMode, log: o.ClientLogMode,
	}
	for _, c := range id.failover {
		x.failover += c.Options().Region + "\n"
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
