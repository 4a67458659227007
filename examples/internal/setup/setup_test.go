package setup_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/setup"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// values are complete and valid.

func values() setup.Values {
	return setup.Values{
		Issuer:  "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
		Account: "111122223333", Role: "teams/payments/reader",
		Namespace: "payments", ServiceAccount: "api", Bucket: "invoices",
	}
}

// content returns the content of the file with this name.

func content(t *testing.T, files []setup.File, name string) string {
	t.Helper()
	for _, f := range files {
		if f.Name == name {
			return f.Content
		}
	}
	require.Fail(t, "no such file", name)
	return ""
}

func TestTheTrustPolicyAdmitsThisServiceAccountAndNoOtherInEachPartition(t *testing.T) {
	for region, issuer := range map[string]string{
		"eu-west-1":      "https://oidc.eks.eu-west-1.amazonaws.com/id/A1",
		"us-east-2":      "https://oidc-eks.us-east-2.api.aws/id/A1",
		"cn-north-1":     "https://oidc.eks.cn-north-1.amazonaws.com.cn/id/A1",
		"us-gov-west-1":  "https://oidc.eks.us-gov-west-1.amazonaws.com/id/A1",
		"eusc-de-east-1": "https://oidc.eks.eusc-de-east-1.amazonaws.eu/id/A1",
		"us-iso-east-1":  "https://oidc.eks.us-iso-east-1.c2s.ic.gov/id/A1",
		"ap-south-1":     "https://kops.example.com/cluster",
		"eu-north-1":     "https://tenant.example.com/",
	} {
		t.Run(region, func(t *testing.T) {
			v := values()
			v.Issuer, v.Region = issuer, region
			files, err := setup.Files(v, setup.Commands)
			require.NoError(t, err)
			p, ok := partition.OfRegion(region)
			require.True(t, ok)

			policy, err := trustpolicy.Parse([]byte(content(t, files, "trust-policy.json")))
			require.NoError(t, err)
			token := trustpolicy.Request{
				RoleARN: "arn:" + p.ID + ":iam::111122223333:role/teams/payments/reader", Issuer: issuer,
				Audience: "sts.amazonaws.com", Subject: "system:serviceaccount:payments:api",
			}
			assert.Equal(t, trustpolicy.Allowed, policy.Evaluate(token).Outcome)
			token.Subject = "system:serviceaccount:payments:other"
			assert.Equal(t, trustpolicy.Denied, policy.Evaluate(token).Outcome)

			assert.JSONEq(t, `{"Version": "2012-10-17", "Statement": [
				{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
				{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:`+p.ID+`:s3:::invoices"},
				{"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": "arn:`+p.ID+`:s3:::invoices/*"}
			]}`, content(t, files, "read-policy.json"))
			assert.Contains(t, content(t, files, "serviceaccount.yaml"),
				`eks.amazonaws.com/role-arn: "`+token.RoleARN+`"`)
			aws := content(t, files, "1-aws.sh")
			for line := range strings.Lines(aws) {
				if strings.HasPrefix(line, "aws ") {
					assert.Contains(t, line, " --region "+region+" ",
						"without a region the AWS CLI asks the wrong partition")
				}
			}
			assert.Contains(t, aws, partition.ProviderARN(p.ID, v.Account, issuer))
		})
	}
}

// The scripts run in a real shell, whose quoting is thereby tested, with an aws and a kubectl that

// record how they were called.

// tools returns a folder with an aws and a kubectl that record in $CALLS how they were called and

// in $STDIN what they were told to read from there. They fail where their arguments match the

// pattern fails. Of a role they say that one statement, or $ADMITS, admits the service account.

// What these configurations mean is tested where their own parsers are at hand: internal/integration.

func TestTheOtherFormsHaveTheSameJob(t *testing.T) {
	v := values()
	v.Cluster, v.Role = "prod", "reader"
	commands, err := setup.Files(v, setup.Commands)
	require.NoError(t, err)
	for form, first := range map[setup.Form]string{setup.Terraform: "irsa.tf", setup.Eksctl: "eksctl.yaml"} {
		files, err := setup.Files(v, form)
		require.NoError(t, err)
		script, err := setup.Script(v, form)
		require.NoError(t, err)
		assert.Equal(t, content(t, files, first), script)
		assert.Equal(t, content(t, commands, "job.yaml"), content(t, files, "job.yaml"))
		check := content(t, files, "check.sh")
		assert.Contains(t, check, "kubectl apply -f job.yaml\n")
		assert.Contains(t, check, "wait --for=condition=complete")
	}
}

func TestTheJobsImageHasAVersion(t *testing.T) {
	files, err := setup.Files(values(), setup.Commands)
	require.NoError(t, err)
	assert.Regexp(t, `image: "amazon/aws-cli:\d+\.\d+\.\d+"`, content(t, files, "job.yaml"))
}

func TestAnExistingFileIsKeptAndNothingElseIsWritten(t *testing.T) {
	files, err := setup.Files(values(), setup.Commands)
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "new", "folder")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	mine := filepath.Join(dir, "job.yaml")
	require.NoError(t, os.WriteFile(mine, []byte("mine"), 0o600))

	err = setup.Write(files, dir)
	require.ErrorIs(t, err, os.ErrExist)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1)
	b, err := os.ReadFile(mine)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(b))

	require.NoError(t, os.Remove(mine))
	require.NoError(t, setup.Write(files, dir))
	require.NoError(t, setup.Write(files, dir), "what is there already is as good as written")
	left, err = os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, len(files))
}
