package irsa

import (
	"errors"
	"net/url"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

const (
	opReadToken = "read token"
	opExchange  = "assume role with web identity"
	opHop       = "assume role"
)

// An attempt is what is known of an exchange that failed.
type attempt struct {
	roleARN   string
	raw       string // the token, or the caller's session token; it is removed from the error, and not kept
	token     *Token
	tokenFile string // "" where the token is not from a file
	way       *way
	link      *link // of a hop; nil for the web identity
}

func (a attempt) op() string {
	if a.link != nil {
		return opHop
	}
	return opExchange
}

// failure makes the Error of an attempt from what the SDK's client returned.
func (a attempt) failure(err error) *Error {
	scheme, endpoint, phase := a.endpoint(err)
	err = newScrubber(a.raw).error(err)
	v := judge(err, phase)
	e := &Error{
		Op: a.op(), RoleARN: a.roleARN, Token: a.token, Reason: v.reason, Err: err,
		Endpoint: endpoint, Temporary: v.class != refresh.Permanent,
		scheme: scheme, phase: phase, tokenFile: a.tokenFile, link: a.link, class: v.class,
	}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "UnknownError" { // the SDK's own name for an answer without a code
		e.Code = api.ErrorCode()
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		e.HTTPStatus = response.HTTPStatusCode()
	}
	var id interface{ ServiceRequestID() string }
	if errors.As(err, &id) {
		e.RequestID = id.ServiceRequestID()
	}
	if cause := a.way.unreachable(err); cause != nil && (e.HTTPStatus == 0 || isTimeout(err)) {
		e.Err = &cleaned{message: cause.Error(), inner: []error{err}}
	}
	return e
}

// endpoint is the host that was asked, by which scheme, and how far the request came. Where there is
// a proxy the way's host is the proxy's, hence the looks into the error.
func (a attempt) endpoint(err error) (scheme, host, phase string) {
	host, phase = a.way.reached()
	var response *smithyhttp.ResponseError
	var send *url.Error
	switch {
	case errors.As(err, &response) && response.Response != nil && response.Response.Response != nil && response.Response.Request != nil:
		scheme, host = response.Response.Request.URL.Scheme, response.Response.Request.URL.Host
	case errors.As(err, &send):
		if u, bad := url.Parse(send.URL); bad == nil {
			scheme, host = u.Scheme, u.Host
		}
	}
	return scheme, strings.TrimSuffix(host, ":443"), phase
}

// unreadable makes the Error of an exchange that had no token to send: it is
// tried again when there is another one.
func (a attempt) unreadable(err error) *Error {
	return &Error{
		Op: opReadToken, RoleARN: a.roleARN, Reason: ErrToken, Err: err, Temporary: true,
		tokenFile: a.tokenFile, class: refresh.Outdated,
	}
}

// classify tells the Engine what an error asks for.
func classify(err error) refresh.Class {
	var e *Error
	if errors.As(err, &e) {
		return e.class
	}
	return refresh.Transient
}
