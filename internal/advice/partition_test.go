package advice_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

const (
	testRole  = "arn:aws:iam::111122223333:role/teams/reader"
	eksIssuer = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
)

// In each partition the policy to paste is the one that trustpolicy holds to admit the pod, and IAM
// is found by a region of the partition.
func TestTheFixIsRightInEachPartition(t *testing.T) {
	for partition, p := range map[string]struct{ issuer, option string }{
		"aws":        {"https://oidc.eks.eu-west-1.amazonaws.com/id/ABC", ""},
		"aws-cn":     {"https://oidc.eks.cn-north-1.amazonaws.com.cn/id/ABC", " --region cn-northwest-1"},
		"aws-us-gov": {"https://oidc.eks.us-gov-west-1.amazonaws.com/id/ABC", " --region us-gov-west-1"},
		"aws-eusc":   {"https://oidc.eks.eusc-de-east-1.amazonaws.eu/id/ABC", " --region eusc-de-east-1"},
	} {
		f := advice.Facts{RoleARN: "arn:" + partition + ":iam::111122223333:role/reader", Token: &advice.Token{
			Issuer: p.issuer, Subject: "system:serviceaccount:payments:api", Audience: []string{"sts.amazonaws.com"}}}
		steps := advice.TrustDenied.Fix(f)
		_, after, found := strings.Cut(steps, "--argjson statement '")
		require.True(t, found, steps)
		statement, rest, found := strings.Cut(after, "'")
		require.True(t, found)
		policy, err := trustpolicy.Parse([]byte(`{"Version": "2012-10-17", "Statement": ` + statement + `}`))
		require.NoError(t, err)
		assert.Equal(t, trustpolicy.Allowed, policy.Evaluate(trustpolicy.Request{
			RoleARN: f.RoleARN, Issuer: p.issuer, Audience: "sts.amazonaws.com", Subject: f.Token.Subject}).Outcome)
		assert.Contains(t, rest, "update-assume-role-policy --role-name reader --policy-document file://policy.json"+
			p.option+"\n")
		assert.Contains(t, advice.NoProvider.Fix(f),
			"aws iam create-open-id-connect-provider --url "+p.issuer+" --client-id-list sts.amazonaws.com"+p.option)
	}
}

func TestTheSlashAtTheEndOfAnIssuerIsInTheCommands(t *testing.T) {
	f := advice.Facts{RoleARN: testRole, Token: &advice.Token{
		Issuer: "https://tenant.example.com/", Subject: "system:serviceaccount:payments:api"}}
	assert.Equal(t, "arn:aws:iam::111122223333:oidc-provider/tenant.example.com/", f.ProviderARN())
	policy, err := f.TrustPolicy()
	require.NoError(t, err)
	assert.Contains(t, policy.String(), `"tenant.example.com/:sub"`)
	assert.Contains(t, advice.NoProvider.Fix(f), "--url https://tenant.example.com/ ")
	assert.Contains(t, advice.IssuerKeys.Fix(f), "https://tenant.example.com/.well-known/openid-configuration")
}

func TestARegionIsEnabledWhereItCanBe(t *testing.T) {
	for endpoint, enabled := range map[string]bool{
		"sts.af-south-1.amazonaws.com": true, "sts.eu-west-1.amazonaws.com": false, "127.0.0.1:4566": false,
	} {
		steps := advice.RegionDisabled.Fix(advice.Facts{RoleARN: testRole, Endpoint: endpoint})
		assert.Equal(t, enabled, strings.Contains(steps, "aws account enable-region --region-name af-south-1"), steps)
		assert.Equal(t, !enabled, strings.Contains(steps,
			"Activate STS in the IAM console (in account 111122223333)"), steps)
	}
}

func TestAMisspeltRoleIsTheOneThatWasMeantWhereThatCanBeTold(t *testing.T) {
	const meant = "arn:aws:iam::111122223333:role/team/reader"
	for misspelt, want := range map[string]string{
		"arn:aws:iam::::111122223333:role/team/reader":    meant,
		"arn:aws:iam:111122223333:role/team/reader":       meant,
		" arn:aws:iam::111122223333:role/team/reader\n":   meant,
		"arn:aws:iam::111122223333:role//team/reader":     meant,
		"arn:aws: iam::111122223333:role/team/reader":     meant,
		"arn:aws:iam::123:role/team/reader":               "", // which account?
		"arn:aws:iam::111122223333:role/":                 "",
		"arn:aws:sts::111122223333:assumed-role/reader/x": "",
		"arn:aws:iam::111122223333:user/reader":           "",
		"reader":                                          "",
		"":                                                "",
	} {
		assert.Equal(t, want, advice.Meant(misspelt), "%q", misspelt)
	}
}
