package irsa

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

const opHop = "assume role"

// A hop is one role of a chain: an exchange of a caller's credentials for a session of the role.
type hop struct {
	session
	caller   aws.CredentialsProvider
	before   *Provider // the caller, where that is a Provider; else nil
	options  stscreds.AssumeRoleOptions
	duration time.Duration

	used time.Time // end of the credentials that signed the last attempt; guarded by session.mu
}

// ready waits for the credentials of the hop before this one. That hop may need an exchange of its
// own, which takes up to 20 seconds: longer than the 7 seconds of one attempt of this hop.
func (h *hop) ready(ctx context.Context) error {
	if h.before == nil {
		return nil
	}
	_, err := h.before.Retrieve(ctx)
	return err
}

// fetch makes one attempt: it takes the caller's credentials, and sends one request to STS.
func (h *hop) fetch(ctx context.Context) (refresh.Fetched[aws.Credentials], error) {
	var none refresh.Fetched[aws.Credentials]
	c, err := h.retrieve(ctx)
	if err != nil {
		return none, err
	}
	name, t := h.note(c)
	a := &stsclient.Attempt{Secrets: []string{c.SessionToken, c.SecretAccessKey}}
	if h.before != nil {
		a.Origin = originOf(h.before.exchange)
	}
	h.inFlight(a)
	client := a.AssumeRole(h.options.Client, signer{c, sourcesOf(h.caller)})
	// stscreds makes the request out of the options, as the SDK would. It has no cache of its own.
	p := stscreds.NewAssumeRoleProvider(client, h.roleARN, func(o *stscreds.AssumeRoleOptions) {
		*o = h.options
		o.Client, o.RoleSessionName, o.Duration = client, name, h.duration
	})
	got, err := p.Retrieve(a.Context(ctx))
	if err != nil {
		e := h.failure(a.Failure(err), t)
		if h.before != nil && rejections[e.Code] && h.before.reject(c.AccessKeyID) {
			h.heal(e, c.AccessKeyID)
		}
		return none, e
	}
	return refresh.Fetched[aws.Credentials]{
		Value: got, Expires: got.Expires, Date: a.Date(), Sent: a.Sent(), From: regionOf(h.options.Client, a.Origin),
	}, nil
}

// heal makes an error one that is tried again: STS does not know the session with this key, which
// is the one before this hop. Its role was recreated. It is tried again at once where there is
// another session by now, else after a pause, with the one that then comes.
func (h *hop) heal(e *Error, key string) {
	e.class, e.Temporary = refresh.Transient, true
	if at, usable := h.before.engine.Peek(); usable && at.AccessKeyID != key {
		e.class = refresh.Outdated
	}
}

// retrieve returns the caller's credentials. An error of a Provider is the failure of an earlier
// hop, and is returned as it is. The SDK's error for any other provider would not name the role,
// and may hold its request.
func (h *hop) retrieve(ctx context.Context) (aws.Credentials, error) {
	// Some providers ignore their context. What arrives after the deadline leaves no time for a
	// request.
	c, err := h.caller.Retrieve(ctx)
	if late := ctx.Err(); err == nil && late != nil {
		err = fmt.Errorf("arrived after the deadline: %w", late)
	}
	var e *Error
	if err == nil || errors.As(err, &e) {
		return c, err
	}
	e = &Error{
		Op: "retrieve", RoleARN: h.roleARN, Temporary: true, class: refresh.Transient,
		Err: fmt.Errorf("the credentials that assume the role: %w", stsclient.Clean(err)),
	}
	e.facts.Hop = h.hop
	return c, e
}

// note keeps what an attempt is made with. It returns the session's name, which is the previous
// hop's where none was given so that CloudTrail shows one name along the chain, and the token at
// the chain's start.
func (h *hop) note(c aws.Credentials) (name string, t *Token) {
	name = h.name
	if h.before != nil {
		var theirs string
		theirs, t = h.before.exchange.self().last()
		name = cmp.Or(name, theirs)
	}
	switch {
	case name != "":
	case t != nil: // EKS names the sessions of Pod Identity itself
		name = sessionName(t)
	default:
		name = hostSessionName()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.name, h.token, h.used = name, t, c.Expires
	return name, t
}

// classify returns the class by which the Engine retries after an error. An error of an earlier hop
// comes from an exchange that has had its own retries and backoff. More attempts of this hop would
// get the same error, hence Outdated: the next attempt is made when that hop has new credentials.
func (h *hop) classify(err error) refresh.Class {
	var e *Error
	class := classOf(err)
	if errors.As(err, &e) && e.facts.Hop != h.hop && class != refresh.Permanent {
		return refresh.Outdated
	}
	return class
}

// changed reports whether the next attempt would be signed with other credentials than the last
// one.
func (h *hop) changed() bool {
	if h.before == nil {
		return false
	}
	expires := h.before.engine.Status().Expires
	h.mu.Lock()
	defer h.mu.Unlock()
	return !expires.Equal(h.used)
}

// begins returns the token at the start of the chain.
func (h *hop) begins() (*Token, bool) {
	if h.before == nil {
		return nil, false
	}
	return h.before.exchange.begins()
}

// A signer holds the credentials of one attempt. They are retrieved before, so that the attempt is
// signed with the credentials that note has seen, and an error of the caller's provider is not
// wrapped by the SDK in one of the request.
type signer struct {
	credentials aws.Credentials
	sources     []aws.CredentialSource
}

// Retrieve returns the credentials.
func (s signer) Retrieve(context.Context) (aws.Credentials, error) { return s.credentials, nil }

// ProviderSources returns where the credentials come from, for the user agent.
func (s signer) ProviderSources() []aws.CredentialSource { return s.sources }
