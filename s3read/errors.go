package s3read

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// Reasons of an [*Error], for [errors.Is]. The others are [fs.ErrNotExist] and [fs.ErrPermission].
var (
	// ErrChanged: the object is no longer the version that was asked for, or that reading began
	// with.
	ErrChanged = errors.New("object has changed")

	// ErrTooLarge: the object is larger than [Bucket.ReadAll] was allowed to read. Nothing of it
	// was read.
	ErrTooLarge = errors.New("object is too large")

	// ErrArchived: the object is in an archive storage class or tier, and must be restored before
	// it can be read.
	ErrArchived = errors.New("object is archived")

	// ErrThrottled: S3 kept asking for fewer requests, for a minute.
	ErrThrottled = errors.New("throttled by S3")

	// ErrNoBucket: the bucket does not exist. It is not [fs.ErrNotExist], so that a misspelled
	// bucket isn't taken for a missing object.
	ErrNoBucket = errors.New("bucket does not exist")

	// ErrChecksum: all bytes were received, and they are not those that S3 stored the checksum of.
	ErrChecksum = errors.New("checksum does not match")
)

// An Error says which request failed and why. Every failure of a [Bucket], a [Reader] and [Buckets]
// is one. Those of a file system are an [*fs.PathError], which wraps an Error where a request
// failed.
//
// A request that can't be sent for want of credentials has no Reason: a missing token file does not
// make it [fs.ErrNotExist], nor a denial by STS [fs.ErrPermission]. [errors.As] finds the cause.
type Error struct {
	Op        string // the method in lower case: "open", "read", "list"
	Bucket    string // empty for Buckets
	Key       string // or the prefix of a listing; may be empty
	Range     string // as in the Range header; empty for requests of a whole object
	Region    string // which the request was signed for; empty if unknown
	RequestID string // for AWS support; empty if there was no response
	Reason    error  // one of this package's reasons, fs.ErrNotExist or fs.ErrPermission; nil if it is none of them
	Hint      string // what the cause may be and what to do; empty if there is nothing to add
	Err       error  // the SDK's error, or what else went wrong
}

// Error says on one line what failed, where and why. It leaves out the Hint.
func (e *Error) Error() string {
	var s strings.Builder
	s.WriteString("s3read: ")
	s.WriteString(e.Op)
	if e.Bucket != "" {
		s.WriteString(" " + text.Escape("s3://"+e.Bucket+"/"+e.Key))
	}
	var made *reasonError
	if e.Reason != nil && (!errors.As(e.Err, &made) || made.reason != e.Reason) {
		s.WriteString(": " + e.Reason.Error())
	}
	if e.Err != nil && e.Err != e.Reason {
		s.WriteString(": " + describe(e.Err))
	}
	var facts []string
	if e.Range != "" {
		facts = append(facts, strings.Replace(e.Range, "=", " ", 1))
	}
	if e.Region != "" {
		facts = append(facts, "region "+e.Region)
	}
	if e.RequestID != "" {
		facts = append(facts, "request id "+e.RequestID)
	}
	if facts != nil {
		s.WriteString(" (" + strings.Join(facts, ", ") + ")")
	}
	return s.String()
}

// Unwrap returns the Reason and the Err, without those that are nil.
func (e *Error) Unwrap() []error {
	errs := make([]error, 0, 2)
	for _, err := range []error{e.Reason, e.Err} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// newError makes the *Error of a failed request. An err that is one already is returned as it is.
func (s *sender) newError(r request, region string, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	if code, _ := apiError(err); code == "NoSuchKey" {
		s.exists.Store(true)
	}
	e = &Error{
		Op: r.op, Bucket: s.name, Key: r.key, Range: r.rangeHeader,
		Region: text.Line(region), RequestID: text.Clip(text.Line(requestID(err))), Reason: reasonOf(err), Err: err,
	}
	e.Hint = hint(e, s.opts)
	return e
}

// A reasonError is a failure whose Reason is known where it arises. Its text begins with that
// Reason.
type reasonError struct {
	reason error
	err    error // the details
}

// because returns an error with that reason; the rest are its details, for fmt.Errorf.
func because(reason error, format string, args ...any) error {
	return &reasonError{reason, fmt.Errorf(format, args...)}
}

func (e *reasonError) Error() string   { return e.reason.Error() + ": " + e.err.Error() }
func (e *reasonError) Unwrap() []error { return []error{e.reason, e.err} }

// maxErrorText limits, in bytes, how much of a server's message an error repeats.
const maxErrorText = 600

// describe is the text of err, on one line. The SDK's text repeats operation, status and request
// id, which an *Error says itself: S3's code and message take its place.
func describe(err error) string {
	said := err.Error()
	var op *smithy.OperationError
	if errors.As(err, &op) {
		cause := op.Err.Error()
		switch code, message := apiError(err); {
		case message != "":
			cause = code + ": " + message
		case code != "":
			cause = code
		}
		said = strings.Replace(said, op.Error(), cause, 1)
	}
	if len(said) > maxErrorText {
		said = strings.ToValidUTF8(said[:maxErrorText], "") + "…"
	}
	return text.Escape(said)
}
