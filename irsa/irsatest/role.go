package irsatest

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// A Role is an IAM role.
type Role struct {
	ARN                string        // arn:aws:iam::111122223333:role/reader
	TrustPolicy        string        // JSON; who may assume the role
	MaxSessionDuration time.Duration // 1h to 12h, IAM's limits; zero: 1h
}

// A role is a Role that has been parsed.
type role struct {
	Role
	arn    partition.RoleARN
	policy *trustpolicy.Policy // who may come with a web identity
	admits admission           // who may come with an AWS identity
}

// AddRole adds a role, or replaces the one with the same ARN. It is an error if the ARN isn't that
// of a role, if the trust policy can't be parsed, or if MaxSessionDuration is out of range.
func (s *STS) AddRole(r Role) error {
	arn, err := partition.SplitRoleARN(r.ARN)
	if err != nil {
		return fmt.Errorf("add role: %w", err)
	}
	policy, err := trustpolicy.Parse([]byte(r.TrustPolicy))
	if err != nil {
		return fmt.Errorf("add role %s: %w", r.ARN, err)
	}
	var admits admission
	if err := json.Unmarshal([]byte(r.TrustPolicy), &admits); err != nil {
		return fmt.Errorf("add role %s: %w", r.ARN, err)
	}
	if r.MaxSessionDuration == 0 {
		r.MaxSessionDuration = time.Hour
	}
	if r.MaxSessionDuration < time.Hour || r.MaxSessionDuration > 12*time.Hour {
		return fmt.Errorf("add role %s: maximum session duration %s is not 1h to 12h", r.ARN, r.MaxSessionDuration)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.roles == nil {
		s.roles = make(map[string]*role)
	}
	s.roles[r.ARN] = &role{r, arn, policy, admits}
	return nil
}

// Trust is the short way to a role that a service account may assume: it adds issuer as an
// [OIDCProvider], and a role with this ARN whose trust policy admits the subject with
// [DefaultAudience]. The subject is "system:serviceaccount:<namespace>:<service account>", or a
// pattern of such subjects with * and ?. It is an error if issuer is nil or the ARN isn't that of a
// role.
func (s *STS) Trust(roleARN string, issuer *Issuer, subject string) error {
	if issuer == nil {
		return errors.New("trust: the issuer is required")
	}
	arn, err := partition.SplitRoleARN(roleARN)
	if err != nil {
		return fmt.Errorf("trust %s: %w", issuer.URL(), err)
	}
	name := partition.ProviderName(issuer.URL())
	provider := partition.ProviderARN(arn.Partition, arn.Account, issuer.URL())
	policy, err := json.Marshal(map[string]any{
		"Version": "2012-10-17",
		"Statement": map[string]any{
			"Effect":    "Allow",
			"Principal": map[string]string{"Federated": provider},
			"Action":    "sts:AssumeRoleWithWebIdentity",
			"Condition": map[string]any{
				"StringEquals": map[string]string{name + ":aud": DefaultAudience},
				"StringLike":   map[string]string{name + ":sub": subject},
			},
		},
	})
	if err != nil {
		return fmt.Errorf("trust %s: %w", issuer.URL(), err)
	}
	s.AddProvider(OIDCProvider{Issuer: issuer})
	return s.AddRole(Role{ARN: roleARN, TrustPolicy: string(policy)})
}

func (s *STS) role(arn string) *role {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.roles[arn]
}
