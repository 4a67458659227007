package listxml

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithytime "github.com/aws/smithy-go/time"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// typedElements are those that the SDK parses, and for which it fails a whole page if it can't,
// although nobody needs them to list: stores that aren't S3 write dates in other forms, and numbers
// as nothing. A size is none of them: without it an object would seem to be empty.
var typedElements = []struct {
	name  string
	check func(string) error
}{
	{"LastModified", isDateTime},
	{"CreationDate", isDateTime},
	{"RestoreExpiryDate", isDateTime},
	{"IsRestoreInProgress", isBool},
	{"KeyCount", isInt},
	{"MaxKeys", isInt},
	{"MaxBuckets", isInt},
}

func isDateTime(v string) error { _, err := smithytime.ParseDateTime(v); return err }
func isBool(v string) error     { _, err := strconv.ParseBool(v); return err }
func isInt(v string) error      { _, err := strconv.ParseInt(v, 10, 64); return err }

// dropOdd returns the document without those elements of typedElements that have no value of their
// type, or the document itself where it has none of them. One with comments or CDATA, in which a
// tag may be text, is left as it is.
func dropOdd(doc []byte) []byte {
	if bytes.Contains(doc, []byte("<!")) {
		return doc
	}
	for _, e := range typedElements {
		doc = dropElement(doc, []byte("<"+e.name+">"), []byte("</"+e.name+">"), e.check)
	}
	return doc
}

// dropElement removes the elements with these tags whose text fails the check. Text with entities
// is not judged.
func dropElement(doc, begin, end []byte, check func(string) error) []byte {
	var kept []byte // of what stands before from, once something was removed
	from := 0
	for at := 0; ; {
		i := bytes.Index(doc[at:], begin)
		if i < 0 {
			break
		}
		i += at
		at = i + len(begin)
		n := bytes.IndexByte(doc[at:], '<')
		if n < 0 || !bytes.HasPrefix(doc[at+n:], end) {
			continue
		}
		text := doc[at : at+n]
		at += n + len(end)
		if bytes.IndexByte(text, '&') < 0 && check(string(text)) != nil {
			kept = append(kept, doc[from:i]...)
			from = at
		}
	}
	if from == 0 {
		return doc
	}
	return append(kept, doc[from:]...)
}

// LeaveOddEmpty is an option for a call that lists, objects or buckets: a date or number that has
// no value of its type is left empty, and does not fail its page. It comes before options that
// watch the body.
func LeaveOddEmpty(o *s3.Options) {
	step := middleware.DeserializeMiddlewareFunc("irsa-go:LeaveOddEmpty", readWithoutOdd)
	o.APIOptions = append(slices.Clip(o.APIOptions), func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(step, middleware.After) // inside of the step that decodes
	})
}

func readWithoutOdd(
	ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok || response.StatusCode < 200 || response.StatusCode >= 300 {
		return out, metadata, err
	}
	doc, err := readAll(response.Body, nil)
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return out, metadata, &smithy.DeserializationError{Err: fmt.Errorf("failed to read response body, %w", err)}
	}
	response.Body = io.NopCloser(bytes.NewReader(dropOdd(doc)))
	return out, metadata, nil
}
