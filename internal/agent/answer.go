package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// providerName is what the SDK's own provider calls itself (credentials/endpointcreds).
const providerName = "CredentialsEndpointProvider"

// maxAnswer is how much of an answer is read, in bytes. The agent's own have about two thousand.
const maxAnswer = 64 << 10

// An answer is what came back.
type answer struct {
	status    int
	date      time.Time
	body      []byte
	requestID string
	code      string // of an error in one of the forms below; "" otherwise
	message   string
	fromAgent bool // the error has the agent's own form
}

func readAnswer(resp *http.Response) (*answer, error) {
	a := &answer{status: resp.StatusCode}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		a.date = date
	}
	if resp.Body == nil {
		return a, nil
	}
	defer func() { _ = resp.Body.Close() }() // what is wrong with it is seen by reading
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return a, fmt.Errorf("read the answer: %w", err)
	case len(body) > maxAnswer:
		return a, fmt.Errorf("%w: it has more than %d bytes", stsclient.ErrAnswer, maxAnswer)
	}
	a.body = body
	if a.status != http.StatusOK {
		a.readError()
		return a, fmt.Errorf("status %d", a.status)
	}
	return a, nil
}

// The agent's errors are text: "[<request id>]: (<Code>): <message>, fault: client", of which any
// part may be missing (aws/eks-pod-identity-agent, pkg/errors). Older ones answer with a whole
// error of Go's, in which the code stands before a colon.
var (
	agentError = regexp.MustCompile(`^\[([^\]\n]*)\](?::\s*(?:\((\w+)\):\s*)?(.*?)(?:,\s*fault:\s*\w+)?)?\s*$`)
	innerCode  = regexp.MustCompile(`\b([A-Z]\w+Exception): `)
)

// readError reads an error of the agent's, or one in JSON as ECS and sidecars answer.
func (a *answer) readError() {
	text := strings.TrimSpace(string(a.body))
	if m := agentError.FindStringSubmatch(text); m != nil {
		a.requestID, a.code, a.message, a.fromAgent = m[1], m[2], m[3], true
	} else {
		var e struct{ Code, Message string }
		if json.Unmarshal(a.body, &e) == nil {
			a.code, a.message = e.Code, e.Message
		}
	}
	if m := innerCode.FindStringSubmatch(a.message); m != nil && a.code == "" {
		a.code = m[1]
	}
}

// Knows reports whether an answer to a request without a token is one of the endpoint's own kind:
// the agent of EKS names what it lacks in a form of its own, others may answer as they like.
func (c *Client) Knows(resp *http.Response) bool {
	a, err := readAnswer(resp)
	return a.fromAgent || !c.IsEKS() && (err == nil || a.status < http.StatusInternalServerError)
}

// Why an answer with status 200 holds no session.
var (
	errNotJSON    = fmt.Errorf("%w: it is not JSON", stsclient.ErrAnswer)
	errNone       = fmt.Errorf("%w: it holds no credentials", stsclient.ErrAnswer)
	errIncomplete = fmt.Errorf("%w: its credentials are incomplete", stsclient.ErrAnswer)
	errNoEnd      = fmt.Errorf("%w: it does not say when the credentials expire", stsclient.ErrAnswer)
)

// session reads the credentials. The SDK takes an empty object for credentials, which sign requests
// with an empty key, and dies of null.
func (a *answer) session(mustExpire bool) (Session, error) {
	var c *struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		Token           string
		AccountID       string `json:"AccountId"`
		Expiration      *time.Time
	}
	err := json.Unmarshal(a.body, &c)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax), len(a.body) == 0:
		return Session{}, errNotJSON
	case err != nil:
		return Session{}, errIncomplete
	case c == nil || c.AccessKeyID == "" && c.SecretAccessKey == "" && c.Token == "":
		return Session{}, errNone
	case c.AccessKeyID == "" || c.SecretAccessKey == "" || c.Token == "":
		return Session{}, errIncomplete
	case c.Expiration == nil && mustExpire:
		return Session{}, errNoEnd
	}
	s := Session{Date: a.date, Credentials: aws.Credentials{
		AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.Token,
		AccountID: c.AccountID, Source: providerName,
	}}
	if c.Expiration != nil {
		s.Credentials.CanExpire, s.Credentials.Expires = true, *c.Expiration
	}
	return s, nil
}
