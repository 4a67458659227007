package s3read

import (
	"errors"
	"io/fs"
	"net"

	"github.com/aws/smithy-go"
)

// A notSentError is a failure on this machine: of a request before S3 answered it, most often for
// want of credentials, or of a file that a download is written to. The files and permissions that
// it is about are not the object's, and a response that it contains is not S3's.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }

// Is finds the cause of the failure, except where a caller would take it for the object's: a
// missing token file or folder is no missing object, and what STS or a firewall denies is not what
// S3 denies. There is no Unwrap for the same reason.
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
// for want of a response. Such a failure is wrapped only where it is one of this machine's, as when
// a socket is not permitted. Where another OperationError comes first, the status behind it is that
// operation's: a request for credentials that STS refused.
func markNotSent(err error) error {
	var op *smithy.OperationError
	if isNotSent(err) || !errors.As(err, &op) {
		return err
	}
	for e := op.Err; e != nil; e = errors.Unwrap(e) {
		switch e.(type) {
		case interface{ HTTPStatusCode() int }:
			if statusOf(err) == 0 && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)) {
				return &notSentError{err}
			}
			return err
		case *smithy.OperationError:
			return &notSentError{err}
		}
	}
	return &notSentError{err}
}

// A lostHostError is that the name of a host that has answered before can't be found. The SDK takes
// a name that doesn't exist for final; this one did a moment ago.
type lostHostError struct{ error }

func (e *lostHostError) Unwrap() error { return e.error }

// RetryableError tells the SDK's rules, which isTransient uses, that the host will be back.
func (e *lostHostError) RetryableError() bool { return true }

// markLost wraps a failure in a lostHostError if it is one.
func (s *sender) markLost(err error) error {
	var dns *net.DNSError
	if s.answered.Load() && errors.As(err, &dns) && dns.IsNotFound && statusOf(err) == 0 {
		return &lostHostError{err}
	}
	return err
}
