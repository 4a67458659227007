package s3read

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithytime "github.com/aws/smithy-go/time"
)

const (
	maxErrorBody = 64 << 10 // of a response that is no success; S3's own have less than 1 KiB
	maxPageBody  = 64 << 20 // of a page; S3's have up to 4 MB, other stores send more keys on one
)

// A kind is what a request asks for. Each kind has answers of its own size and its own latency.
type kind int

const (
	getObject kind = iota
	headObject
	listPage
	kinds // how many there are
)

// A wire takes the place of a client's HTTP client for one request. It is where a response is seen
// before anything decodes it.
type wire struct {
	sender *sender
	kind   kind
	client s3.HTTPClient // the caller's
}

// Do sends the request, and bounds what its response can do: a body that isn't an object's has a
// limit, and a header that the SDK would fail to parse, and with it fail the read, is left out.
func (w *wire) Do(r *http.Request) (*http.Response, error) {
	response, err := w.send(r)
	if err != nil {
		return nil, err
	}
	w.sender.answered.Store(true)
	switch {
	case response.StatusCode >= http.StatusMultipleChoices:
		limitBody(response, maxErrorBody)
	case w.kind == listPage:
		limitBody(response, maxPageBody)
	default:
		dropOddHeaders(response.Header)
	}
	return response, nil
}

// A redirectedError is the failure of a request that its server sent to another place. The request
// is signed for the host that it was sent to, and nobody else is to see it; where a bucket is in
// another region, S3 says so by a header.
type redirectedError struct{}

func (redirectedError) Error() string {
	return "the server redirects the request, which is not followed"
}

// RetryableError tells the SDK's rules, which isTransient uses, that the server will say it again.
func (redirectedError) RetryableError() bool { return false }

// doWithoutRedirect sends r with a client that may follow redirects. An *http.Client is told not
// to. The SDK's own follows 307 and 308 to any host and any number of times, and can't be told: the
// connection on which it would do so is closed before a byte is written to it.
func doWithoutRedirect(client s3.HTTPClient, r *http.Request) (*http.Response, error) {
	if c, ok := client.(*http.Client); ok {
		still := *c
		still.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		return still.Do(r)
	}
	var answered, redirected atomic.Bool
	trace := &httptrace.ClientTrace{
		GotFirstResponseByte: func() { answered.Store(true) },
		GotConn: func(info httptrace.GotConnInfo) {
			if answered.Load() {
				redirected.Store(true)
				_ = info.Conn.Close() // so that writing the request fails
			}
		},
	}
	response, err := client.Do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if redirected.Load() {
		if err == nil {
			_ = response.Body.Close()
		}
		return nil, redirectedError{}
	}
	return response, err
}

// limitBody ends a body early that is longer than n bytes.
func limitBody(response *http.Response, n int64) {
	body := response.Body
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(body, n), body}
}

// typedHeaders are those that the SDK parses, and for which it fails a whole response if it can't.
var typedHeaders = map[string]func(string) error{
	"Last-Modified":                                   isHTTPDate,
	"X-Amz-Delete-Marker":                             isBool,
	"X-Amz-Mp-Parts-Count":                            isInt,
	"X-Amz-Missing-Meta":                              isInt,
	"X-Amz-Tagging-Count":                             isInt,
	"X-Amz-Object-Lock-Retain-Until-Date":             isDateTime,
	"X-Amz-Server-Side-Encryption-Bucket-Key-Enabled": isBool,
}

func isHTTPDate(v string) error { _, err := smithytime.ParseHTTPDate(v); return err }
func isDateTime(v string) error { _, err := smithytime.ParseDateTime(v); return err }
func isBool(v string) error     { _, err := strconv.ParseBool(v); return err }
func isInt(v string) error      { _, err := strconv.ParseInt(v, 0, 32); return err }

// dropOddHeaders removes the headers of typedHeaders that have no value of their type.
func dropOddHeaders(h http.Header) {
	for name, check := range typedHeaders {
		if v := h.Get(name); v != "" && check(v) != nil {
			h.Del(name)
		}
	}
}
