package partition

import (
	"regexp"
	"strings"
)

// An Issuer is what the URL of an EKS cluster's OIDC issuer says about the cluster.
type Issuer struct {
	Region    string
	ID        string // the cluster's issuer id, 32 upper-case hexadecimal digits
	Partition Partition
}

// issuerURL matches the two forms in use: https://oidc.eks.<region>.<DNS suffix>/id/<id>, and for
// clusters with dual-stack endpoints https://oidc-eks.<region>.<dual-stack suffix>/id/<id> (EKS
// User Guide, Cluster network requirements).
var issuerURL = regexp.MustCompile(`^https://oidc([.-])eks\.([a-z0-9-]+)\.([a-z0-9.-]+)/id/([0-9A-Za-z]+)$`)

// ParseIssuer parses the URL of an EKS cluster's issuer. It reports false for every other issuer,
// which is no error: clusters outside EKS have issuers of their own. EKS writes no slash at the
// end; one is passed over here, where the URL is only read, and nowhere that issuers are compared.
func ParseIssuer(url string) (Issuer, bool) {
	m := issuerURL.FindStringSubmatch(strings.TrimSuffix(url, "/"))
	if m == nil {
		return Issuer{}, false
	}
	p, ok := OfRegion(m[2])
	if !ok {
		return Issuer{}, false
	}
	if m[1] == "." && m[3] != p.DNSSuffix || m[1] == "-" && m[3] != p.DualStackSuffix {
		return Issuer{}, false
	}
	return Issuer{Region: m[2], ID: m[4], Partition: p}, true
}

// ProviderARN returns the ARN of the IAM OIDC identity provider for an issuer's
// URL in an account: what a role's trust policy names as its federated principal.
func ProviderARN(partition, account, issuer string) string {
	return "arn:" + partition + ":iam::" + account + ":oidc-provider/" + ProviderName(issuer)
}

// ProviderName returns an issuer's URL as IAM writes it in the provider's ARN and before the colon
// of condition keys: without the scheme, and byte for byte what follows. A slash at the end, which
// AKS and Auth0 write, belongs to it. IAM takes only https issuers; an http one is on loopback, in
// a test.
func ProviderName(issuer string) string {
	if name, ok := strings.CutPrefix(issuer, "https://"); ok {
		return name
	}
	return strings.TrimPrefix(issuer, "http://")
}
