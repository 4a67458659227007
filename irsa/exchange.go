package irsa

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/agent"
	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/irsa/denial"
)

// An exchange is how a Provider gets new credentials: a token for a role's session ([webIdentity]),
// or one role's session for another's ([hop]). The Engine never calls fetch twice at the same time.
type exchange interface {
	// start is called before the first fetch of an exchange.
	start()

	// ready waits for what fetch needs, outside the time limit of an attempt.
	ready(ctx context.Context) error

	// fetch makes one attempt: one request.
	fetch(ctx context.Context) (refresh.Fetched[aws.Credentials], error)

	// changed reports whether the next attempt would send something else than the last one did. The
	// Engine retries a refused token only then, since STS gives the same answer to the same token.
	changed() bool

	// classify returns the class by which the Engine retries after an error.
	classify(err error) refresh.Class

	// begins returns the token at the start of the chain; nil where it can't be read. ofWebIdentity
	// is false where the chain starts with other credentials.
	begins() (t *Token, ofWebIdentity bool)

	self() *session
}

// A session holds what every kind of exchange knows of its role's sessions, and who is told of
// them.
type session struct {
	op        string // of its Errors
	roleARN   string
	tokenFile string      // empty where the token is not from a file
	hop       *advice.Hop // of a chain; nil for the pod's own identity
	local     bool        // who gives the credentials is on this machine, and repeats them
	sources   []aws.CredentialSource
	early     time.Duration // how long before the end the refresh starts at the latest; 0: no limit
	warner    warner
	onRefresh *observer // nil: nobody is told

	// Only report uses what follows, and the Engine calls that in turn.
	expires time.Time           // end of the current credentials
	warned  map[string]struct{} // the states that were warned of since the last success

	mu    sync.Mutex // guards what follows
	name  string     // of the sessions; it does not change once it is made
	token *Token     // of the last attempt
	keys  [4]string  // key ids of the last sessions, the newest first
	held  []func()   // what the exchange in flight has to warn of

	attempt atomic.Pointer[func() stsclient.Seen] // how far the attempt in flight, or the last one, came
}

func (s *session) self() *session { return s }

// start does nothing: most exchanges ask one STS only.
func (s *session) start() {}

// newProvider returns the Provider of an exchange. It has made no request yet.
func newProvider(x exchange) *Provider {
	s := x.self()
	fetch := func(ctx context.Context) (refresh.Fetched[aws.Credentials], error) {
		got, err := x.fetch(ctx)
		if err == nil {
			s.keepKey(got.Value.AccessKeyID)
		}
		return got, err
	}
	source := refresh.Source[aws.Credentials]{
		Begin: x.start, Ready: x.ready, Fetch: fetch, Classify: x.classify, RetryAfter: pauseOf, Changed: x.changed,
		Early: s.early, Report: s.report,
	}
	if s.local {
		// The agent repeats its sessions; EKS Auth takes its time; and to ask again costs nobody
		// else anything.
		source.Repeats, source.Attempt, source.Hold = true, agent.ConnectTimeout+agent.AnswerTimeout, 5*time.Second
	}
	return &Provider{exchange: x, engine: refresh.New(source)}
}

// inFlight notes the attempt that begins, for who doesn't wait for its end.
func (s *session) inFlight(a interface{ Seen() stsclient.Seen }) {
	look := a.Seen
	s.attempt.Store(&look)
}

// keepKey remembers the key id of a new session.
func (s *session) keepKey(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	copy(s.keys[1:], s.keys[:])
	s.keys[0] = id
}

// hadKey reports whether one of the last sessions had this key id: a request that it signed may be
// in flight when its successor is at hand already.
func (s *session) hadKey(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return id != "" && slices.Contains(s.keys[:], id)
}

// last returns the session's name and the token of the last attempt.
func (s *session) last() (name string, t *Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name, s.token
}

// holdBack has a warning wait for the end of the exchange in flight: a logger that blocks must not
// hold what everybody waits for.
func (s *session) holdBack(warn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = append(s.held, warn)
}

// heldBack returns the warnings that wait.
func (s *session) heldBack() (warnings []func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	warnings, s.held = s.held, nil
	return warnings
}

// failure makes the Error of a failed attempt.
func (s *session) failure(f *stsclient.Failure, t *Token) *Error {
	v := judge(f)
	e := &Error{
		Op: s.op, RoleARN: s.roleARN, Token: t, Reason: v.reason, Err: f.Err,
		Endpoint: f.Endpoint, Code: f.Code, HTTPStatus: f.Status, RequestID: f.RequestID,
		Temporary: v.class != refresh.Permanent, class: v.class, topic: v.topic,
		pause: f.RetryAfter,
	}
	e.facts = s.facts()
	e.facts.Scheme, e.facts.Phase, e.facts.Addresses = f.Scheme, f.Phase.String(), f.Addresses
	e.facts.Message, e.facts.Partial = f.Message, f.Partial
	if e.topic == advice.NameUnknown {
		e.topic = advice.OfName(f.Endpoint)
	}
	if v.reason == ErrTrust && s.op != opContainer { // which policy denied is in the message of STS alone
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

// facts returns the facts that every Error of this exchange has.
func (s *session) facts() advice.Facts {
	f := environmentFacts()
	f.TokenFile, f.Hop = s.tokenFile, s.hop
	return f
}

// failed turns an error of the Engine into an *Error. Where a caller's context ended before the
// exchange did, the Error is the one of the last failed attempt, along with why the context ended:
// a bare "context deadline exceeded" would not say that STS is the cause.
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
	if errors.Is(err, refresh.ErrTooShort) {
		e.topic = advice.MinLife
	}
	if errors.As(err, &u) {
		s.standing(e)
	}
	// A session that had expired when it arrived. STS gives none: its clock, or a cache between the
	// pod and STS, is wrong.
	if errors.Is(err, refresh.ErrEnded) {
		e.Op, e.Reason, e.topic, e.facts = s.op, ErrUnreachable, advice.Ended, s.facts()
		e.Err = fmt.Errorf("%w: its credentials %w", stsclient.ErrAnswer, err)
	}
	return e
}

// standing says in an Error how far the exchange came that its caller did not wait for. Whether STS
// can't be reached isn't known yet, so that there is no Reason.
func (s *session) standing(e *Error) {
	look := s.attempt.Load()
	if look == nil {
		return
	}
	seen := (*look)()
	at, host := seen.Step()
	if at == stsclient.Unsent {
		return
	}
	e.Endpoint, e.topic, e.facts = host, stsclient.JudgeConnection(context.DeadlineExceeded, at), s.facts()
	e.facts.Phase, e.facts.Addresses = at.String(), seen.Addresses
	e.Err = fmt.Errorf("waiting to %s %s: %w", at, host, e.Err)
}
