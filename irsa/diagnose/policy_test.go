package diagnose

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// judged is the trust policy check for a policy that trusts this subject, after an edit.
func judged(t *testing.T, subject string, edit func(policy string) string) Check {
	t.Helper()
	e := healthy(t)
	policy, err := trustpolicy.Generate(trustpolicy.Request{
		RoleARN: e.role, Issuer: e.token.Issuer, Audience: "sts.amazonaws.com", Subject: subject,
	})
	require.NoError(t, err)
	e.opts.TrustPolicy = []byte(edit(policy.String()))
	return e.trustPolicy()
}

func TestAPolicyIsJudgedByThisPodsToken(t *testing.T) {
	as := func(policy string) string { return policy }
	c := judged(t, "system:serviceaccount:payments:api", as)
	assert.Equal(t, Check{Name: "trust policy", Detail: "admits this service account"}, c)
	c = judged(t, "system:serviceaccount:payments:web", as)
	assert.Equal(t, Fail, c.Result)
	assert.Contains(t, c.Fix, `the policy wants "system:serviceaccount:payments:web"`)
}

func TestAPolicyThatAdmitsTooManyIsAWarning(t *testing.T) {
	const every = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
		"Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"}}}`
	c := judged(t, "system:serviceaccount:payments:api", func(string) string { return every })
	assert.Equal(t, Warn, c.Result)
	assert.Equal(t, "admits this service account", c.Detail)
	assert.Contains(t, c.Fix, ":sub")
}

func TestTheCommandThatShowsThePolicyIsForTheRolesPartition(t *testing.T) {
	for role, want := range map[string]string{
		"arn:aws:iam::111122223333:role/teams/reader": "aws iam get-role --role-name reader --query " +
			"Role.AssumeRolePolicyDocument",
		"arn:aws-cn:iam::111122223333:role/teams/reader": "aws iam get-role --role-name reader --query " +
			"Role.AssumeRolePolicyDocument --region cn-northwest-1",
		"arn:minio:iam:::role/reader": "aws iam get-role --role-name reader --query " +
			"Role.AssumeRolePolicyDocument",
		"": `aws iam get-role --role-name "${ROLE_NAME:?}" --query ` +
			`Role.AssumeRolePolicyDocument`,
	} {
		e := healthy(t)
		e.role = role
		assert.Equal(t, "Give the document alone, as IAM has it:\n    "+want, e.fix(advice.PolicyDocument))
	}
}
