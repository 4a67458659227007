package irsa

import (
	"cmp"
	"net"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/kubectl"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// Advice on exchanges that ended before STS answered.

var adviseWithheld = advice{
	"The token was not sent: the request would have gone to a host that was not meant to have it.",
	func(facts) []string {
		return []string{
			"A token of EKS goes to AWS's own STS, to a loopback address, or to an endpoint that is named for STS: if this host is to have it, set AWS_ENDPOINT_URL_STS to its URL.",
			"An endpoint that is meant for S3 belongs into AWS_ENDPOINT_URL_S3, or into the options of the S3 client.",
		}
	},
}

var adviseVariant = advice{
	"FIPS and dual-stack are choices among AWS's own endpoints: they don't go together with an endpoint that is set, and not every partition has them. Nothing was sent.",
	func(f facts) []string {
		return []string{
			"If an endpoint is set that is to be asked (AWS_ENDPOINT_URL_STS, or AWS_ENDPOINT_URL), leave the choice to it: unset what the error names, AWS_USE_FIPS_ENDPOINT or AWS_USE_DUALSTACK_ENDPOINT (in a profile use_fips_endpoint, use_dualstack_endpoint).",
			"If FIPS or dual-stack is to be used, unset the endpoint: the right one is found by the region. Set for S3 alone, as AWS_ENDPOINT_URL_S3, an endpoint doesn't matter here.",
		}
	},
}

var adviseURL = advice{
	"The endpoint that is set for STS is no URL that a request can be made to. Nothing was sent.",
	func(f facts) []string {
		return []string{"Correct AWS_ENDPOINT_URL_STS, or whatever sets it (AWS_ENDPOINT_URL, a profile, the code): it begins with https:// and has a host, as in https://sts." + f.regionOr("us-east-1") + ".amazonaws.com. Without any, the right one is found by the region."}
	},
}

var adviseName = advice{
	"The name of the STS endpoint does not resolve: it is misspelt, the region does not exist, or the cluster's DNS does not know it.",
	func(f facts) []string {
		return append([]string{"See that AWS_REGION is a region, and AWS_ENDPOINT_URL_STS, if it is set, a URL whose host exists."}, lookup(f)...)
	},
}

var adviseResolver = advice{
	"The cluster's DNS gave no answer for the name of the STS endpoint. It is tried again.",
	func(f facts) []string {
		return append(lookup(f), command("See that CoreDNS runs, and that no NetworkPolicy keeps the pod from UDP and TCP port 53:",
			"kubectl -n kube-system get pods -l k8s-app=kube-dns"))
	},
}

var adviseRefused = advice{
	"The STS endpoint refuses the connection: nothing listens there, or a firewall says no.",
	func(f facts) []string {
		return append([]string{"See that AWS_ENDPOINT_URL_STS, if it is set, has the right host and port, and that the server runs."}, privateEndpoint(f)...)
	},
}

var adviseTimeout = advice{
	"The STS endpoint did not answer in time. In a cluster without a way out, STS needs an interface endpoint in the VPC.",
	func(f facts) []string { return privateEndpoint(f) },
}

var adviseConnection = advice{
	"There is no connection to the STS endpoint.",
	func(f facts) []string { return privateEndpoint(f) },
}

var adviseCut = advice{
	"The connection to the STS endpoint was cut before the answer was there. It is tried again.",
	func(f facts) []string {
		return append([]string{"If it stays so, a proxy, a service mesh or a firewall in between ends the connection."}, privateEndpoint(f)...)
	},
}

var adviseCertificate = advice{
	"The certificate that the STS endpoint shows is not one that this program trusts: a proxy that opens TLS, an endpoint with a certificate of its own, an image without CA certificates, or a wrong clock.",
	func(f facts) []string {
		host := f.Endpoint
		steps := []string{
			"If a proxy or a private CA is meant to be there, put its CA's certificate, in PEM, into a file in the container, and set AWS_CA_BUNDLE to its path. AWS_CA_BUNDLE replaces the system's certificates: it must hold those of AWS too, where AWS's own hosts are used.",
			"An image made from scratch has no certificates: copy /etc/ssl/certs/ca-certificates.crt into it.",
		}
		if host != "" {
			name, _, err := net.SplitHostPort(host)
			if err != nil {
				name, host = host, net.JoinHostPort(host, "443")
			}
			steps = append(steps, command("Who issued the certificate, and for which names and times, shows:",
				"openssl s_client -connect "+kubectl.Quote(host)+" -servername "+kubectl.Quote(name)+" </dev/null | openssl x509 -noout -issuer -subject -dates"))
		}
		return steps
	},
}

var adviseNotTLS = advice{
	"What answers at the STS endpoint does not speak TLS.",
	func(facts) []string {
		return []string{"See that the port is the one for https, and that HTTPS_PROXY, if it is set, has the proxy's own scheme: http:// for most proxies."}
	},
}

var adviseProxy = advice{
	"The proxy that HTTPS_PROXY names does not let the request through, or can't be reached.",
	func(f facts) []string {
		host := f.Endpoint
		if host == "" {
			host = "sts." + f.regionOr("us-east-1") + ".amazonaws.com"
		}
		return []string{
			"If STS is reached without the proxy (an interface endpoint in the VPC), add its host to NO_PROXY in the pod's spec:\n  NO_PROXY=" + kubectl.Quote(host),
			"Else let the proxy allow CONNECT to " + host + ", port 443; and see that HTTPS_PROXY has the right host, port and, if it wants them, user and password.",
		}
	},
}

var adviseRedirect = advice{
	"What answered wants the request to be made elsewhere. STS never does, and a redirect is not followed: the request goes nowhere else.",
	func(f facts) []string {
		return []string{
			"See whether AWS_ENDPOINT_URL_STS, if it is set, has the right scheme, host and port: a redirect from http to https is the usual one. If the host that the error names is to have the token, set it to that one's URL.",
			"If it is AWS's own STS that was asked, a proxy or a portal in between answered: see what HTTPS_PROXY says in this container.",
		}
	},
}

var adviseEnded = advice{
	"The credentials had ended when they came: the clock of the STS is wrong, the answer is an old one that something on the way has kept, or it took longer than the session lasts.",
	func(f facts) []string {
		return []string{
			"Compare the times in the error with the present one. If STS is not AWS's own, set its clock, and let its sessions last for at least 15 minutes.",
			"If both are long past, a proxy repeats an old answer: see what HTTPS_PROXY says in this container.",
		}
	},
}

var adviseStrangeAnswer = advice{
	"What answered is not STS, or the answer was spoiled on its way: it can't be used. A proxy's or a portal's page is the usual cause.",
	func(f facts) []string {
		return append([]string{
			"See what HTTPS_PROXY and AWS_ENDPOINT_URL_STS say in this container.",
			command("See who answers, without a token:", "curl -sS -D - '"+cmp.Or(f.scheme, "https")+"://"+f.hostOr()+"/?Action=GetCallerIdentity&Version=2011-06-15'"),
		}, "STS answers that with status 403 and an ErrorResponse in XML.")
	},
}

var adviseNoRegion = advice{
	"There is no region, or none that the role's STS is in: which STS to ask is not known.",
	func(f facts) []string {
		return []string{"Set AWS_REGION in the pod's spec, or pass config.WithRegion. The EKS webhook sets it; a token of EKS names it too." + regionHint(f)}
	},
}

func regionHint(f facts) string {
	if f.region == "" {
		return ""
	}
	return " This cluster is in " + f.region + "."
}

// hostOr is the endpoint, or the one that it would have been.
func (f facts) hostOr() string {
	if f.Endpoint != "" {
		return f.Endpoint
	}
	return "sts." + f.regionOr("us-east-1") + ".amazonaws.com"
}

func lookup(f facts) []string {
	return []string{command("Look the name up from inside the cluster:",
		"kubectl run lookup --rm -it --restart=Never --image=busybox -- nslookup "+kubectl.Quote(strings.TrimSuffix(hostOnly(f.hostOr()), ".")))}
}

func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// privateEndpoint is what a cluster without a way to the internet needs.
func privateEndpoint(f facts) []string {
	region := f.regionOr("us-east-1")
	return []string{
		command("See whether the VPC has an interface endpoint for STS; it needs private DNS, and a security group that lets the nodes in on port 443:",
			"aws ec2 describe-vpc-endpoints --region "+region+" --filters Name=service-name,Values="+partition.STSService(region)),
		"Without one, the nodes' subnets need a route to a NAT gateway, and NetworkPolicies of the pod's namespace must let it out on port 443.",
		"If the way out is a proxy, set HTTPS_PROXY in the pod's spec; if one is set, see that it lets " + f.hostOr() + " through.",
	}
}
