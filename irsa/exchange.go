package irsa

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/irsa/denial"
)

// An exchange is how a Provider comes by new credentials: a token for a role's session
// ([webIdentity]), or one role's session for another's ([hop]). The Engine calls it, never twice at
// the same time.
type exchange interface {
	ready(ctx context.Context) error // waits for what fetch needs
	fetch(ctx context.Context) (refresh.Fetched[aws.Credentials], error)
	changed() bool                          // whether the next fetch would ask with something else than the last
	classify(err error) refresh.Class       // what an error asks for
	begins() (t *Token, ofWebIdentity bool) // the token that the session goes back to
	self() *session
}

// A session is what every kind of exchange keeps of its role's sessions: whose they are, and whom
// it tells of them.
type session struct {
	op        string // as an Error has it
	roleARN   string
	tokenFile string      // "" where there is none of its own
	hop       *advice.Hop // of a chain; nil for the pod's own identity
	sources   []aws.CredentialSource
	early     time.Duration // refresh at least so long before the end
	warner    warner
	onRefresh func(Refresh)

	expires time.Time // end of the credentials at hand; for report alone

	mu    sync.Mutex // guards what follows
	name  string     // stays as it was made at first
	token *Token     // of the last attempt
}

func (s *session) self() *session { return s }

func newProvider(x exchange) *Provider {
	return &Provider{exchange: x, engine: refresh.New(refresh.Source[aws.Credentials]{
		Ready: x.ready, Fetch: x.fetch, Classify: x.classify, Changed: x.changed,
		Early: x.self().early, Report: x.self().report,
	})}
}

// last returns the session's name and the token of the last attempt.
func (s *session) last() (name string, t *Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name, s.token
}

// failure makes the Error of an attempt.
func (s *session) failure(f *stsclient.Failure, t *Token) *Error {
	v := judge(f)
	e := &Error{
		Op: s.op, RoleARN: s.roleARN, Token: t, Reason: v.reason, Err: f.Err,
		Endpoint: f.Endpoint, Code: f.Code, HTTPStatus: f.Status, RequestID: f.RequestID,
		Temporary: v.class != refresh.Permanent, class: v.class, topic: v.topic,
	}
	e.facts = s.facts()
	e.facts.Scheme, e.facts.Phase, e.facts.Addresses = f.Scheme, f.Phase.String(), f.Addresses
	e.facts.Message, e.facts.Partial = f.Message, f.Partial
	if v.reason == ErrTrust { // which policy denied is in the message alone
		e.facts.RoleARN, e.facts.Denied = s.roleARN, s.denied(f.Message)
		e.topic = advice.STSDenied(e.facts)
	}
	return e
}

// denied is what STS says where it denies the role. The caller is the one that is known here.
func (s *session) denied(message string) *advice.Denied {
	d, _ := denial.Parse(message)
	x := &advice.Denied{Denial: d, Message: message}
	switch {
	case s.hop == nil:
	case s.hop.From != "":
		x.Caller = s.hop.From
	case d.Principal != "":
		x.Caller, _ = callerOf(nil, d.Principal)
	}
	return x
}

// facts are those that every Error of this exchange has.
func (s *session) facts() advice.Facts {
	f := environmentFacts()
	f.TokenFile, f.Hop = s.tokenFile, s.hop
	return f
}

// failed puts an error of the Engine into the package's own type. A caller who didn't wait for an
// exchange to end is told how it stands.
func (s *session) failed(err error) error {
	var e *Error
	var u *refresh.Unfinished
	switch {
	case !errors.As(err, &e):
	case errors.As(err, &u):
		c := *e
		c.unwaited = u.Cause
		return &c
	default:
		return err
	}
	_, t := s.last()
	e = &Error{
		Op: "retrieve", RoleARN: s.roleARN, Token: t, Err: err,
		Temporary: !errors.Is(err, refresh.ErrTooShort), facts: advice.Facts{Hop: s.hop},
	}
	if errors.Is(err, refresh.ErrEnded) {
		e.Op, e.Reason, e.topic, e.facts = s.op, ErrUnreachable, advice.Ended, s.facts()
		e.Err = fmt.Errorf("%w: its credentials %w", stsclient.ErrAnswer, err)
	}
	return e
}
