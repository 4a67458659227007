package irsa

import (
	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// A failureCase is one way in which an exchange fails, and what must become of it.
type failureCase struct {
	name    string
	fault   stsFault
	reason  error // nil: none
	class   refresh.Class
	phase   stsclient.Phase // of a hang
	message string          // what users see, from which they come to TROUBLESHOOTING.md
}

// An stsFault is what goes wrong at STS or on the way there, and what STS says of it where it
// answers.
type stsFault struct {
	irsatest.Fault
	status        int
	code, message string
}

// stsError is an error that STS answers with.
func stsError(status int, code, message string) stsFault {
	do := irsatest.Error(code, message).And(irsatest.Status(status))
	return stsFault{irsatest.Fault{Do: do}, status, code, message}
}

// faultOf is any other effect on every request, without words of STS.
func faultOf(do irsatest.Effect) stsFault { return stsFault{Fault: irsatest.Fault{Do: do}} }

// exchangeFailures are all ways in which an exchange fails at STS or on the way there. Messages are
// STS's own, as recorded.
var exchangeFailures = []failureCase{
	{"access denied", stsError(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
		ErrTrust, refresh.Permanent, stsclient.Unsent, "Not authorized to perform sts:AssumeRoleWithWebIdentity"},
	{"denied by the organization", stsError(
		403, "AccessDenied",
		"Not authorized to perform sts:AssumeRoleWithWebIdentity with an explicit deny in a resource control policy",
	),
		ErrTrust, refresh.Permanent, stsclient.Unsent, "with an explicit deny in"},
	{"no provider", stsError(
		400, "InvalidIdentityToken",
		"No OpenIDConnect provider found in your account for "+testIssuer,
	),
		ErrIssuer, refresh.Permanent, stsclient.Unsent, "No OpenIDConnect provider found in your account for"},
	{"audience", stsError(400, "InvalidIdentityToken", "Incorrect token audience"),
		ErrAudience, refresh.Permanent, stsclient.Unsent, "Incorrect token audience"},
	{"verification key", stsError(
		400, "InvalidIdentityToken",
		"Couldn't retrieve verification key from your identity provider,  please reference "+
			"AssumeRoleWithWebIdentity documentation for requirements",
	),
		ErrIssuer, refresh.Transient, stsclient.Unsent, "Couldn't retrieve verification key from your identity " +
			"provider"},
	{"thumbprint", stsError(
		400, "InvalidIdentityToken",
		"OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
	),
		ErrIssuer, refresh.Permanent, stsclient.Unsent, "OpenIDConnect provider's HTTPS certificate doesn't match " +
			"configured thumbprint"},
	{"not a JWT", stsError(
		400, "InvalidIdentityToken",
		"The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
	),
		ErrToken, refresh.Permanent, stsclient.Unsent, "The ID Token provided is not a valid JWT"},
	{"no audience", stsError(400, "InvalidIdentityToken", "Missing a required claim: aud"),
		ErrAudience, refresh.Permanent, stsclient.Unsent, "Missing a required claim: aud"},
	{"no time of issue", stsError(400, "InvalidIdentityToken", "Missing a required claim: iat"),
		ErrToken, refresh.Permanent, stsclient.Unsent, "Missing a required claim: iat"},
	{"no subject", stsError(400, "InvalidIdentityToken", "Missing a required claim: sub"),
		ErrToken, refresh.Permanent, stsclient.Unsent, "Missing a required claim: sub"},
	{"several audiences", stsError(
		400, "InvalidIdentityToken",
		"The ID Token provided contains more than one audience while authorized party is not present",
	),
		ErrAudience, refresh.Permanent, stsclient.Unsent, "contains more than one audience while authorized party " +
			"is not present"},
	{"another invalid token", stsError(400, "InvalidIdentityToken", "Something that nobody has seen yet"),
		ErrToken, refresh.Transient, stsclient.Unsent, "InvalidIdentityToken"},
	{"expired", stsError(
		400, "ExpiredTokenException",
		"Token expired: current date/time 1731098245 must be before the expiration date/time 1731095240",
	),
		ErrTokenExpired, refresh.Outdated, stsclient.Unsent, "Token expired: current date/time"},
	{"too old", stsError(400, "ExpiredTokenException", "Token too old: 441398"),
		ErrTokenExpired, refresh.Outdated, stsclient.Unsent, "Token too old"},
	{"role ARN", stsError(400, "ValidationError", "Request ARN is invalid"),
		nil, refresh.Permanent, stsclient.Unsent, "Request ARN is invalid"},
	{"duration", stsError(
		400, "ValidationError",
		"The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
	),
		nil, refresh.Permanent, stsclient.Unsent, "The requested DurationSeconds exceeds the MaxSessionDuration " +
			"set for this role"},
	{"session name", stsError(
		400, "ValidationError",
		`1 validation error detected: Value 'a:b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`,
	),
		nil, refresh.Permanent, stsclient.Unsent, "at 'roleSessionName' failed to satisfy constraint"},
	{"long session name", stsError(
		400, "ValidationError",
		`1 validation error detected: Value 'aaa' at 'roleSessionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
	),
		nil, refresh.Permanent, stsclient.Unsent, "at 'roleSessionName' failed to satisfy constraint"},
	{"another invalid request", stsError(400, "ValidationError", "1 validation error detected"),
		nil, refresh.Permanent, stsclient.Unsent, "ValidationError"},
	{"session policy", stsError(400, "MalformedPolicyDocument", "This policy contains invalid Json"),
		nil, refresh.Permanent, stsclient.Unsent, "MalformedPolicyDocument"},
	{"packed policy", stsError(
		400, "PackedPolicyTooLarge",
		"Packed policy consumes 114% of allotted space, please use smaller policy.",
	),
		nil, refresh.Permanent, stsclient.Unsent, "PackedPolicyTooLarge"},
	{"region disabled", stsError(
		403, "RegionDisabledException",
		"STS is not activated in this region for account:111122223333. Your account administrator can activate "+
			"STS in this region using the IAM Console.",
	),
		ErrRegion, refresh.Permanent, stsclient.Unsent, "STS is not activated in this region for account"},
	{"throttled", stsError(400, "Throttling", "Rate exceeded"),
		ErrThrottled, refresh.Throttled, stsclient.Unsent, "Throttling: Rate exceeded"},
	{"throttled by a proxy", faultOf(irsatest.Reply(429, "text/html", "slow down")),
		ErrThrottled, refresh.Throttled, stsclient.Unsent, "status 429"},
	{"issuer not reached", stsError(
		400, "IDPCommunicationError",
		"The identity provider (IdP) could not be reached because of network conditions.",
	),
		ErrIssuer, refresh.Transient, stsclient.Unsent, "IDPCommunicationError"},
	{"claim rejected", stsError(
		403, "IDPRejectedClaim", "The identity provider (IdP) reported that authentication failed.",
	),
		ErrToken, refresh.Permanent, stsclient.Unsent, "IDPRejectedClaim"},
	{"not STS", stsError(
		400, "InvalidAction",
		"Could not find operation AssumeRoleWithWebIdentity for version 2011-06-15",
	),
		ErrUnreachable, refresh.Permanent, stsclient.Unsent, "Could not find operation AssumeRoleWithWebIdentity " +
			"for version 2011-06-15"},
	{"expired for MinIO", stsError(400, "InvalidParameterValue", "Token is expired"),
		ErrTokenExpired, refresh.Outdated, stsclient.Unsent, "Token is expired"},
	{"audience for MinIO", stsError(
		400, "InvalidParameterValue",
		"STS JWT Token has `azp` claim invalid, `azp` must match configured OpenID Client ID",
	),
		ErrAudience, refresh.Permanent, stsclient.Unsent, "must match configured OpenID Client ID"},
	{"issuer for MinIO", stsError(400, "InvalidParameterValue", "No public key found for kid abc"),
		ErrIssuer, refresh.Permanent, stsclient.Unsent, "No public key found for kid"},
	{"out of order", stsError(
		503, "ServiceUnavailable",
		"The request has failed due to a temporary failure of the server.",
	),
		ErrUnreachable, refresh.Unready, stsclient.Unsent, "status 503"},
	{"a page", faultOf(irsatest.Reply(403, "text/html", "<html><body>Blocked by policy</body></html>")),
		ErrUnreachable, refresh.Transient, stsclient.Unsent, "status 403, which is not an answer of sts"},
	{"a page in place of an answer", faultOf(irsatest.Reply(200, "text/html", "<html><body>Sign in</body></html>")),
		ErrUnreachable, refresh.Transient, stsclient.Unsent, "the answer can't be used: it holds no credentials"},
	{"half an answer", faultOf(irsatest.Cut(700)),
		ErrUnreachable, refresh.Transient, stsclient.Unsent, "read the answer: unexpected EOF"},
	{"no end in the answer", faultOf(irsatest.Omit("Expiration")),
		ErrUnreachable, refresh.Transient, stsclient.Unsent, "the answer can't be used"},
	{"nothing in the answer", faultOf(irsatest.Reply(200, "text/html", "")),
		ErrUnreachable, refresh.Transient, stsclient.Unsent, "the answer can't be used"},
	{"redirect", faultOf(irsatest.Status(307).And(irsatest.SetHeader("Location", "https://elsewhere.example.com/"))),
		ErrUnreachable, refresh.Permanent, stsclient.Unsent, "answered with a redirect"},
	{"proxy wants a password", faultOf(irsatest.Reply(407, "text/html", "<html></html>")),
		ErrUnreachable, refresh.Transient, stsclient.Unsent, "status 407"},
	{"name not resolved", faultOf(irsatest.Cut(irsatest.Resolve)),
		ErrUnreachable, refresh.Absent, stsclient.Unsent, "no such host"},
	{"refused", faultOf(irsatest.Cut(irsatest.Connect)),
		ErrUnreachable, refresh.Unready, stsclient.Unsent, "connection refused"},
	{"reset", faultOf(irsatest.Cut(irsatest.Response)),
		ErrUnreachable, refresh.Unready, stsclient.Unsent, "EOF"},
	{"resolver silent", faultOf(irsatest.Stall(irsatest.Resolve)),
		ErrUnreachable, refresh.Transient, stsclient.Resolving, "resolve sts.eu-west-1.amazonaws.com:443: "},
	{"no connection", faultOf(irsatest.Stall(irsatest.Connect)),
		ErrUnreachable, refresh.Transient, stsclient.Connecting, "connect to sts.eu-west-1.amazonaws.com:443: "},
	{"no answer", faultOf(irsatest.Stall(irsatest.Response)),
		ErrUnreachable, refresh.Transient, stsclient.Waiting, "wait for an answer of " +
			"sts.eu-west-1.amazonaws.com:443: "},
	{"certificate", faultOf(irsatest.Untrusted()),
		ErrUnreachable, refresh.Permanent, stsclient.Unsent, "certificate signed by unknown authority"},
}
