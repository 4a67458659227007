package stsclient

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// error returns err with the same message, less the secrets, in which errors.Is
// finds what it found before, and errors.As the SDK's types without what they
// remember of request and answer.
func (r *redactor) error(err error) error {
	clean, _ := r.clean(err)
	return clean
}

// clean reports whether what it returns is not err itself.
func (r *redactor) clean(err error) (out error, changed bool) {
	if err == nil {
		return nil, false
	}
	switch e := any(err).(type) { // one link of the chain, not what it wraps
	case *smithy.OperationError:
		c := *e
		c.Err, _ = r.clean(e.Err)
		return &c, true
	case *awshttp.ResponseError:
		return &awshttp.ResponseError{ResponseError: r.response(e.ResponseError), RequestID: r.text(e.RequestID)}, true
	case *smithyhttp.ResponseError:
		return r.response(e), true
	case *smithy.DeserializationError:
		c := &smithy.DeserializationError{}
		c.Err, _ = r.clean(e.Err)
		return c, true
	case *smithyhttp.RequestSendError:
		c := &smithyhttp.RequestSendError{}
		c.Err, _ = r.clean(e.Err)
		return c, true
	case *smithy.CanceledError:
		c := &smithy.CanceledError{}
		c.Err, _ = r.clean(e.Err)
		return c, true
	case *aws.RequestCanceledError:
		c := &aws.RequestCanceledError{}
		c.Err, _ = r.clean(e.Err)
		return c, true
	case *retry.MaxAttemptsError:
		c := *e
		c.Err, _ = r.clean(e.Err)
		return &c, true
	}
	return r.other(err)
}

func (r *redactor) response(e *smithyhttp.ResponseError) *smithyhttp.ResponseError {
	c := &smithyhttp.ResponseError{Response: r.withoutBody(e.Response)}
	c.Err, _ = r.clean(e.Err)
	return c
}

// other cleans an error of a type that isn't known here: it stays if there is
// nothing to hide in it, and else gives way to its message and to what it wraps.
func (r *redactor) other(err error) (out error, changed bool) {
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
		clean, dirty := r.clean(u)
		inner[i], changed = clean, changed || dirty
	}
	// %#v sees the fields that Error leaves out.
	shown := fmt.Sprintf("%#v %+v", err, err)
	if !changed && r.text(shown) == shown {
		return err, false
	}
	var api smithy.APIError
	if len(inner) == 0 && errors.As(err, &api) {
		return &smithy.GenericAPIError{
			Code: r.text(api.ErrorCode()), Message: r.text(api.ErrorMessage()), Fault: api.ErrorFault(),
		}, true
	}
	return &cleaned{message: r.text(err.Error()), inner: inner}, true
}

// cleaned stands for an error that held something to hide.
type cleaned struct {
	message string
	inner   []error
}

func (c *cleaned) Error() string   { return c.message }
func (c *cleaned) Unwrap() []error { return c.inner }

// withoutBody keeps of an answer its status and the headers that name it.
func (r *redactor) withoutBody(answer *smithyhttp.Response) *smithyhttp.Response {
	if answer == nil || answer.Response == nil {
		return &smithyhttp.Response{Response: &http.Response{Header: http.Header{}, Body: http.NoBody}}
	}
	header := http.Header{}
	for _, name := range []string{"Date", "Content-Type", "Content-Length", "Server", "Via", "X-Amzn-Requestid"} {
		for _, v := range answer.Header.Values(name) {
			header.Add(name, r.text(v))
		}
	}
	return &smithyhttp.Response{Response: &http.Response{
		Status: r.text(answer.Status), StatusCode: answer.StatusCode, Proto: answer.Proto,
		ProtoMajor: answer.ProtoMajor, ProtoMinor: answer.ProtoMinor,
		Header: header, Body: http.NoBody,
	}}
}
