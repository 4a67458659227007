package s3readtest

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/seed-15cba5db/irsa-go/internal/fault"
)

// An answer is what S3 says to a request, before anything happens to it on the way.
type answer struct{ fault.Answer }

func newAnswer(status int, body []byte) *answer {
	h := http.Header{}
	h.Set("Server", "AmazonS3")
	h.Set("x-amz-request-id", newRequestID())
	h.Set("x-amz-id-2", newHostID())
	return &answer{fault.Answer{Status: status, Header: h, Body: body, Size: int64(len(body))}}
}

// newXML is an answer with an XML body, which S3 sends in chunks and without a length.
func newXML(status int, body []byte) *answer {
	a := newAnswer(status, body)
	a.Header.Set("Content-Type", "application/xml")
	a.Chunked = true
	return a
}

// reply is the answer that a fault gives in S3's place, without what tells S3's own answers.
func reply(r *fault.Reply) *answer {
	h := http.Header{}
	h.Set("Content-Type", r.ContentType)
	return &answer{fault.Answer{Status: r.Status, Header: h, Body: r.Body}}
}

// limit makes it an answer of a part of the object.
func (a *answer) limit(offset, length int64) {
	a.Status = http.StatusPartialContent
	a.Header.Set("Content-Range", contentRange(offset, length, a.Size))
	a.Offset, a.Size = offset, length
}

func newRequestID() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails, by its documentation
	return fmt.Sprintf("%X", b)
}

func newHostID() string {
	b := make([]byte, 56)
	_, _ = rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}
