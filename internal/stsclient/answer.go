package stsclient

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go/middleware"
)

// ErrAnswer is the cause where what answered is not an STS in good order.
var ErrAnswer = errors.New("the answer can't be used")

// maxAnswer is how much of an answer is read, in bytes. STS's own have about two thousand.
const maxAnswer = 64 << 10

// An Answer is what came back from the wire, read by this package before the SDK decodes it.
type Answer struct {
	Status    int
	Code      string // of an error in STS's form; "" otherwise
	Message   string
	RequestID string
	FromSTS   bool // it bears a sign of STS, or of a service that speaks its protocol

	date       time.Time
	retryAfter time.Duration // how long it asks to be left alone
	body       []byte
	cut        error // why the body could not be read to its end
}

// readAnswer reads an answer's body, at most 64 KiB, and puts what it read in the body's place.
func readAnswer(resp *http.Response) (*Answer, error) {
	a := &Answer{Status: resp.StatusCode, RequestID: resp.Header.Get("X-Amzn-Requestid")}
	a.FromSTS = a.RequestID != ""
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		a.date = date
	}
	a.retryAfter = retryAfter(resp.Header, a.date)
	if resp.Body == nil {
		return a, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	_ = resp.Body.Close() // what is wrong with it has been seen by now
	switch {
	case err != nil:
		a.cut = fmt.Errorf("read the answer: %w", err)
	case len(body) > maxAnswer:
		body, a.cut = nil, fmt.Errorf("%w: it has more than %d bytes", ErrAnswer, maxAnswer)
	}
	a.body = body
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if a.cut == nil {
		a.readError()
	}
	return a, a.cut
}

// readError reads an error in STS's form:
//
//	<ErrorResponse><Error><Code>…</Code><Message>…</Message></Error><RequestId>…</RequestId></ErrorResponse>
func (a *Answer) readError() {
	if bytes.Contains(a.body, []byte("<ErrorResponse")) {
		a.FromSTS = true
	}
	if a.Status < 300 {
		return
	}
	var e struct {
		Code      string `xml:"Error>Code"`
		Message   string `xml:"Error>Message"`
		RequestID string `xml:"RequestId"`
	}
	if xml.Unmarshal(a.body, &e) != nil {
		return
	}
	a.Code, a.Message = e.Code, e.Message
	if a.RequestID == "" {
		a.RequestID = e.RequestID
	}
}

// LooksLikeSTS reports whether an answer to an unsigned question bears a sign of STS.
func LooksLikeSTS(resp *http.Response) bool {
	a, err := readAnswer(resp)
	return err == nil && a.FromSTS
}

// unusable returns why an answer with status 200 holds no session, from the wire: what the SDK says
// of it differs from release to release.
func (a *Answer) unusable() error {
	type credentials struct {
		AccessKeyID     string `xml:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string
	}
	var s struct {
		WebIdentity *credentials `xml:"AssumeRoleWithWebIdentityResult>Credentials"`
		Hop         *credentials `xml:"AssumeRoleResult>Credentials"`
	}
	err := xml.Unmarshal(a.body, &s)
	c := cmp.Or(s.WebIdentity, s.Hop)
	switch {
	case len(bytes.TrimSpace(a.body)) == 0:
		return fmt.Errorf("%w: it is empty and holds no credentials", ErrAnswer)
	case err != nil:
		return fmt.Errorf("%w: it is not XML", ErrAnswer)
	case c == nil:
		return errNone
	case c.AccessKeyID == "" || c.SecretAccessKey == "" || c.SessionToken == "":
		return errIncomplete
	}
	return errNoEnd
}

var (
	errNone       = fmt.Errorf("%w: it holds no credentials", ErrAnswer)
	errIncomplete = fmt.Errorf("%w: its credentials are incomplete", ErrAnswer)
	errNoEnd      = fmt.Errorf("%w: it does not say when the credentials expire", ErrAnswer)
)

// checkCredentials refuses what is not all of a session.
func checkCredentials(c *types.Credentials) error {
	switch {
	case c == nil:
		return errNone
	case aws.ToString(c.AccessKeyId) == "" || aws.ToString(c.SecretAccessKey) == "" || aws.ToString(c.SessionToken) == "":
		return errIncomplete
	case c.Expiration == nil:
		return errNoEnd
	}
	return nil
}

// noteDate takes the answer's time from what a client of the caller's own says of it, where the
// wire was not seen.
func (a *Attempt) noteDate(of middleware.Metadata) {
	if date, ok := awsmiddleware.GetServerTime(of); ok && a.date.IsZero() {
		a.date = date
	}
}
