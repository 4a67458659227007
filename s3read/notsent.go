package s3read

import (
	"errors"
	"io/fs"

	"github.com/aws/smithy-go"
)

// A notSentError is the failure of a request before it was sent to S3, most often for want of
// credentials. The files and permissions that it is about are not the object's, and a response that
// it contains is not S3's.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }

// Is finds the cause of the failure, except where a caller would take it for the object's: a
// missing token file is no missing object, and what STS denies is not what S3 denies. There is no
// Unwrap for the same reason.
func (e *notSentError) Is(target error) bool {
	return target != fs.ErrNotExist && target != fs.ErrPermission && errors.Is(e.err, target)
}

// As finds the cause of the failure.
func (e *notSentError) As(target any) bool { return errors.As(e.err, target) }

func isNotSent(err error) bool {
	var notSent *notSentError
	return errors.As(err, &notSent)
}

// markNotSent wraps a failure in a notSentError if it is one, by the SDK's chain of errors: the
// failure of a request that was sent has an HTTP status below its OperationError, even if that is 0
// for want of a response. Where another OperationError comes first, the status behind it is that
// operation's: a request for credentials that STS refused.
func markNotSent(err error) error {
	var op *smithy.OperationError
	if isNotSent(err) || !errors.As(err, &op) {
		return err
	}
	for e := op.Err; e != nil; e = errors.Unwrap(e) {
		switch e.(type) {
		case interface{ HTTPStatusCode() int }:
			return err
		case *smithy.OperationError:
			return &notSentError{err}
		}
	}
	return &notSentError{err}
}
