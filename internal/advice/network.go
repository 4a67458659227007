package advice

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// Topics of a request that got no answer.

// NameUnknown is a host that has no address.
var NameUnknown = &Topic{
	"The name of the STS endpoint does not resolve: it is misspelt, the region does not exist, or the cluster's " +
		"DNS does not know it.",
	onTheWay(func(f Facts) []Step {
		return []Step{
			say("Check the region's name, the cluster's DNS (CoreDNS), and the VPC's enableDnsSupport. A cluster " +
				"without a way to the internet needs " +
				"the interface endpoint " + f.vpcService() + " with private DNS."),
			lookup(f),
		}
	}),
}

// VariantUnknown is the host of a FIPS or dual-stack endpoint that has no address.
var VariantUnknown = &Topic{
	"The name of the STS endpoint does not resolve. It is the name that the SDK makes up for FIPS or dual-stack, and STS " +
		"has such an endpoint in few regions.",
	func(f Facts) []Step {
		var steps []Step
		if strings.HasPrefix(f.hostname(), "sts-fips.") {
			words := "In a region without a FIPS endpoint, leave FIPS to the services that need it. It is turned on by " +
				"AWS_USE_FIPS_ENDPOINT, by use_fips_endpoint of a profile, or by config.WithUseFIPSEndpoint"
			if !partition.HasSTSFIPS(f.region()) {
				words = "STS has no sts-fips endpoint in " + f.region() + ". " + words
			}
			steps = append(steps, run(words+":", f.pod().SetEnv("AWS_USE_FIPS_ENDPOINT-")),
				say("Where FIPS is a must, let STS of us-east-1, us-east-2, us-west-1 or us-west-2 make the exchange: name "+
					"its URL, https://sts-fips.us-east-1.amazonaws.com say, in AWS_ENDPOINT_URL_STS, and unset "+
					"AWS_USE_FIPS_ENDPOINT. GovCloud's STS has FIPS under its usual name."))
		}
		if dualStack.MatchString(f.hostname()) {
			steps = append(steps, run("Dual-stack is turned on by AWS_USE_DUALSTACK_ENDPOINT, by use_dualstack_endpoint of a "+
				"profile, or by config.WithUseDualStackEndpoint. The usual endpoint has IPv4:",
				f.pod().SetEnv("AWS_USE_DUALSTACK_ENDPOINT-")))
		}
		return append(steps, lookup(f))
	},
}

// Hosts of dual-stack endpoints: sts.eu-west-1.api.aws, and in China …api.amazonwebservices.com.cn.
var dualStack = regexp.MustCompile(`^sts(?:-fips)?\.[a-z0-9-]+\.api\.`)

// OfName is the topic of a host without an address.
func OfName(host string) *Topic {
	if strings.HasPrefix(host, "sts-fips.") || dualStack.MatchString(host) {
		return VariantUnknown
	}
	return NameUnknown
}

// ResolverSilent is a DNS that does not answer.
var ResolverSilent = &Topic{
	"The cluster's DNS gave no answer for the name of the STS endpoint. The exchange is retried.",
	onTheWay(func(f Facts) []Step {
		return []Step{
			lookup(f),
			run("See that CoreDNS runs, and that no NetworkPolicy keeps the pod from UDP and TCP port 53:",
				"kubectl -n kube-system get pods -l k8s-app=kube-dns"),
			say("A cluster without a way to the internet needs the interface " +
				"endpoint " + f.vpcService() + " with private DNS."),
		}
	}),
}

// Refused is an endpoint where nobody listens.
var Refused = &Topic{
	"The STS endpoint refuses the connection: nothing listens there, a firewall rejects it, or the sidecar that all of " +
		"the pod's connections go through has not started.",
	onTheWay(func(f Facts) []Step {
		return append([]Step{say("With a service mesh's sidecar, the first exchange waits for it for 20 seconds. If that " +
			"is not enough, start it first: as a native sidecar (an init container with restartPolicy: Always), or with " +
			"Istio's holdApplicationUntilProxyStarts, Linkerd's config.linkerd.io/proxy-await.")}, wayOut(f)...)
	}),
}

// NoAnswer is an endpoint that did not answer in time.
var NoAnswer = &Topic{
	"The STS endpoint did not answer in time. A cluster without a way to the internet needs an interface " +
		"endpoint for STS in the VPC.",
	onTheWay(wayOut),
}

// NoConnection is any other failure to reach the endpoint.
var NoConnection = &Topic{"There is no connection to the STS endpoint.", onTheWay(wayOut)}

// Cut is a connection that ended before the answer was complete.
var Cut = &Topic{
	"The connection to the STS endpoint was cut before the answer was complete. The exchange is retried.",
	onTheWay(func(f Facts) []Step {
		return append([]Step{say("If it persists, a proxy, a service mesh or a firewall in between ends the " +
			"connection.")}, wayOut(f)...)
	}),
}

// SilentAfterConnect is an endpoint that is connected to and never answers.
var SilentAfterConnect = &Topic{
	"The STS endpoint is connected, and did not answer in time.",
	onTheWay(func(f Facts) []Step {
		return []Step{say("Something on the way (a proxy, a captive portal, a service mesh) swallows what is " +
			"meant for STS. Let " + f.hostname() + " pass.")}
	}),
}

// onTheWay puts what concerns the way before a topic's own steps: a proxy, and an endpoint that is
// none of AWS's.
func onTheWay(steps func(Facts) []Step) func(Facts) []Step {
	return func(f Facts) []Step {
		switch {
		case f.Proxy != "":
			return Proxy.Steps(f)
		case f.Endpoint != "" && !partition.IsAWSHost(f.hostname()):
			return []Step{leaveEndpoint(f, "The endpoint is not one of "+
				"AWS's own: ", ", or see that "+f.Endpoint+" is an STS that runs")}
		}
		return steps(f)
	}
}

// leaveEndpoint is what to do about an endpoint that is none of AWS's.
func leaveEndpoint(f Facts, words, unless string) Step {
	switch {
	case f.STSEndpoint != "":
		return run(words+"AWS_ENDPOINT_URL_STS names it. "+
			"Leave it out"+unless+":", f.pod().SetEnv("AWS_ENDPOINT_URL_STS-"))
	case f.AnyEndpoint != "":
		general := f.AnyEndpoint
		if u, err := url.Parse(general); err != nil || u.User != nil {
			general = "" // it may hold a password
		}
		return run(words+"AWS_ENDPOINT_URL names it, for every service. Name it for the one that it is meant "+
			"for, such as S3"+unless+":",
			f.pod().SetEnv("AWS_ENDPOINT_URL-", "AWS_ENDPOINT_URL_S3="+Word(general, "ENDPOINT_URL")))
	}
	return say(words + "the shared config file names it, or the code does. Correct it" + unless + ".")
}

// wayOut is what a request to AWS's own STS needs, by the kind of address that it has.
func wayOut(f Facts) []Step {
	switch {
	case len(f.Addresses) == 0:
		return privateEndpoint(f)
	case Private(f.Addresses...):
		return []Step{say("The address is the VPC endpoint's: its security group must let the nodes and pods in " +
			"on port 443, " +
			"and network policies must let this pod out.")}
	}
	return []Step{say("The address is public: the subnet needs a NAT gateway, or the VPC the interface " +
		"endpoint " + f.vpcService() +
		" with private DNS. Network policies and security groups must let this pod out on port 443.")}
}

// privateEndpoint is what a cluster without a way to the internet needs.
func privateEndpoint(f Facts) []Step {
	return []Step{
		run("See whether the VPC has an interface endpoint for STS; it needs private DNS, and a security group "+
			"that lets the nodes in on port 443:",
			"aws ec2 describe-vpc-endpoints --region "+f.regionWord()+" --filters "+
				"Name=service-name,Values="+f.vpcServiceWord()),
		say("Without one, the nodes' subnets need a route to a NAT gateway, and NetworkPolicies of the pod's " +
			"namespace must let it out on port 443."),
		say("If the way out is a proxy, set HTTPS_PROXY in the pod's spec; if one is set, see that " +
			"it lets " + f.host() + " through."),
	}
}

func (f Facts) vpcService() string { return partition.STSService(cmp.Or(f.region(), "REGION")) }

func (f Facts) vpcServiceWord() string {
	if only(regionForm, f.region()) == "" {
		return partition.STSService(f.regionWord())
	}
	return Word(f.vpcService(), "SERVICE_NAME")
}

func lookup(f Facts) Step {
	return run("Look the name up from inside the cluster:",
		"kubectl run lookup --rm -it --restart=Never --image=busybox -- "+
			"nslookup "+Word(strings.TrimSuffix(f.hostname(), "."), "HOST"))
}

// hostname is the endpoint without its port.
func (f Facts) hostname() string {
	if name, _, err := net.SplitHostPort(f.host()); err == nil {
		return name
	}
	return f.host()
}

// Ranges that a VPC may have beside the private ones: EKS's pods often have addresses of theirs
// (RFC 6598 and the end of RFC 2544's).
var ofVPC = []netip.Prefix{netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("198.19.0.0/16")}

// Private reports whether all addresses are of the kind that a VPC has; false for none.
func Private(addresses ...netip.Addr) bool {
	for _, a := range addresses {
		in := func(p netip.Prefix) bool { return p.Contains(a) }
		if !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && !slices.ContainsFunc(ofVPC, in) {
			return false
		}
	}
	return len(addresses) > 0
}
