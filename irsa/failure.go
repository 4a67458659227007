package irsa

import (
	"errors"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

// opExchange is the Op of an exchange's errors.
const opExchange = "assume role with web identity"

// An attempt is what is known of one that failed.
type attempt struct {
	op        string // opExchange where empty
	roleARN   string
	raw       string // the token; it is removed from the error, and not kept
	token     *Token // nil: it could not be read
	tokenFile string
	endpoint  string // the host that was asked; "" if none was
	phase     string // where it stood when no answer came: "resolve", "connect", "tls" or "response"; "" if that isn't known
}

// failure makes the Error of an attempt from what the SDK's client returned.
func (a attempt) failure(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	err = newScrubber(a.raw).error(err)
	v := judge(err, a.phase)
	e := &Error{
		Op: a.op, RoleARN: a.roleARN, Token: a.token, Reason: v.reason, Err: err, Endpoint: a.endpoint,
		Temporary: v.class != refresh.Permanent,
		phase:     a.phase, tokenFile: a.tokenFile, class: v.class,
	}
	if e.Op == "" {
		e.Op = opExchange
	}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "UnknownError" { // the SDK's own name for an answer without a code
		e.Code = api.ErrorCode()
	}
	var resp *smithyhttp.ResponseError
	if errors.As(err, &resp) {
		e.HTTPStatus = resp.HTTPStatusCode()
	}
	var id interface{ ServiceRequestID() string }
	if errors.As(err, &id) {
		e.RequestID = id.ServiceRequestID()
	}
	return e
}

// unreadable makes the Error of an exchange that had no token to send.
func (a attempt) unreadable(err error) *Error {
	return &Error{
		Op: "read token", RoleARN: a.roleARN, Reason: ErrToken, Err: err, Temporary: true,
		tokenFile: a.tokenFile, class: refresh.Outdated,
	}
}

// classify says what an error asks of the refresh engine.
func classify(err error) refresh.Class {
	var e *Error
	if errors.As(err, &e) {
		return e.class
	}
	return refresh.Transient
}
