package s3read

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A source is one version of an object. Its first answer pins the version; after that it is safe for concurrent use.
type source struct {
	b    *Bucket
	opts OpenOptions // as the caller gave them

	pinned    bool
	object    Object
	sum       checksum    // of the whole object, if S3 stores one
	byVersion atomic.Bool // the version was overwritten and is asked for by its id, which needs s3:GetObjectVersion
}

// An answer is the response to one GET.
type answer struct {
	byteRange // what body holds
	body      io.ReadCloser
	object    Object
	sum       checksum
}

var (
	errNoVersion = errors.New("the answer doesn't show which version of the object it is from")
	errOtherPart = errors.New("the answer holds another part of the object than was asked for")
	errSomePart  = errors.New("the answer holds a part of the object and doesn't say which")
)

// get sends one GET for r and checks that the answer fits.
func (s *source) get(ctx context.Context, r byteRange) (*answer, string, error) {
	size := int64(-1)
	if s.pinned {
		size = s.object.Size
	}
	in := &s3.GetObjectInput{
		Bucket:              &s.b.name,
		Key:                 &s.object.Key,
		Range:               optional(r.header(size)),
		IfMatch:             optional(s.opts.IfMatch),
		VersionId:           optional(s.opts.VersionID),
		ChecksumMode:        types.ChecksumModeEnabled,
		RequestPayer:        s.b.payer(),
		ExpectedBucketOwner: s.b.owner(),
	}
	if s.pinned && isStrong(s.object.ETag) {
		in.IfMatch = &s.object.ETag
	}
	byVersion := s.byVersion.Load()
	if byVersion {
		in.VersionId = &s.object.VersionID
	}
	out, region, err := once(ctx, s.b, func(ctx context.Context, optFns ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
		return s.b.client.GetObject(ctx, in, append(optFns, withoutValidation)...)
	})
	if err != nil {
		return nil, region, s.gone(err, byVersion)
	}
	a, err := s.read(out)
	if err == nil {
		err = s.check(a, r, byVersion)
	}
	if err != nil {
		_ = out.Body.Close() // the error that counts is err
		return nil, region, s.gone(err, byVersion)
	}
	return a, region, nil
}

// withoutValidation takes the SDK's checksum validation off a call. It would hash every byte a second time, and says
// nothing about a body that was resumed.
func withoutValidation(o *s3.Options) {
	o.DisableLogOutputChecksumValidationSkipped = true
	o.APIOptions = append(o.APIOptions[:len(o.APIOptions):len(o.APIOptions)], func(stack *middleware.Stack) error {
		_, _ = stack.Deserialize.Remove("AWSChecksum:ValidateOutputPayloadChecksum") // not every SDK version has it
		return nil
	})
}

// read makes an answer of the SDK's output.
func (s *source) read(out *s3.GetObjectOutput) (*answer, error) {
	a := &answer{
		body: out.Body,
		object: Object{
			Key:             s.object.Key,
			ETag:            aws.ToString(out.ETag),
			VersionID:       versionID(out.VersionId),
			StorageClass:    string(out.StorageClass),
			LastModified:    aws.ToTime(out.LastModified),
			ContentType:     aws.ToString(out.ContentType),
			ContentEncoding: aws.ToString(out.ContentEncoding),
			Metadata:        out.Metadata,
		},
	}
	switch {
	case out.ContentRange != nil:
		r, size, err := parseContentRange(*out.ContentRange)
		switch {
		case err != nil:
			return nil, err
		case out.ContentLength != nil && *out.ContentLength != r.end-r.off:
			return nil, fmt.Errorf("the answer has %d bytes for Content-Range %q", *out.ContentLength, *out.ContentRange)
		case size < 0 && !s.pinned:
			return nil, errNoLength
		case size < 0:
			size = s.object.Size
		}
		a.byteRange, a.object.Size = r, size
	case isPartial(out):
		return nil, errSomePart
	case out.ContentLength == nil:
		return nil, errNoLength
	default:
		a.byteRange, a.object.Size = byteRange{0, *out.ContentLength}, *out.ContentLength
	}
	if a.byteRange == (byteRange{0, a.object.Size}) { // the checksum of a part may be that part's own
		a.sum = checksumOf(out.ChecksumType, out.ChecksumCRC64NVME, out.ChecksumCRC32C, out.ChecksumCRC32, out.ChecksumSHA256, out.ChecksumSHA1)
	}
	return a, nil
}

// isPartial reports whether the answer's status says that it isn't the whole object, where the client tells the status.
func isPartial(out *s3.GetObjectOutput) bool {
	raw, ok := awsmiddleware.GetRawResponse(out.ResultMetadata).(*smithyhttp.Response)
	return ok && raw.StatusCode == http.StatusPartialContent
}

// check compares an answer with what was asked for, and with the version that is pinned.
// byVersion says that the version was asked for by its id.
func (s *source) check(a *answer, asked byteRange, byVersion bool) error {
	if a.off != asked.off && a.off != 0 || a.end <= asked.off && a.object.Size > 0 {
		return errOtherPart
	}
	if !s.pinned {
		return nil
	}
	was, is := s.object, a.object
	switch {
	case is.Size != was.Size:
		return fmt.Errorf("%w: it had %d bytes and has %d", ErrChanged, was.Size, is.Size)
	case was.ETag != "" && is.ETag != "" && was.ETag != is.ETag:
		return fmt.Errorf("%w: its ETag was %s and is %s", ErrChanged, was.ETag, is.ETag)
	case isStrong(was.ETag) && is.ETag != "", s.opts.VersionID != "", byVersion:
		return nil
	case was.VersionID != "" && is.VersionID != "":
		if was.VersionID != is.VersionID {
			return fmt.Errorf("%w: its version was %s and is %s", ErrChanged, was.VersionID, is.VersionID)
		}
		return nil
	case was.VersionID == "" && !was.LastModified.IsZero() && !is.LastModified.IsZero():
		if !was.LastModified.Equal(is.LastModified) {
			return fmt.Errorf("%w: it was modified at %v", ErrChanged, is.LastModified)
		}
		return nil
	}
	return errNoVersion
}

// wholeSum asks for the checksum of the whole object, which an answer for a part of it doesn't have. It is none where
// the answer can't be shown to be of the pinned version.
func (s *source) wholeSum(ctx context.Context, r request) (checksum, error) {
	out, err := call(ctx, s.b, r, func(ctx context.Context, optFns ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
		opts, byVersion := s.opts, s.byVersion.Load()
		if isStrong(s.object.ETag) {
			opts.IfMatch = s.object.ETag
		}
		if byVersion {
			opts.VersionID = s.object.VersionID
		}
		out, err := s.b.sendHead(ctx, r.key, opts, optFns)
		if err == nil {
			is := objectOfHead(r.key, out)
			if out.ContentLength == nil { // which proxies take off an answer to a HEAD
				is.Size = s.object.Size
			}
			err = s.check(&answer{object: is, byteRange: byteRange{0, is.Size}}, byteRange{0, -1}, byVersion)
		}
		return out, s.gone(markUnsent(err), byVersion)
	})
	switch {
	case errors.Is(err, errNoVersion):
		return checksum{}, nil
	case err != nil:
		return checksum{}, err
	}
	return checksumOf(out.ChecksumType, out.ChecksumCRC64NVME, out.ChecksumCRC32C, out.ChecksumCRC32, out.ChecksumSHA256, out.ChecksumSHA1), nil
}

// pin makes the answer's version the one that all others must be of.
func (s *source) pin(a *answer) { s.object, s.sum, s.pinned = a.object, a.sum, true }

// resumable reports whether another answer can be shown to be of the pinned version.
func (s *source) resumable() bool {
	return isStrong(s.object.ETag) || s.object.VersionID != "" || s.opts.VersionID != "" || !s.object.LastModified.IsZero()
}

// gone makes ErrChanged of a failure that says that the pinned version is not the newest any more. Where it has a
// version id it is asked for by that before anything is given up.
func (s *source) gone(err error, byVersion bool) error {
	if err == nil || !s.pinned {
		return err
	}
	switch reason := reasonOf(err); {
	case byVersion && reason == fs.ErrPermission:
		return fmt.Errorf("%w, and its version %s may not be read: %w", ErrChanged, s.object.VersionID, err)
	case reason == fs.ErrNotExist, reason == nil && statusOf(err) == http.StatusRequestedRangeNotSatisfiable:
		err = fmt.Errorf("%w: %w", ErrChanged, err)
	case reason != ErrChanged:
		return err
	}
	if s.object.VersionID != "" && s.opts.VersionID == "" && !byVersion {
		s.byVersion.Store(true)
		return &overwritten{err}
	}
	return err
}

// overwritten is a failure after which the version is asked for by its id, at once.
type overwritten struct{ error }

func (e *overwritten) Unwrap() error { return e.error }

// isStrong reports whether the ETag can stand in If-Match, which compares strongly (RFC 9110, section 13.1.1).
func isStrong(etag string) bool { return etag != "" && !strings.HasPrefix(etag, "W/") }
