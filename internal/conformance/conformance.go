// Package conformance holds one table of requests and of what S3 answers to them. It runs against
// every server that stands in for S3 in tests: s3readtest.Server (in that package's tests), and a
// real MinIO (in internal/integration). A fake that nobody compares with a real server agrees only
// with the mistakes of its author.
//
//	for _, c := range conformance.Cases() {
//		got, err := c.Ask(ctx, client) // of a server that has conformance.Buckets
//		require.NoError(t, err)
//		assert.Equal(t, c.Expected("MinIO"), got)
//	}
//
// The expectations are S3's, from its API reference. Where a server answers otherwise, the case
// says what, and why ([Exception]).
package conformance

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithymiddleware "github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// asking sends a request, or a few, and tells what came back.
type asking = func(ctx context.Context, client *s3.Client) (Answer, error)

// A Case is one request, or a few that belong together, and S3's answer.
type Case struct {
	Name string
	Ask  asking
	Want Answer
	// Except holds what the servers of these names answer instead.
	Except map[string]Exception
}

// An Exception is an answer that isn't S3's.
type Exception struct {
	Why  string
	Want Answer
}

// An Answer is what is compared: the parts of a response that are the same each time.
type Answer struct {
	Status int
	Code   string            // the SDK's code of an error
	Header map[string]string // those of the observed headers that were sent
	Body   string

	Keys, Prefixes []string // of a page, as they were sent: possibly encoded
	Page           Page
}

// A Page is what a page of ListObjectsV2 says besides what it lists.
type Page struct {
	Truncated, Token bool // is there a next token
	Count, Max       int32
	Prefix           string
	Delimiter        string
	StartAfter       string
	Encoding         types.EncodingType
}

// Cases is the whole table. It needs the buckets of Buckets.
func Cases() []Case {
	cases := append(listing(), reading()...)
	cases = append(cases, versioned()...)
	cases = append(cases, around()...)
	cases = append(cases, suspended()...)
	cases = append(cases, made()...)
	return append(cases, writing()...)
}

// Expected returns the answer that the case wants from a server.
func (c Case) Expected(server string) Answer {
	if e, ok := c.Except[server]; ok {
		return e.Want
	}
	return c.Want
}

// observed are the headers that are compared: true, by their value; false, whose value differs each
// time, as present.
var observed = map[string]bool{
	"Accept-Ranges": true, "Content-Encoding": true, "Content-Length": true, "Content-Range": true,
	"Content-Type": true, "Cache-Control": true, "Content-Disposition": true, "Content-Language": true,
	"X-Amz-Tagging-Count": true, "Etag": true, "X-Amz-Checksum-Crc64nvme": true, "X-Amz-Checksum-Sha256": true,
	"X-Amz-Checksum-Type": true, "X-Amz-Delete-Marker": true, "X-Amz-Meta-Team": true,
	"X-Amz-Mp-Parts-Count": true, "X-Amz-Storage-Class": true,
	"Last-Modified": false, "X-Amz-Version-Id": false,
}

// headers returns the observed headers of a response.
func headers(h http.Header) map[string]string {
	seen := map[string]string{}
	for name, exact := range observed {
		switch value := h.Get(name); {
		case value == "":
		case exact || value == "null":
			seen[name] = value
		default:
			seen[name] = "present"
		}
	}
	return seen
}

// failure turns an error that the server answered with into an Answer, and returns any other error.
func failure(err error) (Answer, error) {
	var response *awshttp.ResponseError
	var api smithy.APIError
	if !errors.As(err, &response) || !errors.As(err, &api) {
		return Answer{}, err
	}
	a := Answer{Status: response.HTTPStatusCode(), Code: api.ErrorCode()}
	a.Header = headers(response.Response.Header)
	for _, name := range []string{"Accept-Ranges", "Content-Length", "Content-Type"} {
		delete(a.Header, name) // of the error's own body
	}
	if a.Status == http.StatusPreconditionFailed {
		a.Header = none // what it says about the object differs, and nobody relies on it
	}
	return a, nil
}

// raw returns the response behind an operation's output.
func raw(metadata smithymiddleware.Metadata) *smithyhttp.Response {
	response, _ := middleware.GetRawResponse(metadata).(*smithyhttp.Response)
	return response
}

// get and head send a request, and turn the response into an Answer.
func get(in s3.GetObjectInput) asking {
	return func(ctx context.Context, client *s3.Client) (Answer, error) {
		in := in
		out, err := client.GetObject(ctx, &in)
		if err != nil {
			return failure(err)
		}
		body, err := io.ReadAll(out.Body)
		if err = errors.Join(err, out.Body.Close()); err != nil {
			return Answer{}, err
		}
		response := raw(out.ResultMetadata)
		return Answer{Status: response.StatusCode, Header: headers(response.Header), Body: digest(body)}, nil
	}
}

func head(in s3.HeadObjectInput) asking {
	return func(ctx context.Context, client *s3.Client) (Answer, error) {
		in := in
		out, err := client.HeadObject(ctx, &in)
		if err != nil {
			return failure(err)
		}
		response := raw(out.ResultMetadata)
		return Answer{Status: response.StatusCode, Header: headers(response.Header)}, nil
	}
}

// digest returns a short body as it is, and a long one as its size and hash.
func digest(body []byte) string {
	if len(body) <= 100 {
		return string(body)
	}
	return fmt.Sprintf("%d bytes, SHA-256 %x", len(body), sha256.Sum256(body))
}
