package diagnose

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// asksAgent reports whether the credentials come from the container's endpoint and from nowhere
// else.
func (e *evidence) asksAgent() bool { return e.agent != nil && len(e.decision.Hops) == 0 }

// network returns a check for each step of a request to what gives the credentials, by how far the
// probe got.
func (e *evidence) network() []Check {
	who, judge := "sts", stsclient.JudgeConnection
	if e.asksAgent() {
		who, judge = "agent", e.agent.Unanswered
	}
	steps := []string{" resolve", " connect", " tls", " answer"}
	checks := make([]Check, len(steps))
	p := e.probe
	for i, step := range steps {
		at := stsclient.Resolving + stsclient.Phase(i) // steps has one for each phase, in their order
		c := Check{Name: who + step}
		switch {
		case p == nil:
			c.Result, c.Detail = Skipped, e.whyNoProbe()
		case at > p.reached():
			c.Result, c.Detail = Skipped, "not reached"
		case at == p.reached() && p.err != nil:
			c.Result, c.Detail, c.Fix = Fail, e.failed(at), e.fix(judge(p.err, at))
		default:
			c = e.passed(c, at)
		}
		checks[i] = c
	}
	return checks
}

// whyNoProbe says why no request was made.
func (e *evidence) whyNoProbe() string {
	if e.opts.Offline {
		return "offline"
	}
	return "the endpoint is not known"
}

// passed returns the check of a step that succeeded.
func (e *evidence) passed(c Check, at stsclient.Phase) Check {
	p := e.probe
	switch at {
	case stsclient.Resolving:
		switch {
		// A proxy gets the name in its CONNECT request, and resolves it itself.
		case p.proxy != nil && len(p.seen.Addresses) == 0:
			c.Detail = "left to the proxy"
		case len(p.seen.Addresses) == 0:
			c.Detail = p.endpoint.Hostname() + " is an address"
		case p.proxy != nil:
			c.Detail = "the proxy: " + addresses(p.seen.Addresses)
		default:
			c.Detail = addresses(p.seen.Addresses)
		}
	case stsclient.Connecting:
		c.Detail = "connected"
	case stsclient.Handshaking:
		c.Detail = "the certificate is trusted"
		if p.endpoint.Scheme == "http" {
			c.Detail = "plain http"
		}
	default:
		e.answered(&c)
	}
	return c
}

// answered judges the answer. A captive portal, a proxy's page or another service may answer with
// any status.
func (e *evidence) answered(c *Check) {
	p := e.probe
	switch {
	case p.known && e.asksAgent():
		c.Detail = fmt.Sprintf("status %d to a request without a token", p.status)
	case p.known:
		c.Detail = fmt.Sprintf("status %d, as STS answers a request without a signature", p.status)
	case e.asksAgent():
		c.Result, c.Fix = Fail, e.fix(advice.AgentOther)
		c.Detail = fmt.Sprintf("status %d, not from the EKS Pod Identity agent: something else answers in its place", p.status)
	default:
		c.Result, c.Fix = Fail, e.fix(advice.StrangeAnswer)
		c.Detail = fmt.Sprintf("status %d, not from STS: something else answers in its place", p.status)
	}
}

// failed says why a step failed, and where the request went: a timeout has no cause of its own, so
// the time that was waited is its cause.
func (e *evidence) failed(at stsclient.Phase) string {
	p := e.probe
	what := [...]string{"look up", "connect to", "agree on TLS with", "get an answer from"}[at-stsclient.Resolving]
	why := p.err.Error()
	if stsclient.Timeout(p.err) {
		why = fmt.Sprintf("no answer within %s", round(p.received.Sub(p.sent)))
	}
	to := p.endpoint.Host
	if p.atProxy() {
		to = "the proxy " + p.proxy.Host
	}
	detail := fmt.Sprintf("can't %s %s: %s", what, to, why)
	if len(p.seen.Addresses) > 0 && at == stsclient.Connecting {
		detail += " (" + addresses(p.seen.Addresses) + ")"
	}
	return detail
}

// addresses lists addresses, each as private or public. STS's public address shows that the VPC has
// no interface endpoint for it, or one without private DNS.
func addresses(all []netip.Addr) string {
	var s []string
	for _, a := range all {
		kind := "public"
		if advice.Private(a) {
			kind = "private"
		}
		s = append(s, a.String()+" ("+kind+")")
	}
	return strings.Join(s, ", ")
}
