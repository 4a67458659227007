package s3read

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A response is what a GET returned: bytes of an object, and what S3 says about the object.
type response struct {
	byteRange // which body holds
	body      io.ReadCloser
	object    Object
	checksum  checksum
}

var (
	// errNoLength refuses a response of which it could not be told whether it was cut short.
	errNoLength = errors.New("the response doesn't say how long the object is")

	// errNoRange refuses a 206 without Content-Range. No offset may be assumed for its bytes.
	errNoRange = errors.New("the response holds a part of the object and doesn't say which")

	errWrongRange     = errors.New("the response holds another part of the object than was asked for")
	errUnknownVersion = errors.New("the response doesn't show which version of the object it is from")
)

// newResponse reads the SDK's output for an object with that key. knownSize is the object's size,
// or negative where it is not known; a Content-Range may leave it out.
func newResponse(key string, out *s3.GetObjectOutput, knownSize int64) (*response, error) {
	r := &response{
		body: out.Body,
		object: Object{
			Key:                key,
			ETag:               aws.ToString(out.ETag),
			VersionID:          versionID(out.VersionId),
			StorageClass:       string(out.StorageClass),
			LastModified:       aws.ToTime(out.LastModified),
			ContentType:        aws.ToString(out.ContentType),
			ContentEncoding:    aws.ToString(out.ContentEncoding),
			ContentDisposition: aws.ToString(out.ContentDisposition),
			ContentLanguage:    aws.ToString(out.ContentLanguage),
			CacheControl:       aws.ToString(out.CacheControl),
			Expires:            expires(out.ExpiresString),
			Metadata:           out.Metadata,
		},
	}
	switch {
	case out.ContentRange != nil:
		span, size, err := parseContentRange(*out.ContentRange)
		if err != nil {
			return nil, &brokenRangeError{err}
		}
		if out.ContentLength != nil && *out.ContentLength != span.end-span.off {
			const format = "the response has %d bytes for Content-Range %q"
			return nil, &brokenRangeError{fmt.Errorf(format, *out.ContentLength, *out.ContentRange)}
		}
		if size < 0 {
			size = knownSize
		}
		if size < 0 {
			return nil, errNoLength
		}
		r.byteRange, r.object.Size = span, size
	case isPartial(out):
		return nil, errNoRange
	case out.ContentLength == nil:
		return nil, errNoLength
	default:
		r.byteRange, r.object.Size = byteRange{0, *out.ContentLength}, *out.ContentLength
	}
	whole := r.byteRange == byteRange{0, r.object.Size} // beside a part, the checksum may be that part's own
	if whole && !isBarePart(out) {
		r.checksum = storedChecksum(out.ChecksumType, out.ChecksumCRC64NVME, out.ChecksumCRC32C, out.ChecksumCRC32,
			out.ChecksumSHA256, out.ChecksumSHA1)
	}
	if r.object.Size == 0 { // nobody reads what could be compared later
		if err := r.checksum.verify(r.checksum.prefix().Sum(0)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// isBarePart reports whether the checksum beside a range may be composite without the "-" and
// number that mark it: S3 leaves them out where a range is all of an object that was uploaded as
// one part (boto/botocore#3346).
func isBarePart(out *s3.GetObjectOutput) bool {
	isMultipart := strings.Contains(aws.ToString(out.ETag), "-")
	return out.ContentRange != nil && isMultipart && out.ChecksumType != types.ChecksumTypeFullObject
}

// maxUnsized is how much of a body without a length is read before its object is measured
// otherwise.
const maxUnsized = 1 << 20

// A brokenRangeError is a response whose range contradicts the request or the response itself. It
// is transient.
type brokenRangeError struct{ error }

func (e *brokenRangeError) Unwrap() error { return e.error }

// RetryableError tells the SDK's rules, which isTransient uses, that another response may be right.
func (e *brokenRangeError) RetryableError() bool { return true }

// measure finds the length of a body whose response doesn't say it, as those of some stores and
// proxies don't. A short one is read to its end, which is one only if the protocol marks it: with
// chunks, or in HTTP/2. For a longer one, a HEAD is asked.
func (v *version) measure(ctx context.Context, out *s3.GetObjectOutput) error {
	raw, ok := awsmiddleware.GetRawResponse(out.ResultMetadata).(*smithyhttp.Response)
	framed := ok && (raw.ProtoMajor >= 2 || slices.Contains(raw.TransferEncoding, "chunked"))
	switch {
	case out.ContentLength != nil || out.ContentRange != nil || !framed || isPartial(out):
		return nil
	case v.pinned:
		out.ContentLength = &v.object.Size
		return nil
	}
	begin, err := io.ReadAll(io.LimitReader(out.Body, maxUnsized))
	n := int64(len(begin))
	if err != nil {
		return &bodyError{err, n, -1}
	}
	out.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(begin), out.Body), out.Body}
	if n < maxUnsized {
		out.ContentLength = &n
		return nil
	}
	opts := v.opts
	if isStrong(aws.ToString(out.ETag)) {
		opts.IfMatch = *out.ETag
	}
	send := func(ctx context.Context, optFns ...func(*s3.Options)) (*s3.HeadObjectOutput, error) {
		return v.b.sendHead(ctx, v.object.Key, opts, false, optFns)
	}
	head, _, err := sendOnce(ctx, &v.b.sender, headObject, send)
	if err == nil {
		out.ContentLength = head.ContentLength
	}
	return err
}

// isPartial reports whether the status of the response is 206, where the client passes the status
// on.
func isPartial(out *s3.GetObjectOutput) bool {
	raw, ok := awsmiddleware.GetRawResponse(out.ResultMetadata).(*smithyhttp.Response)
	return ok && raw.StatusCode == http.StatusPartialContent
}

// checkRange refuses a response that doesn't begin where it was asked to. One that begins at the
// object's first byte is from a server without ranges, and fits too: what comes before is skipped.
func (r *response) checkRange(asked byteRange) error {
	if r.off != asked.off && r.off != 0 || r.end <= asked.off && r.object.Size > 0 {
		return &brokenRangeError{errWrongRange}
	}
	return nil
}

// checkVersion refuses a response that is not, or can't be shown to be, from the version of the
// object that a first response described as was. byID says that the version was asked for by its
// id.
//
// An ETag is compared for equality only: for an upload in parts and with SSE-KMS it is no MD5 of
// the content.
func checkVersion(was, is Object, byID bool) error {
	switch {
	case is.Size != was.Size:
		return because(ErrChanged, "it had %d bytes and has %d", was.Size, is.Size)
	case was.ETag != "" && is.ETag != "" && was.ETag != is.ETag:
		return because(ErrChanged, "its ETag was %s and is %s", was.ETag, is.ETag)
	case isStrong(was.ETag) && is.ETag != "", byID:
		return nil
	case was.VersionID != "" && is.VersionID != "":
		if was.VersionID != is.VersionID {
			return because(ErrChanged, "its version was %s and is %s", was.VersionID, is.VersionID)
		}
		return nil
	case was.VersionID == "" && !was.LastModified.IsZero() && !is.LastModified.IsZero():
		if !was.LastModified.Equal(is.LastModified) {
			return because(ErrChanged, "it was modified at %v", is.LastModified)
		}
		return nil
	}
	return errUnknownVersion
}

// withoutValidation removes the SDK's checksum validation from a call. It would hash every byte a
// second time, says nothing about a body that was resumed, and logs a warning for each range that
// it can't validate.
func withoutValidation(o *s3.Options) {
	o.DisableLogOutputChecksumValidationSkipped = true
	o.APIOptions = append(slices.Clip(o.APIOptions), func(stack *middleware.Stack) error {
		_, _ = stack.Deserialize.Remove("AWSChecksum:ValidateOutputPayloadChecksum") // not every SDK version has it
		return nil
	})
}
