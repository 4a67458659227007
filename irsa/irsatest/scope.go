package irsatest

import (
	"net"
	"slices"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// An endpoint is what the name of one of AWS's hosts says of it; what it doesn't say is empty.
type endpoint struct {
	service, region string
	express         bool // S3 Express, which is signed for by another name
}

// signingNames are services whose hosts begin with the name that requests are signed for. For some
// others the two differ (email and ses), and nothing is said of them.
var signingNames = []string{
	"dynamodb", "ec2", "iam", "kinesis", "kms", "lambda", "logs", "s3", "secretsmanager", "sns", "sqs", "ssm", "sts",
}

// endpointOf reads a host, "bucket.s3.dualstack.eu-west-1.amazonaws.com:443". Hosts that are not
// AWS's say nothing.
func endpointOf(host string) endpoint {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if !partition.IsAWSHost(host) {
		return endpoint{}
	}
	var e endpoint
	labels := strings.Split(host, ".")
	for i := len(labels) - 1; i >= 0; i-- {
		label := strings.TrimSuffix(labels[i], "-fips")
		if _, ok := partition.OfRegion(label); ok && e.region == "" {
			e.region = label
		}
		if strings.HasPrefix(label, "s3express-") {
			e.express = true
			break
		}
		if slices.Contains(signingNames, label) {
			e.service = label
			break
		}
	}
	// The global endpoint of STS is in us-east-1, and is signed for it: STS API reference, "STS
	// Regions and endpoints".
	if e.service == "sts" && e.region == "" {
		e.region = "us-east-1"
	}
	return e
}

// accepts reports what is wrong with the scope of a signature at this endpoint, in the words that
// follow "the", and "" where nothing is. Buckets have regions of their own, which a fake of S3
// judges where the host says none.
func (e endpoint) accepts(s *signature) (what, got, want string) {
	switch {
	case e.service != "" && s.service != e.service:
		return "service", s.service, e.service
	case e.region != "" && s.region != e.region:
		return "region", s.region, e.region
	}
	return "", "", ""
}
