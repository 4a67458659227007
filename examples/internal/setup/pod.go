package setup

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// FromPod fills what v leaves empty from the pod this program runs in: issuer,
// namespace and service account from its token, account and role from
// AWS_ROLE_ARN where it is set. tokenFile is the token to read; empty: the one
// that the EKS webhook injected, else Kubernetes' own.
func FromPod(ctx context.Context, v Values, tokenFile string) (Values, error) {
	env, _ := irsa.Detect() // half an identity is as good as a whole one here
	if tokenFile == "" {
		tokenFile = env.TokenFile
	}
	if tokenFile == "" {
		tokenFile = podfs.KubernetesToken(ctx)
	}
	token, err := irsa.ReadToken(tokenFile)
	if err != nil {
		return Values{}, fmt.Errorf("setup: %w", err)
	}
	if token.Namespace == "" || token.ServiceAccount == "" {
		return Values{}, fmt.Errorf("setup: token %s: %w", tokenFile, errors.New("it names no namespace and service account"))
	}
	fill(&v.Issuer, token.Issuer)
	fill(&v.Namespace, token.Namespace)
	fill(&v.ServiceAccount, token.ServiceAccount)
	fill(&v.Region, env.Region)
	if env.RoleARN != "" && (v.Account == "" || v.Role == "") {
		role, err := partition.ParseRoleARN(env.RoleARN)
		if err != nil {
			return Values{}, fmt.Errorf("setup: AWS_ROLE_ARN: %w", err)
		}
		fill(&v.Account, role.Account)
		fill(&v.Role, role.Name)
	}
	return v, nil
}

func fill(value *string, with string) {
	if *value == "" {
		*value = with
	}
}
