package irsa

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// An stsClient is the SDK's client for the exchange, which keeps tokens from hosts
// that were not meant to have them.
type stsClient struct {
	*sts.Client
	named   bool   // the client's endpoint was named for STS
	general string // the endpoint for every service, where none was named

	root *Provider // of a hop's client: the web identity that the chain begins with; nil where it begins with something else
}

// newSTSClient returns a client with a config's region, HTTP client, middleware and
// endpoints. Unlike the SDK's own chain it is made when the config is complete, so
// that interceptors and service options reach the exchange.
func newSTSClient(cfg aws.Config) (*stsClient, error) {
	ends, err := endpointsOf(cfg)
	if err != nil {
		return nil, err
	}
	c := &stsClient{}

	cfg = withoutEndpoints(cfg)
	cfg.Credentials = nil // the request isn't signed

	// The SDK has its own idea of the endpoint by the time that service options
	// run: it is taken away first, so that what is there afterwards is theirs.
	own := sts.NewDefaultEndpointResolverV2()
	forget := func(_ string, options any) {
		if o, ok := options.(*sts.Options); ok {
			o.BaseEndpoint, o.EndpointResolverV2 = nil, own
		}
	}
	cfg.ServiceOptions = append([]func(string, any){forget}, cfg.ServiceOptions...)

	c.Client = sts.NewFromConfig(cfg, func(o *sts.Options) {
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
	return c, nil
}

// AssumeRoleWithWebIdentity sends the token where it may go, or fails with
// errWithheld before it sends anything.
func (c *stsClient) AssumeRoleWithWebIdentity(ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput, optFns ...func(*sts.Options)) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	// What can't be read as a token counts as one of EKS's.
	_, t, _ := checkToken([]byte(aws.ToString(in.WebIdentityToken)))
	g := guard{token: t, named: c.named}
	fns := make([]func(*sts.Options), 0, len(optFns)+2)
	if c.general != "" && followsGeneral(c.general, t) {
		fns = append(fns, func(o *sts.Options) { o.BaseEndpoint = &c.general })
	}
	fns = append(fns, optFns...)
	fns = append(fns, func(o *sts.Options) {
		o.APIOptions = append(o.APIOptions[:len(o.APIOptions):len(o.APIOptions)], g.add)
	})
	return c.Client.AssumeRoleWithWebIdentity(ctx, in, fns...)
}

// AssumeRole sends a signed request to the named endpoint, else to the general one
// where there is one. Of a web identity's chain it goes where the token may go that
// the chain's sessions are made with.
func (c *stsClient) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, optFns ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	follow := c.general != ""
	if follow && c.root != nil {
		_, t := c.root.exchanger.last()
		follow = followsGeneral(c.general, t)
	}
	if follow {
		optFns = append([]func(*sts.Options){func(o *sts.Options) { o.BaseEndpoint = &c.general }}, optFns...)
	}
	return c.Client.AssumeRole(ctx, in, optFns...)
}

// A guard is the last middleware before the wire: it sees the request as every
// option, interceptor and other middleware have left it.
type guard struct {
	token *Token
	named bool
}

// ID is the middleware's name in a stack.
func (g guard) ID() string { return "irsaTokenGuard" }

func (g guard) add(stack *middleware.Stack) error {
	return stack.Deserialize.Add(g, middleware.After)
}

// HandleDeserialize sends the request, or refuses to.
func (g guard) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	req, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return middleware.DeserializeOutput{}, middleware.Metadata{}, fmt.Errorf("%w: unknown kind of request %T", errWithheld, in.Request)
	}
	if !g.named {
		if err := withheld(req.URL, g.token); err != nil {
			return middleware.DeserializeOutput{}, middleware.Metadata{}, err
		}
	}
	// Without it no HTTP client can send the body once more, to where a 307 or a
	// 308 points.
	req.GetBody = nil
	out, meta, err := next.HandleDeserialize(ctx, in)
	if resp, ok := out.RawResponse.(*smithyhttp.Response); ok && err == nil && resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return out, meta, fmt.Errorf("%w: %s answered with a redirect (status %d) to %q", errWithheld, req.URL.Host, resp.StatusCode, redirectHost(resp))
	}
	return out, meta, err
}

func redirectHost(resp *smithyhttp.Response) string {
	u, err := resp.Location()
	if err != nil {
		return ""
	}
	return u.Host
}
