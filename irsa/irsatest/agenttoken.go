package irsatest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// agentClaims are what the agent and EKS Auth read in a token.
type agentClaims struct {
	jwt.RegisteredClaims
	Kubernetes struct {
		Namespace      string                     `json:"namespace"`
		ServiceAccount struct{ Name, UID string } `json:"serviceaccount"`
		Pod            struct{ Name, UID string } `json:"pod"`
	} `json:"kubernetes.io"`
}

// token judges the text of the Authorization header, which has no scheme in front: first as the
// agent does, by the node's clock and without leeway, then as EKS Auth does.
func (a *PodIdentity) token(ctx context.Context, text string, now time.Time) (*agentClaims, *agentFailure) {
	own := func(format string, args ...any) *agentFailure {
		return &agentFailure{status: http.StatusBadRequest, message: fmt.Sprintf(format, args...)}
	}
	if text == "" {
		return nil, own("Service account token cannot be empty")
	}
	claims := new(agentClaims)
	parsed, _, err := jwt.NewParser().ParseUnverified(text, claims)
	if err != nil {
		return nil, own("Service account token cannot be parsed: %v", err)
	}
	switch {
	case claims.ExpiresAt == nil || !now.Before(claims.ExpiresAt.Time):
		return nil, own("Service account token failed basic claim validations: %v", jwt.ErrTokenExpired)
	case claims.NotBefore != nil && now.Before(claims.NotBefore.Time):
		return nil, own("Service account token failed basic claim validations: %v", jwt.ErrTokenNotValidYet)
	}
	invalid := func(message string) *agentFailure { return agentError("InvalidTokenException", message) }
	id, _ := parsed.Header["kid"].(string)
	key, issuer := a.key(ctx, claims.Issuer, id)
	signed, signature, _ := cutLast(text, ".")
	raw, err := jwt.NewParser().DecodeSegment(signature)
	switch {
	case claims.Issuer != issuer || issuer == "":
		return nil, invalid("The token included in the request is not from this cluster's issuer.")
	case !compactJWT.MatchString(text) || key == nil || !slices.Contains(algorithms, parsed.Method.Alg()),
		err != nil || parsed.Method.Verify(signed, raw, key) != nil:
		return nil, invalid("The token included in the request could not be verified.")
	case !slices.Contains(claims.Audience, podIdentityAudience):
		return nil, invalid("The audience of the token included in the request is invalid.")
	}
	return claims, nil
}

// key returns the key with an id, nil where there is none, and the issuer whose it would be. A
// token of another issuer lets nothing be fetched.
func (a *PodIdentity) key(ctx context.Context, claimed, id string) (key any, issuer string) {
	if a.Issuer != nil {
		return a.Issuer.publicKeys()[id], a.Issuer.URL()
	}
	if claimed != a.IssuerURL || a.STS == nil {
		return nil, a.IssuerURL
	}
	key, err := a.fetched.key(ctx, a.STS.HTTPClient, a.IssuerURL, id)
	if err != nil {
		return nil, a.IssuerURL
	}
	return key, a.IssuerURL
}

// An agentFailure is an error as the agent answers it: the id of EKS Auth's request, the code, the
// text and whose fault it is, of which any may be missing (pkg/errors/errors.go there).
type agentFailure struct {
	status        int
	id            string
	code, message string
	text          string // instead of all of that
}

// Error returns the body.
func (e *agentFailure) Error() string {
	if e.text != "" {
		return e.text
	}
	s := "[" + e.id + "]"
	switch {
	case e.code != "":
		side := "client"
		if e.status >= http.StatusInternalServerError {
			side = "server"
		}
		s += ": (" + e.code + "): " + e.message + ", fault: " + side
	case e.message != "":
		s += ": " + e.message
	}
	return s
}

// logged is the code, or the status where the agent answers by itself.
func (e *agentFailure) logged() string {
	if e.code != "" {
		return e.code
	}
	return strconv.Itoa(e.status)
}

// agentErrors are the statuses and texts of EKS Auth's codes: the statuses are its API model's. The
// texts that users quote are those of AccessDeniedException and ResourceNotFoundException; of the
// others it is what the model says of the error.
var agentErrors = map[string]agentFailure{
	"AccessDeniedException": {status: 400, message: "Unauthorized Exception! " +
		"EKS does not have permissions to assume the associated role."},
	"ExpiredTokenException":     {status: 400, message: "The specified Kubernetes service account token is expired."},
	"InternalServerException":   {status: 500, message: "These errors are usually caused by a server-side issue."},
	"InvalidParameterException": {status: 400, message: "The specified parameter is invalid."},
	"InvalidRequestException":   {status: 400, message: "The request contains a semantic error."},
	"InvalidTokenException":     {status: 400, message: "The specified Kubernetes service account token is invalid."},
	"ResourceNotFoundException": {status: 404, message: "The token included in the request " +
		"has no service account role association for it."},
	"ServiceUnavailableException": {status: 503,
		message: "The service is unavailable. Back off and retry the operation."},
	"ThrottlingException": {status: 429,
		message: "The request was denied because your request rate is too high."},
}

// agentError is the error with a code. An empty message means EKS Auth's own; an empty code is what
// the agent answers where it can't reach EKS Auth: 500 and "[]".
func agentError(code, message string) *agentFailure {
	if code == "" {
		return &agentFailure{status: http.StatusInternalServerError, message: message}
	}
	e, ok := agentErrors[code]
	if !ok {
		e.status = http.StatusBadRequest
	}
	e.code, e.id = code, newUUID()
	if message != "" {
		e.message = message
	}
	return &e
}
