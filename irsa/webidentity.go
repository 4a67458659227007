package irsa

import (
	"context"
	"crypto/sha256"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

const (
	opReadToken = "read token"
	opExchange  = "assume role with web identity"
)

// A webIdentity is the exchange of the pod's token for a session of its role.
type webIdentity struct {
	session
	id   identity
	sent [sha256.Size]byte // fingerprint of the last attempt's token; guarded by session.mu

	round *round            // of the exchange in flight, or of the last one; guarded by session.mu
	told  map[string]string // the last warning of each region; guarded by session.mu
}

func newWebIdentity(id identity) *webIdentity {
	return &webIdentity{id: id, round: new(round), session: session{
		op: opExchange, roleARN: id.roleARN, tokenFile: id.tokenFile, name: id.sessionName,
		sources: id.sources, early: id.early, warner: id.warner, onRefresh: id.onRefresh,
	}}
}

// ready returns at once: an attempt needs nothing but the token.
func (x *webIdentity) ready(context.Context) error { return nil }

// fetch makes one attempt: it reads the token and sends one request to STS. The file is read for
// each attempt, since the kubelet may replace it between two.
func (x *webIdentity) fetch(ctx context.Context) (refresh.Fetched[aws.Credentials], error) {
	var none refresh.Fetched[aws.Credentials]
	raw, t, err := x.id.token()
	name := x.note(raw, t, err)
	if err != nil {
		return none, x.unreadable(err)
	}
	to := x.next()
	ctx, cancel := to.context(ctx)
	defer cancel()
	a := &stsclient.Attempt{Origin: originOfToken(t), Secrets: []string{raw}}
	// stscreds makes the request out of the options, as the SDK would. The token is given to it as
	// read, so that what is sent is what was checked.
	client := a.WebIdentity(to.client)
	options := func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName, o.Duration, o.PolicyARNs = name, x.id.duration, x.id.policyARNs
		if x.id.policy != "" {
			o.Policy = &x.id.policy
		}
	}
	x.inFlight(a)
	p := stscreds.NewWebIdentityRoleProvider(client, x.roleARN, tokenBytes(raw), options)
	c, err := p.Retrieve(a.Context(ctx))
	if err != nil {
		return none, x.refused(to, x.failure(a.Failure(err), t))
	}
	x.gave(to)
	return refresh.Fetched[aws.Credentials]{
		Value: c, Expires: c.Expires, Date: a.Date(), Sent: a.Sent(), From: regionOf(to.client, a.Origin),
	}, nil
}

// note keeps what an attempt sends, and returns the session's name.
func (x *webIdentity) note(raw string, t *Token, err error) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.token, x.sent = t, fingerprint(raw, err)
	if x.name == "" && t != nil {
		x.name = sessionName(t)
	}
	return x.name
}

// changed reports whether the next attempt would send another token than the last one did.
func (x *webIdentity) changed() bool {
	raw, _, err := x.id.token()
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.sent != fingerprint(raw, err)
}

// fingerprint tells one token, or one failure to read a token, from another. The token itself is
// not kept.
func fingerprint(raw string, err error) [sha256.Size]byte {
	if err != nil {
		raw = "\x00" + err.Error() // a token holds no NUL
	}
	return sha256.Sum256([]byte(raw))
}

// begins returns the token of the last attempt, else the one that is in the file now.
func (x *webIdentity) begins() (*Token, bool) {
	_, t := x.last()
	if t == nil {
		t, _ = x.id.claims()
	}
	return t, true
}

// unreadable makes the Error of an attempt without a token to send. It is Outdated: the exchange is
// tried again when the file has changed, since nothing else helps.
func (x *webIdentity) unreadable(err error) *Error {
	return &Error{
		Op: opReadToken, RoleARN: x.roleARN, Reason: ErrToken, Err: err, Temporary: true,
		class: refresh.Outdated, topic: topicOfToken(err), facts: x.facts(),
	}
}

// classify returns the class by which the Engine retries after an error.
func (x *webIdentity) classify(err error) refresh.Class { return classOf(err) }

// tokenBytes is the token that was read and checked for this attempt.
type tokenBytes string

// GetIdentityToken returns the token.
func (t tokenBytes) GetIdentityToken() ([]byte, error) { return []byte(t), nil }

// originOf returns where a chain starts. It decides to which hosts the requests of its hops may go.
func originOf(x exchange) stsclient.Origin {
	t, web := x.begins()
	o := originOfToken(t)
	o.WebIdentity = web
	return o
}

// originOfToken is the origin of a web identity's own exchange; t is nil where the token can't be
// read.
func originOfToken(t *Token) stsclient.Origin {
	o := stsclient.Origin{WebIdentity: true}
	if t != nil {
		o.Issuer = t.Issuer
	}
	return o
}
