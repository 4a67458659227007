package irsa

import (
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// A verdict is the meaning of a failed exchange: the condition that callers branch on, the class by
// which the refresh engine retries, and the topic by which Explain explains it.
type verdict struct {
	code   string // STS's, in lower case; "": any
	text   string // part of STS's message, in lower case; "": any
	reason error
	class  refresh.Class
	topic  *advice.Topic
}

// verdicts is the one table from STS's code and message to their meaning. The first row that fits
// counts. Codes and messages are compared in lower case, as the SDK does with codes.
//
// The code alone is not enough. STS answers InvalidIdentityToken for a missing provider, a wrong
// audience and a changed thumbprint, which stay until somebody changes them, and for "Couldn't
// retrieve verification key", which passes by itself. The SDK makes three attempts for all of them.
// AccessDenied is also the answer for a role that does not exist: STS never confirms that one does.
//
// Rows whose message is not quoted in the SDK's model were seen in public issues: see
// TROUBLESHOOTING.md for the messages.
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

	// Only signed requests (AssumeRole) get these: the caller's credentials are refused, or the
	// clock is more than five minutes off.
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

	// MinIO's STS has one code for everything that is wrong with a token, so the message decides.
	{"invalidparametervalue", "expired", ErrTokenExpired, refresh.Outdated, advice.Expired},
	{"invalidparametervalue", "`aud` claim", ErrAudience, refresh.Permanent, advice.Audience},
	// MinIO says so of a token without azp whose aud does not fit. Those of Kubernetes never have
	// azp.
	{"invalidparametervalue", "`azp` claim", ErrAudience, refresh.Permanent, advice.Audience},
	{"invalidparametervalue", "no public key found", ErrIssuer, refresh.Permanent, advice.UnknownKey},
	{"invalidparametervalue", "verification error", ErrIssuer, refresh.Permanent, advice.UnknownKey},
	{"invalidparametervalue", "role", nil, refresh.Permanent, advice.RoleARN},
	{"invalidparametervalue", "", ErrToken, refresh.Permanent, advice.TokenRefused},
}

// wire is the meaning of answers that STS did not write (a proxy's page, a redirect) and of
// requests without an answer, by what package stsclient found on the wire. What is not listed is
// transient: the next attempt may succeed.
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

	// Nobody is there yet: a sidecar or an agent that starts later than this container.
	advice.Refused:     {reason: ErrUnreachable, class: refresh.Unready},
	advice.Cut:         {reason: ErrUnreachable, class: refresh.Unready},
	advice.ServerFault: {reason: ErrUnreachable, class: refresh.Unready},
	advice.NameUnknown: {reason: ErrUnreachable, class: refresh.Absent},

	// Of the agent for EKS Pod Identity, and of other endpoints for container credentials.
	advice.AgentAbsent:        {reason: ErrUnreachable, class: refresh.Unready},
	advice.AgentAddress:       {reason: ErrUnreachable, class: refresh.Permanent},
	advice.AgentTrust:         {reason: ErrTrust, class: refresh.Permanent},
	advice.AgentNodeRole:      {reason: ErrTrust, class: refresh.Permanent},
	advice.AgentNoAssociation: {reason: ErrNotConfigured, class: refresh.Permanent},
	advice.AgentNoToken:       {reason: ErrToken, class: refresh.Outdated},
	advice.AgentBadToken:      {reason: ErrToken, class: refresh.Outdated},
	advice.AgentExpired:       {reason: ErrTokenExpired, class: refresh.Outdated},
	advice.NotYetValid:        {reason: ErrToken, class: refresh.Transient},
	advice.ContainerRefused:   {reason: ErrUnreachable, class: refresh.Permanent},
}

// judge returns the meaning of a failed attempt: by STS's words where there are any, else by the
// wire.
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

// classOf returns the class by which the Engine retries after an error.
func classOf(err error) refresh.Class {
	var e *Error
	if errors.As(err, &e) {
		return e.class
	}
	return refresh.Transient
}

// pauseOf returns the pause that STS asked for with an error.
func pauseOf(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.pause
	}
	return 0
}

// topicOfToken returns the topic of a token that could not be read.
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

// topicOfReason returns the topic of an Error that has a Reason and no topic of its own, such as
// one that a program made; nil where there is none.
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
