package s3read_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// Handlers: servers that say what no S3 would, which s3readtest can't.

// serve returns a client whose requests a handler answers, in the goroutine that sends them.
// Requests are signed, and go to a custom endpoint.
func serve(handler http.HandlerFunc, optFns ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String("http://s3.test"),
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "SECRETKEY", "SESSIONTOKEN"),
		HTTPClient:   &http.Client{Transport: handlerTransport{handler}},
	}, optFns...)
}

// A handlerTransport calls a handler in the place of a network.
type handlerTransport struct{ http.Handler }

func (h handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	res := w.Result()
	res.Request = r
	if r.Method == http.MethodHead { // as a server does, which sends no body for it
		res.Body = http.NoBody
	}
	return res, nil
}

// fail answers with an S3 error document, or with its status alone if code is empty.
func fail(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("X-Amz-Request-Id", "REQUESTID")
	w.WriteHeader(status)
	if code != "" {
		_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
			"<Error><Code>%s</Code><Message>%s</Message><RequestId>REQUESTID</RequestId></Error>", code, message)
	}
}

// wrapped is the client behind an interface, so that s3read can't see that it is the SDK's, and the
// SDK decodes pages.
func wrapped(c s3read.Client) s3read.Client { return struct{ s3read.Client }{c} }

// Faults.

// firstGet is the fault of the next GET of an object, and of no other.
func firstGet(do s3readtest.Effect) s3readtest.Fault {
	return s3readtest.Fault{Op: "GetObject", Times: 1, Do: do}
}

// everyGet is the fault of each GET of an object.
func everyGet(do s3readtest.Effect) s3readtest.Fault {
	return s3readtest.Fault{Op: "GetObject", Do: do}
}

// overwrittenAt is the effect of a server whose object "key" is overwritten when so many bytes of
// it were sent, and deletedAt that of one where it is deleted; -1 is before the headers.
func overwrittenAt(fake *s3readtest.Server, n int64) s3readtest.Effect {
	return s3readtest.At(n, func() { fake.Put("bucket", "key", "other") })
}

func deletedAt(fake *s3readtest.Server, n int64) s3readtest.Effect {
	return s3readtest.At(n, func() { fake.Delete("bucket", "key") })
}

// synthetic is the content of large objects.
var synthetic = s3readtest.Synthetic(1)

// Listings.

// collect ranges over a listing to its end.
func collect(
	ctx context.Context, b *s3read.Bucket, prefix string, optFns ...func(*s3read.ListOptions),
) (objects []s3read.Object, err error) {
	for o, err := range b.List(ctx, prefix, optFns...) {
		if err != nil {
			return objects, err
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// keysOf returns the keys of a listing, in its order.
func keysOf(objects []s3read.Object) []string {
	keys := make([]string, len(objects))
	for i := range objects {
		keys[i] = objects[i].Key
	}
	return keys
}

// parallel is the option to list with up to n requests at once.
func parallel(n int) func(*s3read.ListOptions) {
	return func(o *s3read.ListOptions) { o.Parallel = n }
}

// slash is the option to list like a folder.
func slash(o *s3read.ListOptions) { o.Delimiter = "/" }

// startAfter is the option to list the keys after one.
func startAfter(key string) func(*s3read.ListOptions) {
	return func(o *s3read.ListOptions) { o.StartAfter = key }
}

// numbered returns a server whose bucket has n keys, and the keys in order.
func numbered(n int) (*s3readtest.Server, []string) {
	srv := new(s3readtest.Server)
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("logs/%06d", i)
	}
	srv.PutKeys("bucket", keys...)
	return srv, keys
}

// paged is numbered with pages of so many keys.
func paged(n, page int) (*s3readtest.Server, []string) {
	srv, keys := numbered(n)
	srv.PageSize = page
	return srv, keys
}

// inFlight counts the requests that the server had at a time, where each takes a second.
func inFlight(requests []s3readtest.Request, at time.Time) (n int) {
	for _, r := range requests {
		if !r.Received.After(at) && r.Received.Add(time.Second).After(at) {
			n++
		}
	}
	return n
}

// Downloads.

// A memory is an io.WriterAt over a slice of the object's size.
type memory []byte

func (m memory) WriteAt(p []byte, off int64) (int, error) { return copy(m[off:], p), nil }

// A writerAt is an io.WriterAt that calls the function.
type writerAt func([]byte, int64) (int, error)

func (w writerAt) WriteAt(p []byte, off int64) (int, error) { return w(p, off) }

// partSize is the option to download in parts of n bytes, and smallParts in many parts.
func partSize(n int64) func(*s3read.DownloadOptions) {
	return func(o *s3read.DownloadOptions) { o.PartSize = n }
}

func smallParts(o *s3read.DownloadOptions) { o.PartSize = 256 << 10 }

// wrongCRC is the effect of a server that stored another CRC64NVME than the content's.
func wrongCRC() s3readtest.Effect {
	return s3readtest.SetHeader("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")
}
