package diagnose

import (
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/kubectl"
)

// proxies says whether requests to STS take a proxy.
func (s *subject) proxies() Check {
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
		c.Result, c.Detail = Warn, set+" is set, and is no URL that names a proxy"
		c.Fix = "It has the form http://user:password@host:port, in which every character of user and password that is no letter or digit is percent-encoded."
	case s.probe != nil && s.probe.proxy != nil:
		c.Detail = fmt.Sprintf("%s is reached through %s", s.endpoint.Host, named(s.probe.proxy))
		if set != "" {
			c.Detail += " (" + set + "; NO_PROXY does not name it)"
		}
		if s.probe.phase != answered {
			c.Result = Warn
			c.Fix = s.passProxy()
		}
	case set != "" && s.endpoint != nil:
		c.Detail = fmt.Sprintf("%s is set and %s does not take it", set, s.endpoint.Host)
	case set != "":
		c.Result, c.Detail = Skipped, set+" is set; the endpoint is not known"
	default:
		c.Detail = "none"
	}
	return c
}

// named is the proxy without its password, wherever that stands in a URL that is not
// what was meant.
func named(proxy *url.URL) string {
	u := url.URL{Scheme: proxy.Scheme, User: proxy.User, Host: proxy.Host}
	return u.Redacted()
}

// isProxy reports whether a proxy can be found by a variable's value. What is no URL
// net/http takes for the name of a host, or passes over in silence.
func isProxy(value string) bool {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	return err == nil && u.Host != ""
}

// passProxy is the advice to reach STS without the proxy.
func (s *subject) passProxy() string {
	without := s.endpoint.Hostname()
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		if v := os.Getenv(name); v != "" {
			without = v + "," + without
			break
		}
	}
	return paste("If STS has a VPC endpoint, leave the proxy out of the way:", s.pod().SetEnv("NO_PROXY="+kubectl.Quote(without)))
}
