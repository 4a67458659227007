package stsclient

import (
	"context"
	"errors"
	"fmt"

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
		return none, middleware.Metadata{}, fmt.Errorf("%w: unknown kind of request %T", ErrWithheld, in.Request)
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
func (o Origin) guard(req *smithyhttp.Request, named bool) error {
	if !named {
		if err := o.withheld(req.URL); err != nil {
			return err
		}
	}
	// Without it no HTTP client can send the body once more, to where a 307 or a 308 points.
	req.GetBody = nil
	return nil
}

// errRedirect is the cause where what answered sends the request elsewhere.
var errRedirect = fmt.Errorf("%w: a redirect is not followed", ErrWithheld)

func refuseRedirect(asked string, resp *smithyhttp.Response) error {
	if resp.StatusCode < 300 || resp.StatusCode > 399 {
		return nil
	}
	to := ""
	if u, err := resp.Location(); err == nil {
		to = u.Host
	}
	return fmt.Errorf("%w: %s answered with a redirect (status %d) to %q", errRedirect, asked, resp.StatusCode, to)
}
