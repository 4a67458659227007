package irsa

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// A verdict is what a failed exchange means: the condition that callers branch on, what the refresh
// engine makes of it, and how it is explained.
type verdict struct {
	code   string // STS's, in lower case; "": any
	text   string // part of STS's message, in lower case; "": any
	reason error
	class  refresh.Class
	topic  *advice.Topic
}

// verdicts is the one table from STS's code and message to what they mean. The
// first row that fits counts. Codes alone don't tell: InvalidIdentityToken may pass
// by itself, or never.
var verdicts = []verdict{
	{"accessdenied", "", ErrTrust, refresh.Permanent, nil}, // see advice.STSDenied

	{"invalididentitytoken", "no openidconnect provider found", ErrIssuer, refresh.Permanent, advice.NoProvider},
	{"invalididentitytoken", "incorrect token audience", ErrAudience, refresh.Permanent, advice.Audience},
	{"invalididentitytoken", "more than one audience", ErrAudience, refresh.Permanent, advice.SeveralAudiences},
	{"invalididentitytoken", "missing a required claim: aud", ErrAudience, refresh.Permanent, advice.Audience},
	{"invalididentitytoken", "missing a required claim", ErrToken, refresh.Permanent, advice.MissingClaim},
	{"invalididentitytoken", "retrieve verification key", ErrIssuer, refresh.Transient, advice.IssuerKeys},
	{"invalididentitytoken", "thumbprint", ErrIssuer, refresh.Permanent, advice.Thumbprint},
	{"invalididentitytoken", "not a valid jwt", ErrToken, refresh.Permanent, advice.NotJWT},
	{"invalididentitytoken", "", ErrToken, refresh.Transient, advice.TokenRefused},
	{"idpcommunicationerror", "", ErrIssuer, refresh.Transient, advice.IssuerKeys},
	{"idprejectedclaim", "", ErrToken, refresh.Permanent, advice.TokenRefused},

	{"expiredtokenexception", "too old", ErrTokenExpired, refresh.Outdated, advice.TooOld},
	{"expiredtokenexception", "", ErrTokenExpired, refresh.Outdated, advice.Expired},

	{"validationerror", "arn is invalid", nil, refresh.Permanent, advice.RoleARN},
	{"validationerror", "'rolearn'", nil, refresh.Permanent, advice.RoleARN},
	{"validationerror", "role chaining", nil, refresh.Permanent, advice.ChainedDuration},
	{"validationerror", "maxsessionduration", nil, refresh.Permanent, advice.Duration},
	{"validationerror", "durationseconds", nil, refresh.Permanent, advice.Duration},
	{"validationerror", "rolesessionname", nil, refresh.Permanent, advice.SessionName},
	{"validationerror", "webidentitytoken", ErrToken, refresh.Permanent, advice.NotJWT},
	{"validationerror", "", nil, refresh.Permanent, advice.Request},
	{"malformedpolicydocument", "", nil, refresh.Permanent, advice.SessionPolicy},
	{"packedpolicytoolarge", "session tags", nil, refresh.Permanent, advice.TagsTooLarge},
	{"packedpolicytoolarge", "", nil, refresh.Permanent, advice.PackedTooLarge},

	// Of a signed request alone: the caller's credentials, or the clock.
	{"expiredtoken", "", nil, refresh.Outdated, advice.CallerRefused},
	{"invalidclienttokenid", "", nil, refresh.Permanent, advice.CallerRefused},
	{"signaturedoesnotmatch", "signature expired", nil, refresh.Transient, advice.CallerClock},
	{"signaturedoesnotmatch", "not yet current", nil, refresh.Transient, advice.CallerClock},
	{"signaturedoesnotmatch", "", nil, refresh.Permanent, advice.CallerRefused},

	{"regiondisabledexception", "", ErrRegion, refresh.Permanent, advice.RegionDisabled},
	{"throttling", "", ErrThrottled, refresh.Throttled, advice.Throttled},
	{"throttlingexception", "", ErrThrottled, refresh.Throttled, advice.Throttled},
	{"throttledexception", "", ErrThrottled, refresh.Throttled, advice.Throttled},
	{"requestlimitexceeded", "", ErrThrottled, refresh.Throttled, advice.Throttled},
	{"requestthrottled", "", ErrThrottled, refresh.Throttled, advice.Throttled},
	{"toomanyrequestsexception", "", ErrThrottled, refresh.Throttled, advice.Throttled},
	{"", "rate exceeded", ErrThrottled, refresh.Throttled, advice.Throttled},

	{"invalidaction", "", ErrUnreachable, refresh.Permanent, advice.NotSTS},
	{"", "could not find operation", ErrUnreachable, refresh.Permanent, advice.NotSTS},

	// MinIO's STS has one code for all that is wrong with a token.
	{"invalidparametervalue", "expired", ErrTokenExpired, refresh.Outdated, advice.Expired},
	{"invalidparametervalue", "`aud` claim", ErrAudience, refresh.Permanent, advice.Audience},
	{"invalidparametervalue", "`azp` claim", ErrAudience, refresh.Permanent, advice.Audience}, // of a token without azp, as all of Kubernetes' are
	{"invalidparametervalue", "no public key found", ErrIssuer, refresh.Permanent, advice.UnknownKey},
	{"invalidparametervalue", "verification error", ErrIssuer, refresh.Permanent, advice.UnknownKey},
	{"invalidparametervalue", "role", nil, refresh.Permanent, advice.RoleARN},
	{"invalidparametervalue", "", ErrToken, refresh.Permanent, advice.TokenRefused},
}

// wire is what those answers mean that are not in STS's own words, and why no answer came. What is
// not listed may pass by itself.
var wire = map[*advice.Topic]verdict{
	advice.Parameter:       {reason: nil, class: refresh.Permanent},
	advice.NoRegion:        {reason: ErrRegion, class: refresh.Permanent},
	advice.Throttled:       {reason: ErrThrottled, class: refresh.Throttled},
	advice.Redirect:        {reason: ErrUnreachable, class: refresh.Permanent},
	advice.Withheld:        {reason: ErrUnreachable, class: refresh.Permanent},
	advice.EndpointVariant: {reason: ErrUnreachable, class: refresh.Permanent},
	advice.EndpointURL:     {reason: ErrUnreachable, class: refresh.Permanent},
	advice.Certificate:     {reason: ErrUnreachable, class: refresh.Permanent},
	advice.CertificateTime: {reason: ErrUnreachable, class: refresh.Permanent},
	advice.NotTLS:          {reason: ErrUnreachable, class: refresh.Permanent},
}

// judge says what the failure of an exchange means.
func judge(f *stsclient.Failure) verdict {
	if f.Code != "" {
		code, text := strings.ToLower(f.Code), strings.ToLower(f.Message)
		for _, v := range verdicts {
			if (v.code == "" || v.code == code) && strings.Contains(text, v.text) {
				return v
			}
		}
	}
	v, listed := wire[f.Topic]
	if !listed {
		v = verdict{reason: ErrUnreachable, class: refresh.Transient}
	}
	v.topic = f.Topic
	return v
}

// classOf tells the Engine what an error asks for.
func classOf(err error) refresh.Class {
	var e *Error
	if errors.As(err, &e) {
		return e.class
	}
	return refresh.Transient
}

// topicOfToken is how a token that could not be read is explained.
func topicOfToken(err error) *advice.Topic {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return advice.TokenMissing
	case errors.Is(err, fs.ErrPermission):
		return advice.TokenUnreadable
	case errors.Is(err, errTokenEmpty):
		return advice.TokenEmpty
	case errors.Is(err, errTokenTooLarge):
		return advice.TokenTooLarge
	}
	return advice.TokenUnusable
}

// topicOfReason explains an Error that knows no more than its Reason; nil: nothing is known.
func topicOfReason(reason error) *advice.Topic {
	switch reason {
	case ErrNotConfigured:
		return advice.NotInjected
	case ErrNodeRole:
		return advice.NodeRole
	case ErrShadowed:
		return advice.Shadowed
	case ErrToken:
		return advice.TokenUnusable
	case ErrTokenExpired:
		return advice.Expired
	case ErrAudience:
		return advice.Audience
	case ErrIssuer:
		return advice.NoProvider
	case ErrTrust:
		return advice.TrustDenied
	case ErrRegion:
		return advice.NoRegion
	case ErrThrottled:
		return advice.Throttled
	case ErrUnreachable:
		return advice.NoConnection
	}
	return nil
}
