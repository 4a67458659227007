package stsclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// ErrWithheld is the cause of an exchange that was not begun, because its request would have
// carried the token to a host that is not meant to have it.
var ErrWithheld = errors.New("the token is not sent there")

// A refusal says why a request is not sent, or its answer not followed. errors.Is finds
// ErrWithheld.
type refusal struct {
	why      string
	redirect bool // what answered sends the request elsewhere
}

func (r *refusal) Error() string { return ErrWithheld.Error() + ": " + r.why }
func (r *refusal) Unwrap() error { return ErrWithheld }

func refuse(format string, args ...any) error { return &refusal{why: fmt.Sprintf(format, args...)} }

// An Origin is what the credentials of a request begin with. It decides where the request may go: a
// token that EKS issued opens a role to whoever has it.
type Origin struct {
	WebIdentity bool   // a web identity; otherwise something that AWS's SDK would send anywhere
	Issuer      string // of its token; "" where it can't be read
}

// FromEKS reports whether an origin is a token that looks like EKS's. What can't be read as a token
// counts as one, and so do regions that this version doesn't know yet: that keeps the token at
// home.
func (o Origin) FromEKS() bool {
	switch {
	case !o.WebIdentity:
		return false
	case o.Issuer == "":
		return true
	}
	u, err := url.Parse(o.Issuer)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return strings.HasPrefix(host, "oidc.eks.") || strings.HasPrefix(host, "oidc-eks.")
}

// follows reports whether a request goes where a config sends everything. Of a token that EKS
// issued only a machine's own test server gets it along with everything else.
func (o Origin) follows(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err != nil || !o.FromEKS() || isLoopback(u.Hostname())
}

// withheld returns why a token must not go to a URL that nobody named for STS, or nil where it may.
func (o Origin) withheld(u *url.URL) error {
	host := u.Hostname()
	switch {
	case isLoopback(host):
		return nil
	case u.Scheme != "https":
		return refuse("%s://%s is not encrypted", u.Scheme, u.Host)
	case partition.IsSTSHost(host), !o.FromEKS():
		return nil
	}
	return refuse("eks issued it, and %s is neither aws's nor named for sts", u.Host)
}

// isLoopback reports whether a request to a host stays on this machine. It takes for loopback what
// net/http's exemption from the proxy takes for it, to the letter (golang.org/x/net/http/httpproxy):
// "localhost." and "LOCALHOST" are other names there, and go to the proxy.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// endpoints are the addresses that a config gives for the exchange, apart from
// AWS's own regional one.
type endpoints struct {
	// for STS by name: AWS_ENDPOINT_URL_STS, or a services section
	named string
	// for every service: AWS_ENDPOINT_URL, WithBaseEndpoint, endpoint_url, a resolver of the
	// deprecated kinds
	general string
}

// endpointsOf reads a config's endpoints. In the SDK's own chain WithBaseEndpoint
// goes before AWS_ENDPOINT_URL_STS; here the name goes first, since an endpoint
// that is meant for S3 is no place for a token.
func endpointsOf(cfg aws.Config) (endpoints, error) {
	var e endpoints
	if !ignoresEndpoints(cfg) {
		for _, source := range cfg.ConfigSources {
			if _, code := source.(config.LoadOptions); code {
				continue // its one endpoint is a general one: it is in cfg
			}
			s, ok := source.(interface {
				GetServiceBaseEndpoint(context.Context, string) (string, bool, error)
			})
			if !ok {
				continue
			}
			v, found, err := s.GetServiceBaseEndpoint(context.Background(), sts.ServiceID)
			if err != nil {
				return endpoints{}, fmt.Errorf("resolve sts endpoint: %w", err)
			}
			if found {
				e.named = v
				break
			}
		}
	}
	if cfg.BaseEndpoint != nil {
		e.general = *cfg.BaseEndpoint
		return e, nil
	}
	v, err := deprecatedEndpoint(cfg)
	e.general = v
	return e, err
}

// ignoresEndpoints reports whether AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, or the
// profile's ignore_configured_endpoint_urls, is set.
func ignoresEndpoints(cfg aws.Config) bool {
	for _, source := range cfg.ConfigSources {
		s, ok := source.(interface {
			GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error)
		})
		if !ok {
			continue
		}
		if v, found, err := s.GetIgnoreConfiguredEndpoints(context.Background()); found && err == nil {
			return v
		}
	}
	return false
}

// withoutEndpoints returns a copy of a config that has none of its own.
func withoutEndpoints(cfg aws.Config) aws.Config {
	cfg = cfg.Copy()
	cfg.BaseEndpoint, cfg.EndpointResolver, cfg.EndpointResolverWithOptions = nil, nil, nil
	return cfg
}

// setsEndpoint reports whether options hold an endpoint, or a resolver other than
// the SDK's own.
func setsEndpoint(o *sts.Options, own sts.EndpointResolverV2) bool {
	return o.BaseEndpoint != nil || o.EndpointResolver != nil || o.EndpointResolverV2 != own
}

// deprecatedEndpoint asks the resolvers that BaseEndpoint replaced. One that has
// no endpoint for STS says so, and the regional endpoint is used.
func deprecatedEndpoint(cfg aws.Config) (string, error) {
	var ep aws.Endpoint
	var err error
	switch {
	case cfg.EndpointResolverWithOptions != nil:
		ep, err = cfg.EndpointResolverWithOptions.ResolveEndpoint(sts.ServiceID, cfg.Region)
	case cfg.EndpointResolver != nil:
		ep, err = cfg.EndpointResolver.ResolveEndpoint(sts.ServiceID, cfg.Region)
	default:
		return "", nil
	}
	var none *aws.EndpointNotFoundError
	if errors.As(err, &none) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("resolve sts endpoint: %w", err)
	}
	return ep.URL, nil
}
