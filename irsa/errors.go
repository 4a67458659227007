package irsa

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

// The reasons for which an exchange, or the loading of a config, fails. An error
// of this package matches at most one of them with errors.Is.
var (
	ErrNotConfigured = errors.New("no web identity is configured")
	ErrNodeRole      = errors.New("the credentials would be the node's")
	ErrShadowed      = errors.New("other credentials take precedence over the web identity")
	ErrToken         = errors.New("the token is unusable")
	ErrTokenExpired  = errors.New("the token has expired")
	ErrAudience      = errors.New("the token's audience is not accepted")
	ErrIssuer        = errors.New("the token's issuer is not accepted")
	ErrTrust         = errors.New("the role does not trust this service account")
	ErrRegion        = errors.New("the region is missing or not usable")
	ErrThrottled     = errors.New("sts throttles")
	ErrUnreachable   = errors.New("sts can't be reached")
)

// An Error says what failed, for which role, with which token, and why.
//
// Its message is one line. errors.Is finds its Reason, errors.As the SDK's own
// errors; what to change is what Explain says.
type Error struct {
	Op      string // what failed: "load config", "read token", "assume role with web identity", "assume role", "retrieve", …
	RoleARN string // "" where none was known yet
	Token   *Token // claims of the token in question; nil where none could be read
	Reason  error  // one of this package's Err values; nil where none of them fits
	Err     error  // the cause

	Endpoint   string // the host that was asked; "" where no request was made
	Code       string // STS's error code
	HTTPStatus int    // of STS's answer; 0 without one
	RequestID  string // of STS's answer
	Temporary  bool   // whether the same exchange may succeed later with nothing changed

	unwaited error         // why the caller didn't wait for the next attempt; nil where this was the last
	class    refresh.Class // what the error asks of the Engine
	topic    *advice.Topic // how it is explained; nil: by its Reason
	facts    advice.Facts  // what else was learned; the fields above go before those of the same meaning
}

// Error returns the one-line message "irsa: op role: cause". Where no answer came
// the cause names the host, and how far the request came.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("irsa: ")
	b.WriteString(e.Op)
	if e.RoleARN != "" {
		b.WriteString(" " + subject(e.RoleARN))
	}
	if e.facts.Hop != nil {
		fmt.Fprintf(&b, " (hop %d)", e.facts.Hop.Number)
	}
	switch {
	case e.Err != nil:
		b.WriteString(": " + advice.Line(e.Err.Error()))
	case e.Reason != nil:
		b.WriteString(": " + e.Reason.Error())
	}
	if e.unwaited != nil {
		b.WriteString("; the next attempt was not waited for: " + advice.Line(e.unwaited.Error()))
	}
	return b.String()
}

// subject quotes a role's ARN where it holds what would not be seen: a line feed from
// a file, a space in front.
func subject(role string) string {
	if q := strconv.Quote(role); q != `"`+role+`"` || strings.Contains(role, " ") {
		return q
	}
	return role
}

// Unwrap returns the reason and the cause, and why the caller's context ended where
// it ended first.
func (e *Error) Unwrap() []error {
	var errs []error
	if e.Reason != nil {
		errs = append(errs, e.Reason)
	}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	if e.unwaited != nil {
		errs = append(errs, e.unwaited)
	}
	return errs
}

// An explained cause is one that nobody has to tell from others, but that has a fix of its own.
type explained struct {
	error
	topic *advice.Topic
}

// Unwrap returns the cause itself.
func (e *explained) Unwrap() error { return e.error }

// advised gives a cause its meaning where it arises.
func advised(topic *advice.Topic, cause error) error { return &explained{cause, topic} }

// localError makes the Error of what fails before anything is asked.
func localError(op, role string, reason, err error) *Error {
	e := &Error{Op: op, RoleARN: role, Reason: reason, Err: err, facts: environmentFacts()}
	var x *explained
	if errors.As(err, &x) {
		e.topic = x.topic
	}
	return e
}
