package trustpolicy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

const (
	issuer   = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
	provider = "arn:aws:iam::111122223333:oidc-provider/" + issuer
	allowed  = trustpolicy.Allowed
	denied   = trustpolicy.Denied
	unknown  = trustpolicy.Unknown
)

// pod is the request that most tests start from.
var pod = trustpolicy.Request{
	RoleARN:  "arn:aws:iam::111122223333:role/reader",
	Issuer:   "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
	Audience: "sts.amazonaws.com",
	Subject:  "system:serviceaccount:payments:api",
}

// fill completes a policy: $P is the provider's ARN, $I the issuer's name in condition keys.
func fill(doc string) []byte {
	return []byte(strings.NewReplacer("$P", provider, "$I", issuer).Replace(doc))
}

// allow returns a policy of one statement that allows the pod's provider under conditions.
func allow(condition string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"$P"},` +
		`"Action":"sts:AssumeRoleWithWebIdentity","Condition":{` + condition + `}}}`
}

// evaluate parses and evaluates a policy, completed by fill.
func evaluate(t *testing.T, doc string, r trustpolicy.Request) trustpolicy.Decision {
	t.Helper()
	policy, err := trustpolicy.Parse(fill(doc))
	require.NoError(t, err, doc)
	return policy.Evaluate(r)
}
