// Package partition knows the AWS partitions: how their regions are named, the DNS suffixes of
// their hosts, the OIDC issuers of EKS clusters in them, and the ARNs of roles and identity
// providers.
//
// A partition is a part of AWS that shares nothing with the others: the commercial regions, China,
// the US government's, the European sovereign cloud, and isolated ones. Hosts, ARNs and issuers
// look different in each, so that code that knows amazonaws.com alone fails in the others.
//
// The table follows the SDK's endpoint rules (aws-sdk-go-v2, internal/endpoints/awsrulesfn), which
// a module can't import.
package partition

import (
	"regexp"
	"slices"
	"strings"
)

// A Partition is a group of AWS regions with its own accounts, IAM and DNS names.
type Partition struct {
	ID              string // as in ARNs: "aws", "aws-cn", …
	DNSSuffix       string // of the hosts of services: "amazonaws.com"
	DualStackSuffix string // of their dual-stack hosts: "api.aws"
	DefaultRegion   string // where the partition's global services live
	region          *regexp.Regexp
}

// partitions in the order in which they are tried. The first regular expression is the widest; none
// of the others matches what it matches.
var partitions = []Partition{
	{"aws", "amazonaws.com", "api.aws", "us-east-1",
		regexp.MustCompile(`^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$`)},
	{"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-northwest-1",
		regexp.MustCompile(`^cn-\w+-\d+$`)},
	{"aws-us-gov", "amazonaws.com", "api.aws", "us-gov-west-1", regexp.MustCompile(`^us-gov-\w+-\d+$`)},
	{"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1",
		regexp.MustCompile(`^eusc-(de)-\w+-\d+$`)},
	{"aws-iso", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1", regexp.MustCompile(`^us-iso-\w+-\d+$`)},
	{"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1", regexp.MustCompile(`^us-isob-\w+-\d+$`)},
	{"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1",
		regexp.MustCompile(`^eu-isoe-\w+-\d+$`)},
	{"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1", regexp.MustCompile(`^us-isof-\w+-\d+$`)},
}

// ByID returns the partition that ARNs call id.
func ByID(id string) (Partition, bool) {
	for _, p := range partitions {
		if p.ID == id {
			return p, true
		}
	}
	return Partition{}, false
}

// OfRegion returns the partition that a region with this name belongs to.
func OfRegion(region string) (Partition, bool) {
	for _, p := range partitions {
		if p.region.MatchString(region) {
			return p, true
		}
	}
	return Partition{}, false
}

// IsAWSHost reports whether host (without a port) is in the DNS of a partition.
func IsAWSHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, p := range partitions {
		if strings.HasSuffix(host, "."+p.DNSSuffix) || strings.HasSuffix(host, "."+p.DualStackSuffix) {
			return true
		}
	}
	return false
}

// IsSTSHost reports whether host (without a port) is one at which AWS's own STS answers: the global
// one, a region's, with FIPS or dual-stack, or an interface endpoint for STS in a VPC. Other names
// below a partition's suffix may be anybody's: buckets, load balancers and API gateways have names
// there that customers own (AWS General Reference, AWS STS endpoints and quotas).
func IsSTSHost(host string) bool {
	// DNS knows neither case nor whether a name ends in a dot.
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, p := range partitions {
		if name, ok := strings.CutSuffix(host, "."+p.DNSSuffix); ok && p.isSTS(name) {
			return true
		}
		if name, ok := strings.CutSuffix(host, "."+p.DualStackSuffix); ok && p.isRegionalSTS(name) {
			return true
		}
	}
	return false
}

// isSTS reports whether name is STS's, in front of the partition's suffix.
func (p Partition) isSTS(name string) bool {
	if name == "sts" && p.ID == "aws" || p.isRegionalSTS(name) {
		return true
	}
	// vpce-0123456789abcdef0-01234567.sts.eu-west-1.vpce: a VPC endpoint's own name, of AWS's
	// service.
	private, ok := strings.CutSuffix(name, ".vpce")
	endpoint, sts, found := strings.Cut(private, ".")
	return ok && found && strings.HasPrefix(endpoint, "vpce-") && p.isRegionalSTS(sts)
}

func (p Partition) isRegionalSTS(name string) bool {
	service, region, _ := strings.Cut(name, ".")
	return (service == "sts" || service == "sts-fips") && p.region.MatchString(region)
}

// STSService returns the service name to create an interface endpoint (AWS PrivateLink) for STS
// with, in a VPC of the region.
func STSService(region string) string {
	service := "com.amazonaws." + region + ".sts"
	if p, ok := OfRegion(region); ok && p.ID == "aws-cn" {
		return "cn." + service
	}
	return service
}

// stsFIPSRegions are the commercial regions in which STS has a FIPS endpoint (AWS General
// Reference, AWS STS endpoints and quotas). The SDK makes up the name sts-fips.<region> for all
// others, too.
var stsFIPSRegions = []string{"us-east-1", "us-east-2", "us-west-1", "us-west-2"}

// HasSTSFIPS reports whether STS has a FIPS endpoint in a region. Those of GovCloud have no name of
// their own. Of isolated partitions nothing is published: there the name's lookup decides.
func HasSTSFIPS(region string) bool {
	p, ok := OfRegion(region)
	switch {
	case ok && p.ID == "aws":
		return slices.Contains(stsFIPSRegions, region)
	case ok && (p.ID == "aws-cn" || p.ID == "aws-eusc"):
		return false
	}
	return true
}

// defaultRegions are the regions of the commercial partition that every account has. The list is
// complete: regions introduced since March 2019 have to be enabled first (AWS Account Management
// Guide, Enable or disable AWS Regions).
var defaultRegions = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1",
	"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1",
	"ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
}

// OptIn reports whether a region has to be enabled for an account before it can be used.
func OptIn(region string) bool {
	p, ok := OfRegion(region)
	return ok && p.ID == "aws" && !slices.Contains(defaultRegions, region)
}
