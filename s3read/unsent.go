package s3read

import (
	"errors"
	"io/fs"

	"github.com/aws/smithy-go"
)

// An unsent is the failure of a request before it was sent, most often for want of credentials. The files and
// permissions that it tells of are not the object's, and an answer in it is another service's.
type unsent struct{ err error }

func (u *unsent) Error() string { return u.err.Error() }

// Is finds what the failure came from, but not what a caller takes for the object's: a token file that is missing is
// no missing object.
func (u *unsent) Is(target error) bool {
	return target != fs.ErrNotExist && target != fs.ErrPermission && errors.Is(u.err, target)
}

// As finds what the failure came from.
func (u *unsent) As(target any) bool { return errors.As(u.err, target) }

func isUnsent(err error) bool {
	var u *unsent
	return errors.As(err, &u)
}

// markUnsent makes an unsent of a failure that is one. The others have an HTTP status in the SDK's error, be it 0; the
// status behind another operation's error is that one's.
func markUnsent(err error) error {
	var op *smithy.OperationError
	if isUnsent(err) || !errors.As(err, &op) {
		return err
	}
	for e := op.Err; e != nil; e = errors.Unwrap(e) {
		switch e.(type) {
		case interface{ HTTPStatusCode() int }:
			return err
		case *smithy.OperationError:
			return &unsent{err}
		}
	}
	return &unsent{err}
}
