package stsclient

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// A Failure is everything that an attempt learned of why it failed. It holds no secret.
type Failure struct {
	// Topic is what the failure means by the wire alone. STS's own words, where there are any, say
	// more: see Code and Message.
	Topic *advice.Topic

	// Err is one line, in which errors.Is and errors.As find what the SDK's error holds, without
	// what that remembers of request and answer.
	Err error

	Scheme    string // of the URL that was asked
	Endpoint  string // its host; "" where no request was made
	Phase     Phase  // where a request stood that got no answer
	Addresses []netip.Addr

	Code, Message, RequestID string // of STS
	Status                   int    // of the answer; 0 without one
	Partial                  bool   // the answer's end did not come in time

	// RetryAfter is how long the answer asks to be left alone, at most ten minutes; 0: it doesn't.
	RetryAfter time.Duration
}

// Failure says what an error means with which the request ended. It is to be called once.
func (a *Attempt) Failure(err error) *Failure {
	r := newRedactor(a.Secrets...)
	r.collect(a.answer)
	seen := a.trace.Seen()
	f := &Failure{Phase: seen.Phase, Addresses: seen.Addresses}
	f.Scheme, f.Endpoint = a.endpoint(err, seen)
	a.readInto(f, err)
	f.Code, f.Message = r.text(f.Code), r.text(f.Message)
	f.RequestID, f.Endpoint = r.text(f.RequestID), r.text(f.Endpoint)
	f.Partial = f.Status != 0 && Timeout(err)

	clean := r.error(err)
	f.Topic = judgeAnswer(f.Status, err)
	if f.Topic == nil {
		f.Topic = judgeUnsent(err)
	}
	if f.Topic == nil {
		f.Topic = JudgeConnection(err, f.Phase)
	}
	f.Err = clean
	if f.Code != "" {
		f.Err = &told{f.said(), clean}
		return f
	}
	var withheld *refusal
	switch cause := seen.Unreachable(clean); {
	case errors.As(err, &withheld):
		f.Err = &told{r.text(withheld.Error()), clean}
	case cause != nil && (f.Status == 0 || Timeout(err)):
		f.Err = &told{cause.Error(), clean}
	case a.answer != nil && a.answer.cut == nil && f.Status >= 200 && f.Status < 300:
		f.Err = &told{a.answer.unusable().Error(), errors.Join(ErrAnswer, clean)}
	case a.answer != nil && a.answer.cut == nil && f.Topic != advice.Redirect:
		line := fmt.Sprintf("%v: status %d, which is not an answer of sts", ErrAnswer, f.Status)
		f.Err = &told{line, errors.Join(ErrAnswer, clean)}
	}
	return f
}

// said is STS's own answer on a line.
func (f *Failure) said() string {
	line := text.Line(f.Code)
	if f.Message != "" {
		line += ": " + text.Line(f.Message)
	}
	line += fmt.Sprintf(" (status %d", f.Status)
	if f.RequestID != "" {
		line += ", request id " + text.Line(f.RequestID)
	}
	return line + ")"
}

// readInto fills in the answer: from the wire, else, for a client of the caller's own, from what
// its error says.
func (a *Attempt) readInto(f *Failure, err error) {
	if a.answer != nil {
		f.Status, f.Code, f.Message, f.RequestID = a.answer.Status, a.answer.Code, a.answer.Message, a.answer.RequestID
		f.RetryAfter = a.answer.retryAfter
		return
	}
	var (
		api      smithy.APIError
		response *smithyhttp.ResponseError
		id       interface{ ServiceRequestID() string }
	)
	if errors.As(err, &api) && api.ErrorCode() != "UnknownError" { // the SDK's name for an answer without a code
		f.Code, f.Message = api.ErrorCode(), api.ErrorMessage()
	}
	if errors.As(err, &response) && response.Response != nil && response.Response.Response != nil {
		f.Status = response.HTTPStatusCode()
	}
	if errors.As(err, &id) {
		f.RequestID = id.ServiceRequestID()
	}
}

// endpoint is the host that was asked, and by which scheme. Where there is a proxy the trace's host
// is the proxy's, hence the other places first.
func (a *Attempt) endpoint(err error, seen Seen) (scheme, host string) {
	var send *url.Error
	scheme, host = a.scheme, a.host
	if host == "" && errors.As(err, &send) {
		if u, bad := url.Parse(send.URL); bad == nil {
			scheme, host = u.Scheme, u.Host
		}
	}
	if host == "" {
		host = seen.Host
	}
	return scheme, strings.TrimSuffix(host, ":443")
}

// A told error has a line of its own, and the error that it stands for.
type told struct {
	line string
	err  error
}

func (t *told) Error() string { return t.line }
func (t *told) Unwrap() error { return t.err }

// Clean returns an error with the same message, less these secrets, and without what the SDK's
// types remember of request and answer.
func Clean(err error, secrets ...string) error { return newRedactor(secrets...).error(err) }
