package stsclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

var errStopped = errors.New("the request is not sent")

// A lastStep is the last middleware before the wire: it sees the request as every option,
// interceptor and other middleware have left it, and the answer before anybody decodes it.
type lastStep struct {
	before func(*smithyhttp.Request) error  // nil: nothing
	after  func(*smithyhttp.Response) error // nil: nothing
}

// addStep puts a step into the stack of one request. The caller's slice is not written to.
func addStep(o *sts.Options, s lastStep) {
	o.APIOptions = append(o.APIOptions[:len(o.APIOptions):len(o.APIOptions)], func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(s, middleware.After)
	})
}

// ID is the step's name in a stack.
func (lastStep) ID() string { return "irsaLastStep" }

// HandleDeserialize sends the request, or refuses to, and looks at the answer.
func (s lastStep) HandleDeserialize(
	ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (middleware.DeserializeOutput, middleware.Metadata, error) {
	var none middleware.DeserializeOutput
	req, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return none, middleware.Metadata{}, refuse("unknown kind of request %T", in.Request)
	}
	if s.before != nil {
		if err := s.before(req); err != nil {
			return none, middleware.Metadata{}, err
		}
	}
	out, meta, err := next.HandleDeserialize(ctx, in)
	if resp, ok := out.RawResponse.(*smithyhttp.Response); ok && err == nil && s.after != nil {
		err = s.after(resp)
	}
	return out, meta, err
}

// guard refuses to send a token to where it may not go.
func (o Origin) guard(req *smithyhttp.Request, client aws.HTTPClient, named bool) error {
	if !named {
		if err := o.withheld(req.URL); err != nil {
			return err
		}
	}
	if req.URL.Scheme == "http" {
		if proxy := ProxyOf(client, req.Request); proxy != nil {
			return refuse("the proxy %s would see it, since %s is not encrypted", proxy.Host, req.URL.Host)
		}
	}
	// Without it no HTTP client can send the body once more, to where a 307 or a 308 points.
	req.GetBody = nil
	return nil
}

// ProxyOf returns the proxy that a request of this client takes, where the client is one of those
// whose transport can be seen; nil otherwise.
func ProxyOf(client aws.HTTPClient, req *http.Request) *url.URL {
	var transport *http.Transport
	switch c := client.(type) {
	case interface{ GetTransport() *http.Transport }:
		transport = c.GetTransport()
	case *http.Client:
		transport, _ = c.Transport.(*http.Transport)
		if c.Transport == nil {
			transport, _ = http.DefaultTransport.(*http.Transport)
		}
	}
	if transport == nil || transport.Proxy == nil {
		return nil
	}
	proxy, err := transport.Proxy(req)
	if err != nil {
		return nil
	}
	return proxy
}

func refuseRedirect(asked string, resp *smithyhttp.Response) error {
	if resp.StatusCode < 300 || resp.StatusCode > 399 {
		return nil
	}
	to := ""
	if u, err := resp.Location(); err == nil {
		to = u.Host
	}
	return &refusal{fmt.Sprintf("%s answered with a redirect (status %d) to %q", asked, resp.StatusCode, to), true}
}
