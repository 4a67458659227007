package irsa

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

const (
	opReadToken = "read token"
	opExchange  = "assume role with web identity"
)

// exchangeError words a failed exchange, without what the SDK keeps of requests
// and answers: both hold secrets.
func exchangeError(role string, t *Token, w *way, err error) *Error {
	scrub(err)
	e := &Error{Op: opExchange, RoleARN: role, Token: t, Err: err}
	e.Endpoint, _ = w.reached()
	var (
		api      smithy.APIError
		response *awshttp.ResponseError
	)
	if errors.As(err, &response) {
		e.HTTPStatus, e.RequestID = response.HTTPStatusCode(), response.ServiceRequestID()
	}
	if errors.As(err, &api) {
		e.Code = api.ErrorCode()
		e.Reason = reasonOf(e.Code, api.ErrorMessage())
	} else if cause := w.unreachable(err); cause != nil {
		e.Reason, e.Err = ErrUnreachable, cause
	}
	e.Temporary = classify(e) != refresh.Permanent
	return e
}

// scrub takes raw bytes of requests and answers out of the SDK's errors.
func scrub(err error) {
	var d *smithy.DeserializationError
	if errors.As(err, &d) {
		d.Snapshot = nil
	}
	var r *awshttp.ResponseError
	if errors.As(err, &r) && r.Response != nil && r.Response.Response != nil {
		r.Response.Request, r.Response.Body = nil, nil
	}
}

// reasonOf finds the reason in STS's code and message: InvalidIdentityToken alone
// has a dozen meanings.
func reasonOf(code, message string) error {
	has := func(part string) bool { return strings.Contains(strings.ToLower(message), part) }
	switch {
	case retryable(code):
		return ErrThrottled
	case code == "AccessDenied":
		return ErrTrust
	case code == "ExpiredTokenException":
		return ErrTokenExpired
	case code == "RegionDisabledException":
		return ErrRegion
	case code != "InvalidIdentityToken":
		return nil
	case has("audience"):
		return ErrAudience
	case has("openidconnect provider"), has("verification key"):
		return ErrIssuer
	}
	return ErrToken
}

func retryable(code string) bool {
	_, throttled := retry.DefaultThrottleErrorCodes[code]
	return throttled
}

// classify tells the Engine what an error asks for.
func classify(err error) refresh.Class {
	var e *Error
	switch {
	case !errors.As(err, &e):
		return refresh.Transient
	case e.Op == opReadToken, errors.Is(e, ErrTokenExpired):
		return refresh.Outdated
	case errors.Is(e, ErrThrottled):
		return refresh.Throttled
	case errors.Is(e, errWithheld):
		return refresh.Permanent
	case errors.Is(e, ErrUnreachable), errors.Is(e, context.DeadlineExceeded), e.HTTPStatus >= 500, e.Code == "IDPCommunicationError":
		return refresh.Transient
	case e.Code == "InvalidIdentityToken" && strings.Contains(e.Err.Error(), "verification key"):
		return refresh.Transient
	case e.HTTPStatus >= 400:
		return refresh.Permanent
	}
	return refresh.Transient
}
