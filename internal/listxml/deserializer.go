package listxml

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// maxPage bounds what is read of one response. The largest page that S3 can send, a thousand keys
// of 1024 bytes with each byte percent-encoded, has 4 MB; other stores may send more keys on a
// page.
const maxPage = 64 << 20

// spanName is what the SDK calls the decoding of an answer in traces.
const spanName = "OperationDeserializer"

// bodies holds the buffers that responses are read into. A page has some hundred KiB, which would
// be most of what a listing allocates. Nothing that is kept points into them.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

// A deserializer takes the place of the SDK's decoding step, for one call of ListObjectsV2.
type deserializer struct {
	binding
	sdk    middleware.DeserializeMiddleware // the step that it replaced
	page   *Page
	output *s3.ListObjectsV2Output // set once the page is filled by us
}

// ID implements [middleware.DeserializeMiddleware].
func (d *deserializer) ID() string { return d.id }

// install adds the exchange of the steps to a call's options. It is added last, so that it sees the
// stack as the caller's own options have left it. Where it doesn't find the SDK's step it changes
// nothing: the SDK's decoder is slower, but never wrong.
func (d *deserializer) install(o *s3.Options) {
	o.APIOptions = append(o.APIOptions[:len(o.APIOptions):len(o.APIOptions)], func(stack *middleware.Stack) error {
		step, ok := stack.Deserialize.Get(d.id)
		if !ok || reflect.TypeOf(step) != d.step {
			return nil
		}
		d.sdk = step
		_, err := stack.Deserialize.Swap(d.id, d)
		return err
	})
}

// HandleDeserialize implements [middleware.DeserializeMiddleware]. Errors, statuses other than
// success, and documents that the one-pass decoder does not expect go to the SDK's step, which
// makes of them what it always makes.
func (d *deserializer) HandleDeserialize(
	ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (middleware.DeserializeOutput, middleware.Metadata, error) {
	d.output = nil // of an attempt before this one
	out, metadata, err := next.HandleDeserialize(ctx, in)
	viaSDK := func() (middleware.DeserializeOutput, middleware.Metadata, error) {
		return d.sdk.HandleDeserialize(ctx, in, middleware.DeserializeHandlerFunc(
			func(context.Context, middleware.DeserializeInput) (middleware.DeserializeOutput, middleware.Metadata,
				error) {
				return out, metadata, err
			}))
	}
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok || response.StatusCode < 200 || response.StatusCode >= 300 {
		return viaSDK()
	}

	buf := bodies.Get().(*[]byte)
	defer bodies.Put(buf)
	*buf, err = readAll(response.Body, (*buf)[:0])
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return out, metadata, &smithy.DeserializationError{Err: fmt.Errorf("failed to read response body, %w", err)}
	}

	_, span := tracing.StartSpan(ctx, spanName)
	output := &s3.ListObjectsV2Output{}
	whole := decode(*buf, output, d.page)
	span.End()
	if !whole {
		if err := checkRoot(*buf); err != nil {
			return out, metadata, &smithy.DeserializationError{Err: err}
		}
		response.Body = io.NopCloser(bytes.NewReader(dropOdd(*buf)))
		return viaSDK()
	}
	if charged := response.Header.Values("X-Amz-Request-Charged"); len(charged) > 0 {
		output.RequestCharged = types.RequestCharged(strings.TrimSpace(charged[0]))
	}
	out.Result, d.output = output, output
	return out, metadata, nil
}

// checkRoot looks at a document that the one-pass decoder does not accept, before the SDK's decoder
// reads it: that one takes any root, and even an empty body, for a page without keys.
func checkRoot(doc []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(doc))
	for {
		token, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF):
			return fmt.Errorf("%w: the response is empty", ErrPage)
		case err != nil:
			return fmt.Errorf("%w: %w", ErrPage, err)
		}
		if root, ok := token.(xml.StartElement); ok {
			if root.Name.Local != "ListBucketResult" {
				return fmt.Errorf("%w: the root element is %q, not ListBucketResult", ErrPage, root.Name.Local)
			}
			return nil
		}
	}
}

// readAll appends what r holds to buf. io.ReadAll would start with 512 bytes, and copy
// a page many times while it grows.
func readAll(r io.Reader, buf []byte) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			grown := make([]byte, len(buf), max(256<<10, 2*cap(buf)))
			copy(grown, buf)
			buf = grown
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, err
		case len(buf) > maxPage:
			return buf, fmt.Errorf("%w: the response has more than %d MiB", ErrPage, maxPage>>20)
		}
	}
}
