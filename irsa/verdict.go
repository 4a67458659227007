package irsa

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

// A verdict is what a failed exchange means: the condition that callers branch on,
// what the refresh engine makes of it, and how it is explained.
type verdict struct {
	code   string // STS's, in lower case; "": any
	text   string // part of STS's message, in lower case; "": any
	reason error
	class  refresh.Class
	advice advice
}

// verdicts is the one table from STS's code and message to what they mean. The
// first row that fits counts. Codes alone don't tell: InvalidIdentityToken may pass
// by itself, or never.
var verdicts = []verdict{
	{"accessdenied", "explicit deny", ErrTrust, refresh.Permanent, adviseOrganization},
	{"accessdenied", "is not authorized to perform: sts:", ErrTrust, refresh.Permanent, adviseHop},
	{"accessdenied", "", ErrTrust, refresh.Permanent, adviseTrust},

	{"invalididentitytoken", "no openidconnect provider found", ErrIssuer, refresh.Permanent, adviseProvider},
	{"invalididentitytoken", "incorrect token audience", ErrAudience, refresh.Permanent, adviseAudience},
	{"invalididentitytoken", "more than one audience", ErrAudience, refresh.Permanent, adviseOneAudience},
	{"invalididentitytoken", "missing a required claim: aud", ErrAudience, refresh.Permanent, adviseAudience},
	{"invalididentitytoken", "missing a required claim", ErrToken, refresh.Permanent, adviseClaims},
	{"invalididentitytoken", "retrieve verification key", ErrIssuer, refresh.Transient, adviseKeys},
	{"invalididentitytoken", "thumbprint", ErrIssuer, refresh.Permanent, adviseThumbprint},
	{"invalididentitytoken", "not a valid jwt", ErrToken, refresh.Permanent, adviseNotJWT},
	{"invalididentitytoken", "", ErrToken, refresh.Transient, adviseToken},
	{"idpcommunicationerror", "", ErrIssuer, refresh.Transient, adviseKeys},
	{"idprejectedclaim", "", ErrToken, refresh.Permanent, adviseToken},

	{"expiredtokenexception", "too old", ErrTokenExpired, refresh.Outdated, adviseTooOld},
	{"expiredtokenexception", "", ErrTokenExpired, refresh.Outdated, adviseExpired},

	{"validationerror", "arn is invalid", nil, refresh.Permanent, adviseARN},
	{"validationerror", "'rolearn'", nil, refresh.Permanent, adviseARN},
	{"validationerror", "role chaining", nil, refresh.Permanent, adviseChained},
	{"validationerror", "maxsessionduration", nil, refresh.Permanent, adviseDuration},
	{"validationerror", "durationseconds", nil, refresh.Permanent, adviseDuration},
	{"validationerror", "rolesessionname", nil, refresh.Permanent, adviseSessionName},
	{"validationerror", "webidentitytoken", ErrToken, refresh.Permanent, adviseNotJWT},
	{"validationerror", "", nil, refresh.Permanent, adviseRequest},
	{"malformedpolicydocument", "", nil, refresh.Permanent, adviseSessionPolicy},
	{"packedpolicytoolarge", "", nil, refresh.Permanent, adviseSessionPolicy},

	// Of a signed request alone: the caller's credentials, or the clock.
	{"expiredtoken", "", nil, refresh.Outdated, adviseCaller},
	{"invalidclienttokenid", "", nil, refresh.Permanent, adviseCaller},
	{"signaturedoesnotmatch", "signature expired", nil, refresh.Transient, adviseClock},
	{"signaturedoesnotmatch", "not yet current", nil, refresh.Transient, adviseClock},
	{"signaturedoesnotmatch", "", nil, refresh.Permanent, adviseCaller},

	{"regiondisabledexception", "", ErrRegion, refresh.Permanent, adviseRegionDisabled},
	{"throttling", "", ErrThrottled, refresh.Throttled, adviseThrottled},
	{"throttlingexception", "", ErrThrottled, refresh.Throttled, adviseThrottled},
	{"throttledexception", "", ErrThrottled, refresh.Throttled, adviseThrottled},
	{"requestlimitexceeded", "", ErrThrottled, refresh.Throttled, adviseThrottled},
	{"requestthrottled", "", ErrThrottled, refresh.Throttled, adviseThrottled},
	{"toomanyrequestsexception", "", ErrThrottled, refresh.Throttled, adviseThrottled},
	{"", "rate exceeded", ErrThrottled, refresh.Throttled, adviseThrottled},

	{"invalidaction", "", ErrUnreachable, refresh.Permanent, adviseNotSTS},
	{"", "could not find operation", ErrUnreachable, refresh.Permanent, adviseNotSTS},

	// MinIO's STS has one code for all that is wrong with a token.
	{"invalidparametervalue", "expired", ErrTokenExpired, refresh.Outdated, adviseExpired},
	{"invalidparametervalue", "`aud` claim", ErrAudience, refresh.Permanent, adviseAudience},
	{"invalidparametervalue", "`azp` claim", ErrAudience, refresh.Permanent, adviseAudience}, // of a token without azp, as all of Kubernetes' are
	{"invalidparametervalue", "no public key found", ErrIssuer, refresh.Permanent, adviseOtherIssuer},
	{"invalidparametervalue", "verification error", ErrIssuer, refresh.Permanent, adviseOtherIssuer},
	{"invalidparametervalue", "role", nil, refresh.Permanent, adviseARN},
	{"invalidparametervalue", "", ErrToken, refresh.Permanent, adviseToken},
}

// judge says what the failure of an exchange means. phase is where it stood when
// no answer came.
func judge(err error, phase string) verdict {
	var api smithy.APIError
	status := 0
	var resp *smithyhttp.ResponseError
	if errors.As(err, &resp) && resp.Response != nil && resp.Response.Response != nil {
		status = resp.HTTPStatusCode()
	}
	if errors.As(err, &api) {
		code, text := strings.ToLower(api.ErrorCode()), strings.ToLower(api.ErrorMessage())
		for _, v := range verdicts {
			if (v.code == "" || v.code == code) && strings.Contains(text, v.text) {
				return v
			}
		}
	}
	switch {
	case status >= 300 && status < 400:
		return verdict{reason: ErrUnreachable, class: refresh.Permanent, advice: adviseRedirect}
	case errors.Is(err, errWithheld):
		return verdict{reason: ErrUnreachable, class: refresh.Permanent, advice: adviseWithheld}
	case status == http.StatusTooManyRequests:
		return verdict{reason: ErrThrottled, class: refresh.Throttled, advice: adviseThrottled}
	case status == http.StatusProxyAuthRequired:
		return verdict{reason: ErrUnreachable, class: refresh.Transient, advice: adviseProxy}
	case status >= 500:
		return verdict{reason: ErrUnreachable, class: refresh.Transient, advice: adviseServerFault}
	case errors.Is(err, refresh.ErrEnded):
		return verdict{reason: ErrUnreachable, class: refresh.Transient, advice: adviseEnded}
	case status != 0 && !isTimeout(err), errors.Is(err, errAnswer):
		// An answer that STS would not give: a proxy's page, or half of one.
		return verdict{reason: ErrUnreachable, class: refresh.Transient, advice: adviseStrangeAnswer}
	}
	if v, ok := judgeUnsent(err); ok {
		return v
	}
	return judgeConnection(err, phase)
}

// judgeUnsent says what it means that no request could be made: what it is made of
// is the same the next time. What a caller's own middleware says may pass by itself,
// and is not known here.
func judgeUnsent(err error) (verdict, bool) {
	var (
		params  smithy.InvalidParamsError
		written *smithy.SerializationError
		text    = err.Error()
		says    = func(parts ...string) bool {
			return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
		}
	)
	v := verdict{reason: ErrUnreachable, class: refresh.Permanent}
	switch {
	case errors.As(err, &params), errors.As(err, &written):
		v.reason, v.advice = nil, adviseParameter
	case says("Missing Region", "invalid input region"):
		v.reason, v.advice = ErrRegion, adviseNoRegion
	case says("FIPS and custom endpoint", "Dualstack and custom endpoint", "this partition does not support"):
		v.advice = adviseVariant
	case says("failed to resolve service endpoint", "failed to parse endpoint URL", "unsupported protocol scheme", "no Host in request URL"):
		v.advice = adviseURL
	default:
		return verdict{}, false
	}
	return v, true
}

// judgeConnection says what it means that no answer came.
func judgeConnection(err error, phase string) verdict {
	v := verdict{reason: ErrUnreachable, class: refresh.Transient, advice: adviseTimeout}
	var (
		dns       *net.DNSError
		op        *net.OpError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &op) && op.Op == "proxyconnect", refusedByProxy(err):
		v.advice = adviseProxy
	case errors.As(err, &authority), errors.As(err, &host), errors.As(err, &invalid):
		v.class, v.advice = refresh.Permanent, adviseCertificate
	case errors.As(err, &record):
		v.class, v.advice = refresh.Permanent, adviseNotTLS
	case errors.As(err, &dns):
		v.advice = adviseName
		if dns.IsTimeout || dns.IsTemporary {
			v.advice = adviseResolver
		}
	case errors.Is(err, syscall.ECONNREFUSED), strings.Contains(err.Error(), "refused"): // Windows has its own number
		v.advice = adviseRefused
	case phase == phaseResolve:
		v.advice = adviseResolver
	case isTimeout(err):
	case errors.Is(err, syscall.ECONNRESET), strings.Contains(err.Error(), "EOF"):
		v.advice = adviseCut
	default:
		v.advice = adviseConnection
	}
	return v
}

// refusedByProxy knows a proxy's answer to CONNECT, of which net/http keeps the
// status's words alone.
func refusedByProxy(err error) bool {
	var send *url.Error
	if !errors.As(err, &send) || send.Err == nil {
		return false
	}
	for status := 400; status < 600; status++ {
		if words := http.StatusText(status); words != "" && words == send.Err.Error() {
			return true
		}
	}
	return false
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
