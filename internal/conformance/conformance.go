// Package conformance holds one table of what S3 answers, for every server that
// stands in for it in tests. The table runs against s3readtest.Server here, and
// against a real MinIO in internal/integration: so the fake is trusted for a reason.
//
// The expectations are S3's. Where a server answers otherwise, the case says what, and
// why.
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

// A Case is one request, or a few that belong together, and S3's answer.
type Case struct {
	Name string
	Ask  func(ctx context.Context, client *s3.Client) (Answer, error)
	Want Answer
	// Except holds what the servers of these names answer instead.
	Except map[string]Exception
}

// An Exception is an answer that isn't S3's.
type Exception struct {
	Why  string
	Want Answer
}

// An Answer is what is compared: the parts that are the same each time.
type Answer struct {
	Status int
	Code   string            // the SDK's code of an error
	Header map[string]string // those of observed that were sent
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
	return append(cases, versioned()...)
}

// Expected is the answer that the case wants of a server.
func (c Case) Expected(server string) Answer {
	if e, ok := c.Except[server]; ok {
		return e.Want
	}
	return c.Want
}

// observed are the headers that are compared. Those whose value differs each time are
// compared as present.
var observed = map[string]bool{
	"Accept-Ranges": true, "Content-Encoding": true, "Content-Length": true, "Content-Range": true,
	"Content-Type": true, "Etag": true, "X-Amz-Checksum-Crc64nvme": true, "X-Amz-Checksum-Sha256": true,
	"X-Amz-Checksum-Type": true, "X-Amz-Delete-Marker": true, "X-Amz-Meta-Team": true,
	"X-Amz-Mp-Parts-Count": true, "X-Amz-Storage-Class": true,
	"Last-Modified": false, "X-Amz-Version-Id": false,
}

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

// failure makes an Answer of an error that the server answered with, and returns any
// other error.
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
		a.Header = none // what it tells of the object differs, and nobody relies on it
	}
	return a, nil
}

// raw is the response behind an operation's output.
func raw(metadata smithymiddleware.Metadata) *smithyhttp.Response {
	response, _ := middleware.GetRawResponse(metadata).(*smithyhttp.Response)
	return response
}

func get(in s3.GetObjectInput) func(context.Context, *s3.Client) (Answer, error) {
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

func head(in s3.HeadObjectInput) func(context.Context, *s3.Client) (Answer, error) {
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

// digest keeps a short body, and tells long ones apart.
func digest(body []byte) string {
	if len(body) <= 100 {
		return string(body)
	}
	return fmt.Sprintf("%d bytes, SHA-256 %x", len(body), sha256.Sum256(body))
}
