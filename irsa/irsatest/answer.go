package irsatest

import (
	"encoding/xml"
	"net/http"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/fault"
)

// An answer is what STS says to a request, before anything happens to it on the way.
type answer struct {
	status    int
	body      []byte
	requestID string
	code      string // of an error; empty for a success
}

func xmlAnswer(id string, document any) answer {
	body, err := xml.MarshalIndent(document, "", "  ")
	if err != nil {
		panic("irsatest: write an answer: " + err.Error())
	}
	return answer{status: http.StatusOK, body: append(body, '\n'), requestID: id}
}

// errorAnswer tells whose fault an error is by its status, as the query protocol does.
func errorAnswer(e *apiError) answer {
	kind := "Sender"
	if e.status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	id := newUUID()
	a := xmlAnswer(id, errorResponse{Type: kind, Code: e.code, Message: e.message, RequestID: id})
	a.status, a.code = e.status, e.code
	return a
}

// http is the response to send: the answer, or what the plan replies in its place. Its Date is the
// time at which it begins, since clients compare it with their clock when they get it.
func (a answer) http(p *fault.Plan) *fault.Answer {
	h := http.Header{}
	h.Set("Date", time.Now().Add(p.Skew).UTC().Format(http.TimeFormat))
	if p.Reply != nil && p.Error == nil {
		h.Set("Content-Type", p.Reply.ContentType)
		return &fault.Answer{Status: p.Reply.Status, Header: h, Body: p.Reply.Body}
	}
	h.Set("Content-Type", "text/xml")
	h.Set("x-amzn-RequestId", a.requestID)
	return &fault.Answer{Status: a.status, Header: h, Body: a.body}
}
