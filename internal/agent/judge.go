package agent

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// A meaning is a row of the agent's answers: status, code and part of the message, to what it
// means.
type meaning struct {
	status int    // 0: any
	code   string // in lower case; "": any
	text   string // part of the message, in lower case; "": any
	topic  *advice.Topic
}

// meanings is the one table of them, by the agent's source (aws/eks-pod-identity-agent,
// pkg/handlers, internal/validation, pkg/errors) and the model of EKS Auth. The first row that fits
// counts.
var meanings = []meaning{
	{400, "", "token cannot be empty", advice.AgentNoToken},
	{400, "", "cannot be parsed", advice.AgentBadToken},
	{400, "", "token is expired", advice.AgentExpired},
	{400, "", "is not valid yet", advice.NotYetValid},
	{400, "expiredtokenexception", "", advice.AgentExpired},
	{400, "invalidtokenexception", "", advice.AgentBadToken},
	{0, "accessdeniedexception", "unauthorized exception", advice.AgentTrust},
	{0, "accessdeniedexception", "", advice.AgentNodeRole},
	{0, "invalidparameterexception", "", advice.AgentBadToken},
	{0, "invalidrequestexception", "", advice.AgentBadToken},
	{0, "resourcenotfoundexception", "", advice.AgentNoAssociation},
	{0, "throttlingexception", "", advice.Throttled},
	{429, "", "", advice.Throttled},
	{403, "", "invalid address", advice.AgentAddress},
}

func judge(a *answer, eks bool) *advice.Topic {
	code, message := strings.ToLower(a.code), strings.ToLower(a.message)
	for _, m := range meanings {
		if (m.status == 0 || m.status == a.status) && (m.code == "" || m.code == code) && strings.Contains(message,
			m.text) &&
			(m.code != "" || a.fromAgent || m.status == http.StatusTooManyRequests) {
			return m.topic
		}
	}
	switch {
	case a.status >= 300 && a.status < 400:
		return advice.Redirect
	case a.status >= 500 && eks:
		return advice.AgentUpstream
	case a.status >= 500:
		return advice.ServerFault
	case eks && !a.fromAgent:
		return advice.AgentOther
	}
	return advice.ContainerRefused
}

// failure says what the end of a request means.
func failure(c *Client, seen stsclient.Seen, a *answer, err error, token string) *stsclient.Failure {
	hide := func(s string) string { return stsclient.Redact(s, token) }
	f := &stsclient.Failure{
		Scheme: c.endpoint.Scheme, Endpoint: c.endpoint.Host, Phase: seen.Phase, Addresses: seen.Addresses,
		Partial: a != nil && stsclient.Timeout(err),
	}
	if a != nil {
		f.Status, f.Code, f.Message, f.RequestID = a.status, hide(a.code), hide(a.message), hide(a.requestID)
	}
	clean := stsclient.Clean(err, token)
	switch {
	case errors.Is(err, stsclient.ErrWithheld):
		f.Topic, f.Err = advice.AgentAddress, clean
	case a != nil && a.status != http.StatusOK && a.status != 0 && !f.Partial && !errors.Is(err, stsclient.ErrAnswer):
		f.Topic = judge(a, c.IsEKS())
		f.Err = fmt.Errorf("%s", said(f))
	case errors.Is(err, stsclient.ErrAnswer):
		f.Topic, f.Err = advice.StrangeAnswer, clean
		if c.IsEKS() {
			f.Topic = advice.AgentOther
		}
	default:
		f.Topic, f.Err = c.Unanswered(err, seen.Phase), clean
		if cause := seen.Unreachable(clean); cause != nil {
			f.Err = cause
		}
	}
	return f
}

// Unanswered says what it means that a request got no answer.
func (c *Client) Unanswered(err error, at stsclient.Phase) *advice.Topic {
	topic := stsclient.JudgeConnection(err, at)
	if !c.IsEKS() {
		return topic
	}
	switch {
	case topic == advice.Refused, errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return advice.AgentAbsent
	case stsclient.Timeout(err) && at <= stsclient.Connecting:
		return advice.AgentBlocked
	case stsclient.Timeout(err):
		return advice.AgentUpstream
	}
	return topic
}

// said is the answer's own words on a line.
func said(f *stsclient.Failure) string {
	line := ""
	if f.Code != "" {
		line = text.Line(f.Code) + ": "
	}
	if f.Message != "" {
		line += text.Line(text.Clip(f.Message)) + " "
	}
	line += fmt.Sprintf("(status %d", f.Status)
	if f.RequestID != "" {
		line += ", request id " + text.Line(f.RequestID)
	}
	return line + ")"
}
