package irsa

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A scrubber makes errors of an exchange fit to be shown. The SDK's hold the
// request, whose body is the token, and snapshots of answers, which are
// credentials; and a server may quote in its message what it was sent.
type scrubber struct{ secrets []string }

// newScrubber returns one that removes a token, whole or in part.
func newScrubber(token string) *scrubber {
	s := &scrubber{}
	s.hide(token)
	for _, part := range strings.Split(token, ".") {
		s.hide(part)
	}
	return s
}

func (s *scrubber) hide(secret string) {
	if len(secret) >= 8 { // what is shorter is no secret, and in every text
		s.secrets = append(s.secrets, secret)
	}
}

const removed = "[removed]"

func (s *scrubber) text(v string) string {
	for _, secret := range s.secrets {
		v = strings.ReplaceAll(v, secret, removed)
	}
	return v
}

var secretElement = regexp.MustCompile(`<(?:SecretAccessKey|SessionToken)>([^<]+)`)

// collect finds the secrets in snapshots of answers.
func (s *scrubber) collect(err error) {
	var bad *smithy.DeserializationError
	for ; errors.As(err, &bad); err = bad.Err {
		for _, m := range secretElement.FindAllSubmatch(bad.Snapshot, -1) {
			s.hide(string(m[1]))
		}
		if bad.Err == nil {
			return
		}
	}
}

// error returns err with the same message, less the secrets, in which errors.Is
// finds what it found before, and errors.As the SDK's types without what they
// remember of request and answer.
func (s *scrubber) error(err error) error {
	s.collect(err)
	clean, _ := s.clean(err)
	return clean
}

// clean reports whether what it returns is not err itself.
func (s *scrubber) clean(err error) (out error, changed bool) {
	if err == nil {
		return nil, false
	}
	switch e := any(err).(type) { // one link of the chain, not what it wraps
	case *smithy.OperationError:
		c := *e
		c.Err, _ = s.clean(e.Err)
		return &c, true
	case *awshttp.ResponseError:
		return &awshttp.ResponseError{ResponseError: s.response(e.ResponseError), RequestID: e.RequestID}, true
	case *smithyhttp.ResponseError:
		return s.response(e), true
	case *smithy.DeserializationError:
		c := &smithy.DeserializationError{}
		c.Err, _ = s.clean(e.Err)
		return c, true
	case *smithyhttp.RequestSendError:
		c := &smithyhttp.RequestSendError{}
		c.Err, _ = s.clean(e.Err)
		return c, true
	case *smithy.CanceledError:
		c := &smithy.CanceledError{}
		c.Err, _ = s.clean(e.Err)
		return c, true
	case *aws.RequestCanceledError:
		c := &aws.RequestCanceledError{}
		c.Err, _ = s.clean(e.Err)
		return c, true
	case *retry.MaxAttemptsError:
		c := *e
		c.Err, _ = s.clean(e.Err)
		return &c, true
	case *Error:
		c := *e
		c.Err, _ = s.clean(e.Err)
		return &c, true
	}
	return s.other(err)
}

func (s *scrubber) response(e *smithyhttp.ResponseError) *smithyhttp.ResponseError {
	c := &smithyhttp.ResponseError{Response: withoutBody(e.Response)}
	c.Err, _ = s.clean(e.Err)
	return c
}

// other cleans an error of a type that isn't known here: it stays if there is
// nothing to hide in it, and else gives way to its message and to what it wraps.
func (s *scrubber) other(err error) (out error, changed bool) {
	var inner []error
	switch e := any(err).(type) {
	case interface{ Unwrap() error }:
		if u := e.Unwrap(); u != nil {
			inner = []error{u}
		}
	case interface{ Unwrap() []error }:
		inner = append(inner, e.Unwrap()...)
	}
	for i, u := range inner {
		clean, dirty := s.clean(u)
		inner[i], changed = clean, changed || dirty
	}
	// %#v sees the fields that Error leaves out.
	shown := fmt.Sprintf("%#v %+v", err, err)
	if !changed && s.text(shown) == shown {
		return err, false
	}
	var api smithy.APIError
	if len(inner) == 0 && errors.As(err, &api) {
		return &smithy.GenericAPIError{Code: s.text(api.ErrorCode()), Message: s.text(api.ErrorMessage()), Fault: api.ErrorFault()}, true
	}
	return &cleaned{message: s.text(err.Error()), inner: inner}, true
}

// cleaned stands for an error that held something to hide.
type cleaned struct {
	message string
	inner   []error
}

func (c *cleaned) Error() string   { return c.message }
func (c *cleaned) Unwrap() []error { return c.inner }

// withoutBody keeps of an answer its status and the headers that name it.
func withoutBody(r *smithyhttp.Response) *smithyhttp.Response {
	if r == nil || r.Response == nil {
		return &smithyhttp.Response{Response: &http.Response{Header: http.Header{}, Body: http.NoBody}}
	}
	header := http.Header{}
	for _, name := range []string{"Date", "Content-Type", "Content-Length", "Server", "Via", "X-Amzn-Requestid"} {
		if v := r.Header.Values(name); len(v) > 0 {
			header[name] = v
		}
	}
	return &smithyhttp.Response{Response: &http.Response{
		Status: r.Status, StatusCode: r.StatusCode, Proto: r.Proto, ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor,
		Header: header, Body: http.NoBody,
	}}
}
