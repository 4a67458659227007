package advice

import (
	"cmp"
	"net"
)

// Topics of what stands between a pod and STS: TLS, proxies, and whatever answers in STS's place.

// Certificate is a certificate that this program doesn't trust.
var Certificate = &Topic{
	"The certificate that the STS endpoint presents is not trusted: a proxy that opens TLS, an endpoint with a " +
		"certificate of its own, " +
		"or an image without CA certificates.",
	func(f Facts) []Step {
		steps := []Step{
			run("If a TLS interceptor or a private CA is meant to be there, give its CA (CA_BUNDLE is its path "+
				"in the container; it replaces the "+
				"system's certificates, and must hold AWS's too where AWS is reached without it):",
				f.pod().SetEnv("AWS_CA_BUNDLE="+Word("", "CA_BUNDLE"))),
			say("An image made from scratch has no certificates: copy /etc/ssl/certs/ca-certificates.crt into it."),
		}
		if f.Endpoint != "" {
			return append(steps, run("Who issued the certificate, and for which names and times:",
				"openssl s_client "+
					"-connect "+Word(net.JoinHostPort(f.hostname(), f.port()), "HOST_AND_PORT")+
					" -servername "+Word(f.hostname(), "HOST")+
					" </dev/null | openssl x509 -noout -issuer -subject -dates"))
		}
		return steps
	},
}

func (f Facts) port() string {
	if _, port, err := net.SplitHostPort(f.host()); err == nil {
		return port
	}
	return "443"
}

// CertificateTime is a certificate that is not valid at this machine's time.
var CertificateTime = &Topic{
	"The certificate of the STS endpoint is not valid at this machine's time.",
	func(f Facts) []Step {
		clock := "this node's clock"
		if !f.Clock.IsZero() {
			clock += ", which says " + utc(f.Clock) + ","
		}
		return []Step{say("By " + clock + " the certificate is not valid: set up time synchronisation on " +
			"the node. " +
			"If the clock is right, something on the way presents an old certificate of its own.")}
	},
}

// NotTLS is an endpoint that doesn't speak TLS.
var NotTLS = &Topic{
	"What answers at the STS endpoint does not speak TLS.",
	func(f Facts) []Step {
		if f.Proxy != "" {
			return Proxy.Steps(f)
		}
		return []Step{
			say("See that the port is the one for https, and that HTTPS_PROXY, if it is set, has the proxy's own " +
				"scheme: http:// for most proxies."),
			brokenTLS(f),
		}
	},
}

// TLSFailed is a handshake that failed or did not end.
var TLSFailed = &Topic{"TLS with the STS endpoint could not be set up.", func(f Facts) []Step {
	if f.Proxy != "" {
		return Proxy.Steps(f)
	}
	return []Step{brokenTLS(f)}
}}

func brokenTLS(Facts) Step {
	return say("Something on the way breaks TLS: a firewall that filters by name, or a service that is not STS " +
		"on port 443.")
}

// Proxy is a proxy that can't be reached, or does not let a request through.
var Proxy = &Topic{
	"The proxy that HTTPS_PROXY names does not let the request through, or can't be reached.",
	func(f Facts) []Step {
		steps := []Step{say("The proxy comes from HTTPS_PROXY or HTTP_PROXY: let it allow " +
			"CONNECT to " + f.host() + ".")}
		reach := say("See that the name and the port are right, that it runs, and that network policies let this " +
			"pod out to it; " +
			"where it asks for a user and a password, that they are in its URL.")
		if !f.Connected {
			steps = []Step{say("The proxy comes from HTTPS_PROXY or HTTP_PROXY: see that the name and the port " +
				"are right, that it runs, " +
				"and that network policies let this pod out to it."), say("Then let it allow " +
				"CONNECT to " + f.host() + ".")}
			reach = say("Where the proxy asks for a user and a password, they belong into its URL.")
		}
		return append(steps, reach, passProxy(f))
	},
}

// ProxyPassed is a request that goes by a proxy, where an endpoint in the VPC would not need one.
var ProxyPassed = &Topic{"STS is reached through a proxy.", func(f Facts) []Step { return []Step{passProxy(f)} }}

// passProxy is how STS is reached without the proxy.
func passProxy(f Facts) Step {
	without := f.hostname()
	if f.NoProxy != "" {
		without = f.NoProxy + "," + without
	}
	return run("If STS has a VPC endpoint, leave the proxy out of "+
		"the way:", f.pod().SetEnv("NO_PROXY="+Word(without, "NO_PROXY")))
}

// ProxyURL is a proxy variable that names no proxy.
var ProxyURL = &Topic{
	"A proxy variable is not a URL that names a proxy.",
	all(say("It has the form http://user:password@host:port, in which every character of user and password that " +
		"is not a letter or digit is percent-encoded.")),
}

// Redirect is an answer that sends the request elsewhere.
var Redirect = &Topic{
	"What answered redirects the request. STS never does, and a redirect is not followed: the token goes " +
		"nowhere else.",
	all(
		say("See whether AWS_ENDPOINT_URL_STS, if it is set, has the right scheme, host and port: a redirect "+
			"from http to https is the usual one. "+
			"If the host that the error names is to have the token, set it to that one's URL."),
		say("If AWS's own STS was asked, a proxy or a portal in between answered: see what HTTPS_PROXY says in "+
			"this container."),
	),
}

// Ended is credentials that had ended when they arrived.
var Ended = &Topic{
	"The credentials had ended when they arrived: the clock of the STS is wrong, something on the way repeats an " +
		"old answer, or it took longer than the session lasts.",
	all(
		say("Compare the times in the error with the present one. If STS is not AWS's own, set its clock, and "+
			"let its sessions last for at least 15 minutes."),
		say("If both are long past, a proxy repeats an old answer: see what HTTPS_PROXY says in this container."),
	),
}

// StrangeAnswer is an answer that STS would not give.
var StrangeAnswer = &Topic{
	"What answered is not STS, or the answer was damaged on its way: it can't be used. A proxy's or a portal's " +
		"page is the usual cause.",
	onTheWay(func(f Facts) []Step {
		url := cmp.Or(f.Scheme, "https") + "://" + f.host() + "/?Action=GetCallerIdentity&Version=2011-06-15"
		return []Step{
			say("Something on the way (a proxy, a captive portal, a service mesh) answers what is meant for " +
				"STS. Let " + f.hostname() +
				" pass; see what HTTPS_PROXY and AWS_ENDPOINT_URL_STS say in this container."),
			run("See who answers, without a token (STS answers with status 403 and an ErrorResponse "+
				"in XML):", "curl -sS -D - "+Word(url, "URL")),
		}
	}),
}

// ServerFault is an STS that is out of order.
var ServerFault = &Topic{
	"STS, or what stands in front of it, is out of order. The exchange is retried.",
	all(
		say("Credentials that are at hand are served until they end."),
		say("If it persists, look at the AWS Health Dashboard, and at the proxy if there is one."),
	),
}

// NotSTS is another service at the endpoint.
var NotSTS = &Topic{
	"The endpoint is not an STS: it does not know the operation. It is probably S3's or another service's.",
	func(f Facts) []Step {
		step := say("Set AWS_ENDPOINT_URL_STS to an STS, or leave it out. An endpoint that is meant for S3 " +
			"belongs into AWS_ENDPOINT_URL_S3, not into AWS_ENDPOINT_URL.")
		if f.STSEndpoint != "" || f.AnyEndpoint != "" {
			return []Step{step, leaveEndpoint(f, "", "")}
		}
		return []Step{step}
	},
}

// Withheld is a token that was not sent.
var Withheld = &Topic{
	"The token was not sent: the request would have gone to a host that is not meant to have it.",
	all(
		say("A token of EKS goes to AWS's own STS, to a loopback address, or to an endpoint that is named for "+
			"STS: if this host is to have it, set AWS_ENDPOINT_URL_STS to its URL."),
		say("An endpoint that is meant for S3 belongs into AWS_ENDPOINT_URL_S3, or into the options of the S3 "+
			"client."),
	),
}

// Clock is a machine whose clock differs from STS's.
var Clock = &Topic{
	"This node's clock and STS's are apart.",
	all(say("Set up time synchronisation (chrony with 169.254.169.123) on the node. Refreshing allows for it; " +
		"AWS refuses requests from five minutes on.")),
}
