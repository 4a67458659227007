package listxml

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
)

// A binding is the step of the SDK's middleware stack that decodes a page. The zero binding is no
// step, and replaces none.
//
// The step has no exported name, and the SDK moves it about: service/sts v1.52.0 has one of another
// type than v1.51.8. So it is found by what it does, and replaced where a sample page shows that
// the one-pass decoder does the same.
type binding struct {
	id   string
	step reflect.Type // tells the SDK's step from one that the caller put in its place
}

// sdkBinding is the binding to the SDK that the program was built with. It takes four pages of one
// key, which never leave the process: a quarter of a millisecond, once.
var sdkBinding = sync.OnceValues(func() (binding, error) { return bind() })

// bind finds the step that decodes and proves that it can be replaced. Its error says why it can't.
// optFns are a test's, and change the SDK.
func bind(optFns ...func(*s3.Options)) (binding, error) {
	client := s3.New(s3.Options{
		Region: "us-east-1", HTTPClient: sampleClient(samplePage), Retryer: aws.NopRetryer{},
		Credentials: aws.AnonymousCredentials{},
	}, optFns...)
	b, err := find(client)
	if err == nil {
		err = b.prove(client)
	}
	if err != nil {
		return binding{}, fmt.Errorf("the sdk's decoder of list pages can't be replaced: %w", err)
	}
	return b, nil
}

// find returns the step before which there is no output, and after which there is one.
func find(client *s3.Client) (binding, error) {
	var found []binding
	watchAll := func(stack *middleware.Stack) error {
		for _, id := range stack.Deserialize.List() {
			step, _ := stack.Deserialize.Get(id)
			_, err := stack.Deserialize.Swap(id, watched{step, func() {
				found = append(found, binding{id, reflect.TypeOf(step)})
			}})
			if err != nil {
				return err
			}
		}
		return nil
	}
	if _, err := sampleOutput(client, s3.WithAPIOptions(watchAll)); err != nil {
		return binding{}, err
	}
	if len(found) != 1 {
		return binding{}, fmt.Errorf("%d steps of the stack decode, not one", len(found))
	}
	// An adapter for functions: a step of the caller's would have the same type.
	if found[0].step == reflect.TypeOf(middleware.DeserializeMiddlewareFunc("", nil)) {
		return binding{}, fmt.Errorf("its type %s may be a caller's too", found[0].step)
	}
	return found[0], nil
}

// A watched step reports where it is the one that makes the output.
type watched struct {
	middleware.DeserializeMiddleware
	decodes func()
}

// HandleDeserialize implements [middleware.DeserializeMiddleware].
func (w watched) HandleDeserialize(
	ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (middleware.DeserializeOutput, middleware.Metadata, error) {
	before := false
	inner := middleware.DeserializeHandlerFunc(func(ctx context.Context, in middleware.DeserializeInput) (
		out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
	) {
		out, metadata, err = next.HandleDeserialize(ctx, in)
		_, before = out.Result.(*s3.ListObjectsV2Output)
		return out, metadata, err
	})
	out, metadata, err := w.DeserializeMiddleware.HandleDeserialize(ctx, in, inner)
	if _, after := out.Result.(*s3.ListObjectsV2Output); after && !before {
		w.decodes()
	}
	return out, metadata, err
}

// prove reads the sample page with the SDK's step, and with ours in its place: once so that ours
// decodes it, and once so that ours hands it on.
func (b binding) prove(client *s3.Client) error {
	slow, err := sampleOutput(client)
	if err != nil {
		return err
	}
	var want, got Page
	if err := want.fill(slow); err != nil {
		return err
	}
	slow.Contents, slow.CommonPrefixes, slow.ResultMetadata = nil, nil, middleware.Metadata{}
	if name := emptyField(slow); name != "" {
		return fmt.Errorf("its output has a field that isn't known here, %s", name)
	}

	ours := deserializer{binding: b, page: &got}
	fast, err := sampleOutput(client, ours.install)
	switch {
	case err != nil:
		return err
	case ours.output == nil || fast != ours.output:
		return errors.New("its step can't be swapped, or hands over another output")
	}
	fast.ResultMetadata = middleware.Metadata{}
	if !reflect.DeepEqual(slow, fast) || !reflect.DeepEqual(want, got) {
		return fmt.Errorf("it reads a page differently: %+v", want)
	}

	notPlain := func(o *s3.Options) { o.HTTPClient = sampleClient(samplePage + "<!-- not plain -->") }
	handedOn, err := sampleOutput(client, notPlain, ours.install)
	if err == nil {
		err = got.fill(handedOn)
	}
	switch {
	case err != nil:
		return fmt.Errorf("its step doesn't read what ours hands on: %w", err)
	case ours.output != nil || !reflect.DeepEqual(want, got):
		return errors.New("its step reads what ours hands on differently")
	}
	return nil
}

// emptyField names a field that has no value after the sample page was read, which has all that the
// one-pass decoder knows: a newer SDK may know more.
func emptyField(out *s3.ListObjectsV2Output) string {
	v := reflect.ValueOf(out).Elem()
	for i := range v.NumField() {
		switch f := v.Type().Field(i); f.Name {
		case "Contents", "CommonPrefixes", "ResultMetadata":
		default:
			if f.IsExported() && v.Field(i).IsZero() {
				return f.Name
			}
		}
	}
	return ""
}

// samplePage has each element that the one-pass decoder knows, and none that it leaves to the SDK.
const samplePage = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>sample</Name><Prefix>a%2B</Prefix>` +
	`<Delimiter>%2F</Delimiter><StartAfter>a%2B</StartAfter><ContinuationToken>c/1=</ContinuationToken>` +
	`<NextContinuationToken>n/2=</NextContinuationToken><EncodingType>url</EncodingType>` +
	`<KeyCount>2</KeyCount><MaxKeys>3</MaxKeys><IsTruncated>true</IsTruncated>` +
	`<Contents><Key>a%2Bb+%C3%A4.txt</Key><LastModified>2026-11-23T09:45:11.250Z</LastModified>` +
	`<ETag>&quot;0123456789abcdef0123456789abcdef-2&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>` +
	`<ChecksumType>FULL_OBJECT</ChecksumType><Size>5368709121</Size><StorageClass>GLACIER_IR</StorageClass>` +
	`<Owner><ID>75aa57f0</ID><DisplayName>me</DisplayName></Owner></Contents>` +
	`<CommonPrefixes><Prefix>a%2Bb%2F</Prefix></CommonPrefixes></ListBucketResult>`

// A sampleClient answers every request with its text, in place of a network.
type sampleClient string

// Do implements [s3.HTTPClient].
func (page sampleClient) Do(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"X-Amz-Request-Charged": {"requester"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(string(page))), ContentLength: int64(len(page)),
	}, nil
}

// sampleOutput asks client for the sample page. The context is no caller's: what is found out holds
// for all of them.
func sampleOutput(client *s3.Client, optFns ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	in := &s3.ListObjectsV2Input{Bucket: aws.String("sample"), EncodingType: types.EncodingTypeUrl}
	return client.ListObjectsV2(context.Background(), in, optFns...)
}
