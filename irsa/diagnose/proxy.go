package diagnose

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// proxies says whether requests to STS use a proxy, and warns of one that gave no answer. net/http
// takes HTTPS_PROXY for https URLs and HTTP_PROXY for plain http.
func (e *evidence) proxies() Check {
	c := Check{Name: "proxy"}
	set := ""
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		if os.Getenv(name) != "" {
			set = name
			break
		}
	}
	switch {
	case set != "" && !isProxy(os.Getenv(set)):
		c.Result, c.Detail = Warn, set+" is set, and is not a URL that names a proxy"
		c.Fix = e.fix(advice.ProxyURL)
	case e.asksAgent() && set != "":
		e.proxyBesideAgent(&c)
	case e.probe != nil && e.probe.proxy != nil:
		c.Detail = fmt.Sprintf("%s is reached through %s", e.endpoint.Host, redacted(e.probe.proxy))
		if set != "" {
			c.Detail += " (" + set + "; NO_PROXY does not name it)"
		}
		if e.probe.seen.Phase != stsclient.Answered {
			c.Result = Warn
			c.Fix = e.fix(advice.ProxyPassed)
		}
	case set != "" && e.endpoint != nil:
		c.Detail = fmt.Sprintf("%s is set and %s does not take it", set, e.endpoint.Host)
	case set != "":
		c.Result, c.Detail = Skipped, set+" is set; the endpoint is not known"
	default:
		c.Detail = "none"
	}
	return c
}

// proxyBesideAgent judges the proxy that other programs of the pod give the agent's token to, in
// plain text: this module, unlike the SDK, uses none for it.
func (e *evidence) proxyBesideAgent(c *Check) {
	plain := cmp.Or(os.Getenv("HTTP_PROXY"), os.Getenv("http_proxy"))
	host := e.agent.URL().Hostname()
	ip, err := netip.ParseAddr(host)
	switch {
	case plain == "", err == nil && ip.IsLoopback(), excepted(host, noProxy()):
		c.Detail = "not used for the container's credentials"
	default:
		c.Result, c.Fix = Warn, e.fix(advice.AgentProxy)
		c.Detail = "not used for the container's credentials here; NO_PROXY does not name " + host +
			", and other programs ask it through the proxy"
	}
}

// excepted reports whether NO_PROXY excepts an address, by itself or in a range.
func excepted(host, list string) bool {
	ip, _ := netip.ParseAddr(host)
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.Trim(strings.TrimSpace(entry), "[]")
		if within, err := netip.ParsePrefix(entry); entry == "*" || entry == host || err == nil && within.Contains(ip) {
			return true
		}
	}
	return false
}

// redacted returns a proxy's URL without its password. Path and query are left out too: in a
// malformed URL the password may be there.
func redacted(proxy *url.URL) string {
	u := url.URL{Scheme: proxy.Scheme, User: proxy.User, Host: proxy.Host}
	return u.Redacted()
}

// isProxy reports whether a variable's value names a proxy. net/http takes a value without a scheme
// for a host, and silently ignores one that it can't parse.
func isProxy(value string) bool {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	return err == nil && u.Host != ""
}

// noProxy returns the hosts that are excepted from the proxy. net/http reads the variable in both
// cases, upper case first.
func noProxy() string {
	if v := os.Getenv("NO_PROXY"); v != "" {
		return v
	}
	return os.Getenv("no_proxy")
}
