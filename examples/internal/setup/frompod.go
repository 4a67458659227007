package setup

import (
	"errors"
	"fmt"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// FromPod fills what v leaves empty from the pod that this program runs in: issuer, namespace and
// service account from its token, account and role from AWS_ROLE_ARN if it is set. tokenFile is the
// token to read; if empty, the one that the EKS webhook injected, or else Kubernetes' own.
func FromPod(v Values, tokenFile string) (Values, error) {
	env, _ := irsa.Detect() // an incomplete identity is no error here: each half is of use
	if tokenFile == "" {
		tokenFile = env.TokenFile
	}
	if tokenFile == "" {
		tokenFile = podfs.Read().KubernetesToken
	}
	token, err := irsa.ReadToken(tokenFile)
	if err != nil {
		return Values{}, fmt.Errorf("setup: %w", err)
	}
	if token.Namespace == "" || token.ServiceAccount == "" {
		return Values{}, fmt.Errorf("setup: token %s: %w", tokenFile,
			errors.New("it names no namespace and service account"))
	}
	setDefault(&v.Issuer, token.Issuer)
	setDefault(&v.Namespace, token.Namespace)
	setDefault(&v.ServiceAccount, token.ServiceAccount)
	setDefault(&v.Region, env.Region)
	if env.RoleARN != "" && (v.Account == "" || v.Role == "") {
		role, err := partition.ParseRoleARN(env.RoleARN)
		if err != nil {
			return Values{}, fmt.Errorf("setup: AWS_ROLE_ARN: %w", err)
		}
		setDefault(&v.Account, role.Account)
		setDefault(&v.Role, role.Name)
	}
	return v, nil
}

func setDefault(value *string, to string) {
	if *value == "" {
		*value = to
	}
}
