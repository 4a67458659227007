package s3read

import (
	"errors"
	"strconv"
	"strings"
	"unicode"

	"github.com/aws/smithy-go"
)

// Reasons of an [*Error], for [errors.Is]. The others are [fs.ErrNotExist] and [fs.ErrPermission].
var (
	// ErrChanged: the object is no longer the version that was asked for or that reading began with.
	ErrChanged = errors.New("object has changed")

	// ErrTooLarge: the object is larger than ReadAll was allowed to read. Nothing of it was read.
	ErrTooLarge = errors.New("object is too large")

	// ErrArchived: the object is in an archive storage class or tier and must be restored before it can be read.
	ErrArchived = errors.New("object is archived")

	// ErrThrottled: S3 kept asking for fewer requests, for a minute.
	ErrThrottled = errors.New("throttled by S3")

	// ErrNoBucket: the bucket does not exist. It is not fs.ErrNotExist, so that a mistaken name isn't taken for a
	// missing object.
	ErrNoBucket = errors.New("bucket does not exist")

	// ErrChecksum: all bytes were received and they are not those that S3 stored the checksum of.
	ErrChecksum = errors.New("checksum does not match")
)

// An Error tells which request failed and why. Every failure of a Bucket, a Reader and Buckets is one; those of a file
// system are an *[fs.PathError], around one where a request failed.
//
// A request that can't be sent for want of credentials has no Reason: a token file that is missing is not
// fs.ErrNotExist here, nor what STS denies fs.ErrPermission. [errors.As] finds the cause.
type Error struct {
	Op        string // the method in lower case: "open", "read", "list"
	Bucket    string
	Key       string // or the prefix of a listing; may be empty
	Range     string // as in the Range header; empty for requests of a whole object
	Region    string // the request was signed for; empty if unknown
	RequestID string // for AWS support; empty if there was no answer
	Reason    error  // one of this package's reasons, fs.ErrNotExist or fs.ErrPermission; nil if it is none of them
	Hint      string // what it may mean and what to do; empty if there is nothing to add
	Err       error  // the SDK's error, or what else went wrong
}

// Error says on one line what failed, where and why. It leaves out the Hint.
func (e *Error) Error() string {
	var s strings.Builder
	s.WriteString("s3read: ")
	s.WriteString(e.Op)
	if e.Bucket != "" {
		s.WriteString(" " + printable("s3://"+e.Bucket+"/"+e.Key))
	}
	var text string
	if e.Err != nil && e.Err != e.Reason {
		text = ": " + cause(e.Err)
	}
	if e.Reason != nil && !strings.HasPrefix(text, ": "+e.Reason.Error()) {
		s.WriteString(": " + e.Reason.Error())
	}
	s.WriteString(text)
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

// Unwrap returns the Reason and the Err.
func (e *Error) Unwrap() []error {
	errs := make([]error, 0, 2)
	for _, err := range []error{e.Reason, e.Err} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// cause is the text of err without what Error says already. S3's own words are taken out of the SDK's wrapping.
func cause(err error) string {
	text := err.Error()
	var op *smithy.OperationError
	if errors.As(err, &op) {
		said := op.Err.Error()
		switch code, message := saying(err); {
		case message != "":
			said = code + ": " + message
		case code != "":
			said = code
		}
		text = strings.Replace(text, op.Error(), said, 1)
	}
	const most = 600
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return printable(text)
}

// printable keeps text on one line.
func printable(text string) string {
	if !strings.ContainsFunc(text, unicode.IsControl) {
		return text
	}
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

// failed makes the *Error of a failed request. An err that is one already stays as it is.
func (b *Bucket) failed(r request, region string, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	e = &Error{Op: r.op, Bucket: b.name, Key: r.key, Range: r.rng, Region: region, RequestID: requestID(err), Err: err}
	e.Reason = reasonOf(err)
	e.Hint = b.hint(e)
	if codeOf(err) == "NoSuchKey" {
		b.exists.Store(true)
	}
	return e
}

// requestID is the id that S3 gave the failed request.
func requestID(err error) string {
	if re := answerOf(err); re != nil {
		return re.ServiceRequestID()
	}
	return ""
}
