package diagnose

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"slices"
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
		case p.proxy != nil:
			c.Detail = "the proxy: " + addresses(p.addresses)
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
		why = fmt.Sprintf("no answer within %s", round(p.received.Sub(p.sent)))
	}
	to := p.endpoint.Host
	if p.atProxy() {
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
	p, endpoint := s.probe, partition.STSService(s.cfg.Region)
	switch {
	case at == handshaking && outOfTime(p.err):
		return "By this node's clock, which says " + p.sent.UTC().Format(time.RFC3339) + ", the certificate is not valid: set up time synchronisation on the node. " +
			"If the clock is right, something on the way presents an old certificate of its own."
	case at == handshaking && untrusted(p.err):
		return paste("Something on the way presents its own certificate, or the image has no CA certificates. If a TLS interceptor is meant to be there, give its CA "+
			"(CA_BUNDLE is its path in the container; it replaces the system's certificates, and must hold AWS's too where AWS is reached without it):",
			s.pod().SetEnv("AWS_CA_BUNDLE="+kubectl.Word("", "CA_BUNDLE")))
	case p.proxy != nil && !p.connected:
		return "The proxy comes from HTTPS_PROXY or HTTP_PROXY: see that the name and the port are right, that it runs, and that network policies let this pod out to it."
	case p.proxy != nil:
		return "The proxy comes from HTTPS_PROXY or HTTP_PROXY: let it allow CONNECT to " + p.endpoint.Host + "."
	case !partition.IsAWSHost(p.endpoint.Hostname()) && at != handshaking:
		return s.leaveEndpoint("The endpoint is not one of AWS's own: ", ", or see that "+p.endpoint.Host+" is an STS that runs")
	case at == resolving:
		return "Check the region's name, the cluster's DNS (CoreDNS), and the VPC's enableDnsSupport. A cluster without a way to the internet needs " +
			"the interface endpoint " + endpoint + " with private DNS."
	case at == connecting && private(p.addresses):
		return "The address is the VPC endpoint's: its security group must let the nodes and pods in on port 443, and network policies must let this pod out."
	case at == connecting:
		return "The address is public: the subnet needs a NAT gateway, or the VPC the interface endpoint " + endpoint +
			" with private DNS. Network policies and security groups must let this pod out on port 443."
	case at == handshaking:
		return "Something on the way breaks TLS: a firewall that filters by name, or a service that is not STS on port 443."
	}
	return "Something on the way (a proxy, a captive portal, a service mesh) answers, or swallows, what is meant for STS. Let " + p.endpoint.Hostname() + " pass."
}

// leaveEndpoint is the advice to do without an endpoint that is none of AWS's.
func (s *subject) leaveEndpoint(words, unless string) string {
	general := os.Getenv("AWS_ENDPOINT_URL")
	switch {
	case os.Getenv("AWS_ENDPOINT_URL_STS") != "":
		return paste(words+"AWS_ENDPOINT_URL_STS names it. Leave it out"+unless+":", s.pod().SetEnv("AWS_ENDPOINT_URL_STS-"))
	case general != "":
		if u, err := url.Parse(general); err != nil || u.User != nil {
			general = "" // there may be a password in it
		}
		return paste(words+"AWS_ENDPOINT_URL names it, for every service. Name it for the one that it is meant for, such as S3"+unless+":",
			s.pod().SetEnv("AWS_ENDPOINT_URL-", "AWS_ENDPOINT_URL_S3="+kubectl.Word(general, "ENDPOINT_URL")))
	}
	return words + "the shared config file names it. Correct it" + unless + "."
}

// ofVPC are the ranges that a VPC may have beside the private ones: EKS's pods are
// often given addresses of theirs.
var ofVPC = []netip.Prefix{netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("198.19.0.0/16")}

func private(addresses []netip.Addr) bool {
	for _, a := range addresses {
		in := func(p netip.Prefix) bool { return p.Contains(a) }
		if !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !slices.ContainsFunc(ofVPC, in) {
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
