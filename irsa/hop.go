package irsa

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptrace"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

// A hop is one role of a chain: an exchange of a caller's credentials for the role's.
type hop struct {
	exchanger
	caller  aws.CredentialsProvider
	before  *Provider // caller, where it is one
	options stscreds.AssumeRoleOptions

	used time.Time // end of the caller's credentials of the last attempt; guarded by exchanger.mu
}

// fetch makes one attempt: it takes the caller's credentials, and asks STS once.
func (h *hop) fetch(ctx context.Context) (refresh.Fetched[aws.Credentials], error) {
	var none refresh.Fetched[aws.Credentials]
	c, err := h.retrieve(ctx)
	if err != nil {
		return none, err
	}
	session, t := h.start(c)
	a := attempt{roleARN: h.id.roleARN, raw: c.SessionToken, token: t, way: new(way), link: h.link}
	asked := &singleHop{client: h.options.Client, caller: signer{c, sourcesOf(h.caller)}}
	p := stscreds.NewAssumeRoleProvider(asked, h.id.roleARN, func(o *stscreds.AssumeRoleOptions) {
		*o = h.options
		o.Client, o.RoleSessionName, o.Duration = asked, session, h.id.duration
	})
	got, err := p.Retrieve(httptrace.WithClientTrace(ctx, a.way.trace()))
	if err != nil {
		return none, a.failure(err)
	}
	return refresh.Fetched[aws.Credentials]{Value: got, Expires: got.Expires, Date: asked.date, Sent: asked.sent}, nil
}

// ready waits for the credentials of the hop before this one. Its exchange may take
// as long as one of this hop, and an attempt's time would not be enough for it.
func (h *hop) ready(ctx context.Context) error {
	if h.before == nil {
		return nil
	}
	_, err := h.before.Retrieve(ctx)
	return err
}

// retrieve returns the caller's credentials. A Provider's error is the failure of a
// hop before this one: it stays what it is.
func (h *hop) retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := h.caller.Retrieve(ctx)
	if late := ctx.Err(); err == nil && late != nil {
		err = fmt.Errorf("came too late: %w", late)
	}
	var e *Error
	if err == nil || errors.As(err, &e) {
		return c, err
	}
	return c, &Error{Op: "retrieve", RoleARN: h.id.roleARN, Temporary: true, class: refresh.Transient, link: h.link,
		Err: fmt.Errorf("the credentials that assume the role: %w", newScrubber("").error(err))}
}

// start notes what an attempt is made with.
func (h *hop) start(c aws.Credentials) (session string, t *Token) {
	session = h.id.sessionName
	if h.before != nil {
		var theirs string
		theirs, t = h.before.exchanger.last()
		if session == "" {
			session = theirs
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session, h.token, h.used = session, t, c.Expires
	return session, t
}

// classify tells the Engine what an error asks for. A failed hop before this one has
// been tried again as often as is good for it, and is next in an exchange of its own.
func (h *hop) classify(err error) refresh.Class {
	var e *Error
	class := classify(err)
	if errors.As(err, &e) && e.link != h.link && class != refresh.Permanent {
		return refresh.Outdated
	}
	return class
}

// changed reports whether the next attempt would be made with other credentials
// than the last one.
func (h *hop) changed() bool {
	if h.before == nil {
		return false
	}
	expires := h.before.engine.Status().Expires
	h.mu.Lock()
	defer h.mu.Unlock()
	return !expires.Equal(h.used)
}

// A signer has the credentials of one attempt, so that all of it is made with the
// same, and the SDK does not wrap an error of theirs.
type signer struct {
	credentials aws.Credentials
	sources     []aws.CredentialSource
}

// Retrieve returns the credentials.
func (s signer) Retrieve(context.Context) (aws.Credentials, error) { return s.credentials, nil }

// ProviderSources names where they come from.
func (s signer) ProviderSources() []aws.CredentialSource { return s.sources }

// hopLogMode is what may be logged of a hop: nothing that holds a session token, as
// headers, signatures and bodies do, and may do what STS says, which retries log.
const hopLogMode = aws.LogResponse | aws.LogDeprecatedUsage

// A singleHop asks STS once, and notes when it did and STS's own time.
type singleHop struct {
	client     stscreds.AssumeRoleAPIClient
	caller     aws.CredentialsProvider
	sent, date time.Time
}

// AssumeRole makes the request without the SDK's own retries, and without session
// tokens in its debug log.
func (s *singleHop) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, optFns ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	s.sent = time.Now()
	out, err := s.client.AssumeRole(ctx, in, append(optFns, func(o *sts.Options) {
		o.Credentials = s.caller
		o.Retryer = aws.NopRetryer{}
		o.ClientLogMode &= hopLogMode
	})...)
	if err != nil {
		return nil, err
	}
	if date, ok := awsmiddleware.GetServerTime(out.ResultMetadata); ok {
		s.date = date
	}
	return out, unusable(out.Credentials, out.ResultMetadata)
}
