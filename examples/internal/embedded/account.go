package embedded

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

const (
	accountID = "111122223333"
	roleARN   = "arn:aws:iam::" + accountID + ":role/payments-reader"
	agentRole = "arn:aws:iam::" + accountID + ":role/payments-legacy" // of the Pod Identity association
	subject   = "system:serviceaccount:" + namespace + ":" + serviceAccount
)

// trustPolicyFile holds the role's trust policy, below the pod's root.
const trustPolicyFile = "trust-policy.json"

// An account is what IAM and STS know.
type account struct {
	providers []provider
	roles     []irsatest.Role // the first is the pod's
	disabled  bool            // STS is not activated in the region
	fault     irsatest.Fault  // of STS, whatever the account holds
}

// A provider is an IAM identity provider.
type provider struct {
	irsatest.OIDCProvider
	staleThumbprint bool // it has the thumbprint of a certificate that was since replaced
}

func newAccount() account {
	return account{
		providers: []provider{{OIDCProvider: irsatest.OIDCProvider{Issuer: issuer(), Account: accountID}}},
		roles: []irsatest.Role{
			{ARN: roleARN, TrustPolicy: trustPolicy(roleARN, issuerURL, subject)},
		},
	}
}

// trustPolicy returns a policy that admits one service account. A wildcard in the subject is
// compared literally, which the generator refuses to write: the subject is replaced afterwards.
func trustPolicy(role, issuer, subject string) string {
	const placeholder = "system:serviceaccount:none:none"
	policy, err := trustpolicy.Generate(trustpolicy.Request{
		RoleARN: role, Issuer: issuer, Audience: irsatest.DefaultAudience, Subject: placeholder,
	})
	if err != nil {
		panic(err) // the arguments are constants of this package
	}
	return strings.ReplaceAll(policy.String(), placeholder, subject)
}

// configureSTS replaces the running STS by one that knows the account as it is now.
func (c *Cloud) configureSTS() error {
	s := new(irsatest.STS)
	faults := []irsatest.Fault{c.fault, {Do: irsatest.Skew(-c.ahead)}}
	for _, p := range c.providers {
		s.AddProvider(p.OIDCProvider)
		if p.staleThumbprint {
			faults = append(faults, irsatest.Fault{Do: irsatest.Error("InvalidIdentityToken",
				"OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")})
		}
	}
	if c.disabled {
		faults = append(faults, irsatest.Fault{Do: irsatest.Error("RegionDisabledException", "")})
	}
	for _, r := range c.roles {
		if err := s.AddRole(r); err != nil {
			return err
		}
	}
	for _, f := range faults {
		s.Inject(f)
	}
	c.sts.Store(s)
	return c.configureAgent(s)
}

// configureAgent replaces the running EKS Pod Identity agent by one that knows the association as
// it is now. The role of one gets the trust policy that EKS documents, where it has no other.
func (c *Cloud) configureAgent(s *irsatest.STS) error {
	agent := &irsatest.PodIdentity{STS: s, Issuer: c.issuer, Cluster: clusterName}
	if c.association && !c.forgotten {
		if err := agent.Associate(irsatest.Association{
			Namespace: namespace, ServiceAccount: serviceAccount, RoleARN: agentRole,
		}); err != nil {
			return err
		}
	}
	c.agent.Store(agent)
	return nil
}

// TrustPolicy returns the trust policy of the role in the service account's annotation, or nil
// where there is no such role.
func (c *Cloud) TrustPolicy() []byte {
	for _, r := range c.roles {
		if r.ARN == c.serviceAccounts[c.spec.serviceAccount][roleAnnotation] {
			return []byte(r.TrustPolicy)
		}
	}
	return nil
}

// TrustPolicyFile returns a file that holds the TrustPolicy, or "" where there is none.
func (c *Cloud) TrustPolicyFile() string {
	if c.TrustPolicy() == nil {
		return ""
	}
	return filepath.Join(c.root, trustPolicyFile)
}

// owner is the account of the pod's role, in which the AWS CLI works.
func (a *account) owner() string { return strings.Split(a.roles[0].ARN, ":")[4] }

// fillBuckets creates two buckets, the second in another region than the pod's.
func fillBuckets(s3 *s3readtest.Server) {
	created := time.Date(2025, time.March, 14, 9, 26, 53, 0, time.UTC)
	s3.CreateBucket(s3readtest.Bucket{Name: "invoices", Region: region, Created: created})
	s3.CreateBucket(s3readtest.Bucket{
		Name: "invoices-archive", Region: "us-east-1", Created: created.AddDate(0, -6, 0),
	})
	for month := range 12 {
		for n := range 100 {
			key := fmt.Sprintf("2025/%02d/invoice-%04d.txt", month+1, n)
			s3.Put("invoices", key, "Invoice "+key+"\n")
			s3.Put("invoices-archive", "2024/"+key[5:], "Invoice of the year before\n")
		}
	}
	// Large enough for a download to have parts and progress.
	const size = 256 << 20
	s3.PutObject("invoices", s3readtest.Object{Key: "export/all.bin", Content: s3readtest.Synthetic(1), Size: size})
}
