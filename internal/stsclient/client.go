// Package stsclient makes the single requests to STS by which a pod's token, or another role's
// session, becomes credentials. It knows the SDK's client and the wire, and nothing of how
// credentials are kept:
//
//	client, err := stsclient.New(cfg)          // where a config sends the exchange
//	a := stsclient.Attempt{Origin: …, Secrets: …}
//	provider := stscreds.NewWebIdentityRoleProvider(a.WebIdentity(client), …)
//	c, err := provider.Retrieve(a.Context(ctx)) // one request, no retry
//	f := a.Failure(err)                         // what it means, without a secret
//
// A token goes only where it may: see [Origin]. What answered is judged by the wire (status,
// headers, and a bounded copy of the body), so that the same answer means the same with every
// release of the SDK.
package stsclient

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// A Client is the SDK's client for an exchange, with a config's region, HTTP client, middleware
// and endpoints. It keeps tokens from hosts that are not meant to have them. It is safe for
// concurrent use.
type Client struct {
	sts     *sts.Client
	named   bool   // the client's endpoint was named for STS
	foreign bool   // and is not AWS's
	general string // the endpoint for every service, where none was named
}

// New returns the client of a config. Unlike the SDK's own chain it is made when the config is
// complete, so that interceptors and service options reach the exchange.
func New(cfg aws.Config) (*Client, error) {
	ends, err := endpointsOf(cfg)
	if err != nil {
		return nil, err
	}
	c := &Client{}

	cfg = withoutEndpoints(cfg)
	cfg.Credentials = nil // a web identity's request isn't signed, and a hop's attempt brings its own

	// The SDK has its own idea of the endpoint by the time that service options run: it is taken
	// away first, so that what is there afterwards is theirs.
	own := sts.NewDefaultEndpointResolverV2()
	forget := func(_ string, options any) {
		if o, ok := options.(*sts.Options); ok {
			o.BaseEndpoint, o.EndpointResolverV2 = nil, own
		}
	}
	cfg.ServiceOptions = append([]func(string, any){forget}, cfg.ServiceOptions...)

	c.sts = sts.NewFromConfig(cfg, func(o *sts.Options) {
		switch {
		case setsEndpoint(o, own):
			c.named = true
		case ends.named != "":
			o.BaseEndpoint, c.named = &ends.named, true
		default:
			c.general = ends.general
		}
		// What a redirect of a POST becomes is a GET without the token at best.
		if h, ok := o.HTTPClient.(*http.Client); ok {
			h := *h
			h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			o.HTTPClient = &h
		}
	})
	c.foreign = c.named && !namesAWS(c.sts.Options())
	return c, nil
}

// namesAWS reports whether an endpoint that was named is AWS's STS all the same. What a resolver of
// the caller's own says is not known.
func namesAWS(o sts.Options) bool {
	u, err := url.Parse(aws.ToString(o.BaseEndpoint))
	return err == nil && partition.IsSTSHost(u.Hostname())
}

// IsForeign reports whether the endpoint was named for STS and is not AWS's.
func (c *Client) IsForeign() bool { return c.foreign }

// Options returns a copy of the SDK client's options, for comparing one exchange with another.
func (c *Client) Options() sts.Options { return c.sts.Options() }

// General is the endpoint that the config has for every service, where none is named for STS.
func (c *Client) General() string { return c.general }

// NeedsRegion reports whether a region decides which STS is asked: no endpoint does.
func (c *Client) NeedsRegion() bool { return !c.named && c.general == "" }

// Region is the region whose STS a request of this origin is sent to; "" where an endpoint that was
// configured decides.
func (c *Client) Region(o Origin) string {
	if c.named || c.general != "" && o.follows(c.general) {
		return ""
	}
	return c.sts.Options().Region
}

// FIPS reports whether requests go to FIPS endpoints.
func (c *Client) FIPS() bool {
	return c.sts.Options().EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled
}

// Withholds reports whether a request of this origin does not follow the general endpoint.
func (c *Client) Withholds(o Origin) bool { return c.general != "" && !o.follows(c.general) }

// AssumeRoleWithWebIdentity sends a token of unknown issuer: see Attempt.WebIdentity.
func (c *Client) AssumeRoleWithWebIdentity(
	ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput, optFns ...func(*sts.Options),
) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	return c.sts.AssumeRoleWithWebIdentity(ctx, in, c.to(Origin{WebIdentity: true}, optFns)...)
}

// AssumeRole sends a request of unknown origin: see Attempt.AssumeRole.
func (c *Client) AssumeRole(
	ctx context.Context, in *sts.AssumeRoleInput, optFns ...func(*sts.Options),
) (*sts.AssumeRoleOutput, error) {
	return c.sts.AssumeRole(ctx, in, c.to(Origin{}, optFns)...)
}

// to are the options of a request of an origin: its endpoint goes before what the caller sets.
func (c *Client) to(o Origin, optFns []func(*sts.Options)) []func(*sts.Options) {
	fns := make([]func(*sts.Options), 0, len(optFns)+2)
	if c.general != "" && o.follows(c.general) {
		fns = append(fns, func(so *sts.Options) { so.BaseEndpoint = &c.general })
	}
	return append(fns, optFns...)
}

// Endpoint returns the URL that a request of this origin would be sent to, by the SDK's own rules.
// It makes no request. The URL may lack a host, where what names the endpoint is not a URL.
func (c *Client) Endpoint(ctx context.Context, o Origin) (*url.URL, error) {
	var at *url.URL
	stop := func(req *smithyhttp.Request) error {
		u := *req.URL
		at = &u
		return errStopped
	}
	_, err := c.sts.AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: aws.String("arn"), RoleSessionName: aws.String("name"), WebIdentityToken: aws.String("none"),
	}, c.to(o, []func(*sts.Options){func(so *sts.Options) {
		so.Retryer = aws.NopRetryer{}
		so.ClientLogMode = 0
		addStep(so, lastStep{before: stop})
	}})...)
	if at == nil {
		return nil, err
	}
	return at, nil
}
