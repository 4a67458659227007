package diagnose

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/kubectl"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// network turns the probe into three checks, one for each way to fail before STS
// has said a word.
func (s *subject) network() []Check {
	names := []string{"sts resolve", "sts connect", "sts tls", "sts answer"}
	checks := make([]Check, len(names))
	p := s.probe
	for i, name := range names {
		at := phase(i) // a name for each phase, in the same order
		c := Check{Name: name}
		switch {
		case p == nil:
			c.Result, c.Detail = Skipped, s.whyNoProbe()
		case at > p.phase:
			c.Result, c.Detail = Skipped, "not reached"
		case at == p.phase && p.err != nil:
			c.Result, c.Detail, c.Fix = Fail, s.failed(at), s.advice(at)
		default:
			c = s.passed(c, at)
		}
		checks[i] = c
	}
	return checks
}

func (s *subject) whyNoProbe() string {
	if s.opts.Offline {
		return "offline"
	}
	return "the endpoint is not known"
}

func (s *subject) passed(c Check, at phase) Check {
	p := s.probe
	switch at {
	case resolving:
		switch {
		case p.proxy != nil && len(p.addresses) == 0:
			c.Detail = "left to the proxy"
		case len(p.addresses) == 0:
			c.Detail = p.endpoint.Hostname() + " needs no look-up"
		default:
			c.Detail = addresses(p.addresses)
		}
	case connecting:
		c.Detail = "connected"
	case handshaking:
		c.Detail = "the certificate is trusted"
		if p.endpoint.Scheme == "http" {
			c.Detail = "plain http"
		}
	default:
		c.Detail = fmt.Sprintf("status %d, as STS answers a request without a signature", p.status)
		if !p.sts {
			c.Result = Fail
			c.Detail = fmt.Sprintf("status %d, not from STS: something on the way answers in its place", p.status)
			c.Fix = s.advice(waiting)
		}
	}
	return c
}

func (s *subject) failed(at phase) string {
	p := s.probe
	what := [...]string{"look up", "connect to", "agree on TLS with", "get an answer from"}[min(int(at), 3)]
	why := p.err.Error()
	if timedOut(p.err) {
		why = fmt.Sprintf("no answer within %s", probeTime)
	}
	to := p.endpoint.Host
	if p.proxy != nil && at != waiting {
		to = "the proxy " + p.proxy.Host
	}
	detail := fmt.Sprintf("can't %s %s: %s", what, to, why)
	if len(p.addresses) > 0 && at == connecting {
		detail += " (" + addresses(p.addresses) + ")"
	}
	return detail
}

// advice says what usually is the matter at a phase.
func (s *subject) advice(at phase) string {
	p, endpoint := s.probe, "com.amazonaws."+s.cfg.Region+".sts"
	switch {
	case p.proxy != nil:
		return "The proxy comes from HTTPS_PROXY or HTTP_PROXY. Let it allow CONNECT to " + p.endpoint.Host + ". " + s.passProxy()
	case !partition.IsAWSHost(p.endpoint.Hostname()) && at != handshaking:
		return s.otherEndpoint()
	case at == resolving:
		return "Check the region's name, the cluster's DNS (CoreDNS), and the VPC's enableDnsSupport. A cluster without a way to the internet needs " +
			"the interface endpoint " + endpoint + " with private DNS."
	case at == connecting && private(p.addresses):
		return "The address is the VPC endpoint's: its security group must let the nodes and pods in on port 443, and network policies must let this pod out."
	case at == connecting:
		return "The address is public: the subnet needs a NAT gateway, or the VPC the interface endpoint " + endpoint +
			" with private DNS. Network policies and security groups must let this pod out on port 443."
	case at == handshaking && untrusted(p.err):
		return paste("Something on the way presents its own certificate, or the image has no CA certificates. If a TLS interceptor is meant to be there, give its CA (CA_BUNDLE is its path in the container):",
			s.pod().SetEnv("AWS_CA_BUNDLE="+kubectl.Word("", "CA_BUNDLE")))
	case at == handshaking:
		return "Something on the way breaks TLS: a firewall that filters by name, or a service that is not STS on port 443."
	}
	return "Something on the way (a proxy, a captive portal, a service mesh) answers, or swallows, what is meant for STS. Let " + p.endpoint.Hostname() + " pass."
}

// otherEndpoint is the advice where the endpoint is none of AWS's.
func (s *subject) otherEndpoint() string {
	const words = "The endpoint is not one of AWS's own: "
	runs := ", or see that " + s.probe.endpoint.Host + " is an STS that runs"
	general := os.Getenv("AWS_ENDPOINT_URL")
	switch {
	case os.Getenv("AWS_ENDPOINT_URL_STS") != "":
		return paste(words+"AWS_ENDPOINT_URL_STS names it. Leave it out"+runs+":", s.pod().SetEnv("AWS_ENDPOINT_URL_STS-"))
	case general != "":
		return paste(words+"AWS_ENDPOINT_URL names it, for every service. Name it for the one that it is meant for, such as S3"+runs+":",
			s.pod().SetEnv("AWS_ENDPOINT_URL-", "AWS_ENDPOINT_URL_S3="+kubectl.Quote(general)))
	}
	return words + "the shared config file names it. Correct it" + runs + "."
}

func private(addresses []netip.Addr) bool {
	for _, a := range addresses {
		if !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			return false
		}
	}
	return len(addresses) > 0
}

func addresses(all []netip.Addr) string {
	var s []string
	for _, a := range all {
		kind := "public"
		if private([]netip.Addr{a}) {
			kind = "private"
		}
		s = append(s, a.String()+" ("+kind+")")
	}
	return strings.Join(s, ", ")
}

// skewLimit is the difference of clocks from which a warning is worth it: AWS
// refuses signatures that are five minutes off.
const skewLimit = 30 * time.Second

func (s *subject) clock() Check {
	c := Check{Name: "clock"}
	p := s.probe
	if p == nil || p.date.IsZero() {
		c.Result, c.Detail = Skipped, "no answer of STS to compare with"
		return c
	}
	// The header has whole seconds: a smaller difference can't be seen.
	skew := p.sent.Sub(p.date).Truncate(time.Second)
	direction := "ahead of"
	if skew < 0 {
		direction = "behind"
	}
	switch {
	case skew.Abs() < 2*time.Second:
		c.Detail = "agrees with STS"
	case skew.Abs() < skewLimit:
		c.Detail = fmt.Sprintf("%s %s STS", skew.Abs(), direction)
	default:
		c.Result = Warn
		c.Detail = fmt.Sprintf("%s %s STS", skew.Abs(), direction)
		c.Fix = "Set up time synchronisation (chrony with 169.254.169.123) on the node. Refreshing allows for it; requests are refused from five minutes on."
	}
	return c
}
