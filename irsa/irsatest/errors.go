package irsatest

import "net/http"

// An apiError is an error as STS answers it.
type apiError struct {
	status        int
	code, message string
}

// badRequest is an error with the status of most of STS's: 400.
func badRequest(code, message string) *apiError {
	return &apiError{http.StatusBadRequest, code, message}
}

// knownError is the error with a code, as STS answers it. An empty message means STS's own.
func knownError(code, message string) *apiError {
	e, ok := known[code]
	if !ok {
		e.status = http.StatusBadRequest
	}
	e.code = code
	if message != "" {
		e.message = message
	}
	return &e
}

// known are statuses and texts by code. The statuses of the errors that an operation declares are
// in the API's model (AssumeRoleWithWebIdentity: all 400, but 403 for IDPRejectedClaim and
// RegionDisabledException). The texts are those that users quote in bug reports; where nobody has
// quoted one, it is what the model says of the error.
var known = map[string]apiError{
	"AccessDenied":            {http.StatusForbidden, "", "Not authorized to perform sts:AssumeRoleWithWebIdentity"},
	"IDPCommunicationError":   {http.StatusBadRequest, "", "The identity provider (IdP) could not be reached because of network conditions."},
	"IDPRejectedClaim":        {http.StatusForbidden, "", "The identity provider (IdP) reported that authentication failed."},
	"InvalidIdentityToken":    {http.StatusBadRequest, "", notVerifiable},
	"ExpiredTokenException":   {http.StatusBadRequest, "", "Token expired: current date/time 1731098245 must be before the expiration date/time 1731095240"},
	"RegionDisabledException": {http.StatusForbidden, "", "STS is not activated in this region for account:111122223333. Your account administrator can activate STS in this region using the IAM Console."},
	"Throttling":              {http.StatusBadRequest, "", "Rate exceeded"},
	"InternalFailure":         {http.StatusInternalServerError, "", "The request processing has failed because of an unknown error, exception or failure."},
	"ServiceUnavailable":      {http.StatusServiceUnavailable, "", "The request has failed due to a temporary failure of the server."},
	"MalformedPolicyDocument": {http.StatusBadRequest, "", "This policy contains invalid Json"},
	"PackedPolicyTooLarge":    {http.StatusBadRequest, "", "Packed policy consumes 114% of allotted space, please use smaller policy."},

	// The refusals of a signature, which STS answers as all services with the query protocol do.
	"ExpiredToken":               {http.StatusForbidden, "", "The security token included in the request is expired"},
	"IncompleteSignature":        {http.StatusBadRequest, "", "Authorization header is not a complete AWS4-HMAC-SHA256 one"},
	"InvalidClientTokenId":       {http.StatusForbidden, "", "The security token included in the request is invalid."},
	"MissingAuthenticationToken": {http.StatusForbidden, "", "Request is missing Authentication Token"},
	"SignatureDoesNotMatch":      {http.StatusForbidden, "", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."},
}
