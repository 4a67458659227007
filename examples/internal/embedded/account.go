package embedded

import (
	"strings"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

const (
	accountID = "111122223333"
	roleARN   = "arn:aws:iam::" + accountID + ":role/payments-reader"
	agentRole = "arn:aws:iam::" + accountID + ":role/payments-legacy" // of the Pod Identity association
	subject   = "system:serviceaccount:" + namespace + ":" + serviceAccount
)

// An account is what IAM and STS know.
type account struct {
	providers []provider
	roles     []irsatest.Role
	disabled  bool           // STS is not activated in the region
	fault     irsatest.Fault // what befalls STS for other reasons
}

type provider struct {
	irsatest.Provider
	thumbprint bool // it remembers one, of a certificate that was replaced
}

func newAccount() account {
	return account{
		providers: []provider{{Provider: irsatest.Provider{Issuer: issuer(), Account: accountID}}},
		roles: []irsatest.Role{
			{ARN: roleARN, TrustPolicy: trusts(roleARN, issuerURL, subject)},
			{ARN: agentRole, TrustPolicy: trusts(agentRole, issuerURL, subject)},
		},
	}
}

// trusts is a policy for one service account. A wildcard in the subject is compared
// literally.
func trusts(role, issuer, subject string) string {
	const nobody = "system:serviceaccount:none:none"
	policy, err := trustpolicy.Generate(trustpolicy.Request{RoleARN: role, Issuer: issuer, Audience: irsatest.DefaultAudience, Subject: nobody})
	if err != nil {
		panic(err) // the arguments are constants of this package
	}
	return strings.ReplaceAll(policy.String(), nobody, subject)
}

// declare makes an STS of what the account holds.
func (c *Cloud) declare() error {
	s := new(irsatest.STS)
	fault := c.fault
	fault.Skew = -c.ahead
	for _, p := range c.providers {
		s.AddProvider(p.Provider)
		if p.thumbprint {
			fault.Code, fault.Message = "InvalidIdentityToken", "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
		}
	}
	if c.disabled {
		fault.Code = "RegionDisabledException"
	}
	for _, r := range c.roles {
		if err := s.AddRole(r); err != nil {
			return err
		}
	}
	s.SetFault(fault)
	c.sts.Store(s)
	return nil
}

// TrustPolicy returns the trust policy of the role that the pod's service account
// names, if there is one.
func (c *Cloud) TrustPolicy() []byte {
	for _, r := range c.roles {
		if r.ARN == c.serviceAccounts[c.spec.serviceAccount][roleAnnotation] {
			return []byte(r.TrustPolicy)
		}
	}
	return nil
}

// owner is the account of the role that the pod is to have, which the AWS CLI works in.
func (a *account) owner() string { return strings.Split(a.roles[0].ARN, ":")[4] }
