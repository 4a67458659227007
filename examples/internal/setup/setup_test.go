package setup_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
			files, err := setup.Files(v)
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
func TestTheScriptsCallTheToolsWithWholeArguments(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the scripts are for a POSIX shell")
	}
	script, err := setup.Script(values())
	require.NoError(t, err)
	files, err := setup.Files(values())
	require.NoError(t, err)

	bin, dir := tools(t, "*get-open-id*|*'get namespace'*"), t.TempDir()
	run := func(calls, name string) [][]string {
		cmd := exec.Command("/bin/sh", name)
		cmd.Dir = dir
		cmd.Env = []string{
			"PATH=" + bin + ":/usr/bin:/bin",
			"CALLS=" + filepath.Join(bin, calls), "STDIN=" + filepath.Join(bin, "stdin"),
		}
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		b, err := os.ReadFile(filepath.Join(bin, calls))
		require.NoError(t, err)
		var all [][]string
		for call := range strings.SplitSeq(strings.TrimSuffix(string(b), "\x00\n\x00"), "\x00\n\x00") {
			all = append(all, strings.Split(call, "\x00"))
		}
		return all
	}
	require.NoError(t, setup.Write(files, dir))
	require.NoError(t, os.WriteFile(filepath.Join(bin, "all.sh"), []byte(script), 0o600))

	whole := run("whole", filepath.Join(bin, "all.sh"))
	var parts [][]string
	for _, name := range []string{"1-aws.sh", "2-kubernetes.sh", "3-check.sh"} {
		parts = run("parts", filepath.Join(dir, name))
	}
	require.Len(t, parts, len(whole), "the files and the script make the same calls")

	byOperation := map[string][]string{}
	for _, call := range whole {
		byOperation[strings.Join(call[:min(3, len(call))], " ")] = call
	}
	argument := func(operation, flag string) string {
		call := byOperation[operation]
		require.NotEmpty(t, call, operation)
		for i, a := range call {
			if a == flag {
				return call[i+1]
			}
		}
		require.Fail(t, "no such argument", "%s %s", operation, flag)
		return ""
	}
	const (
		createProvider = "aws iam create-open-id-connect-provider"
		addClientID    = "aws iam add-client-id-to-open-id-connect-provider"
	)
	assert.Equal(t, "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
		argument(createProvider, "--url"))
	assert.Equal(t, "sts.amazonaws.com", argument(createProvider, "--client-id-list"))
	assert.Equal(t, "sts.amazonaws.com", argument(addClientID, "--client-id"))
	assert.Equal(t, partition.ProviderARN("aws", "111122223333", values().Issuer),
		argument(addClientID, "--open-id-connect-provider-arn"))
	assert.Equal(t, "reader", argument("aws iam create-role", "--role-name"))
	assert.Equal(t, "/teams/payments/", argument("aws iam create-role", "--path"))
	assert.JSONEq(t, content(t, files, "trust-policy.json"),
		argument("aws iam create-role", "--assume-role-policy-document"))
	assert.JSONEq(t, content(t, files, "read-policy.json"), argument("aws iam put-role-policy", "--policy-document"))
	applied, err := os.ReadFile(filepath.Join(bin, "stdin"))
	require.NoError(t, err)
	assert.Equal(t, content(t, files, "serviceaccount.yaml")+content(t, files, "job.yaml"), string(applied))
	assert.Contains(t, parts, []string{"kubectl", "apply", "-f", "serviceaccount.yaml"})
}

// tools returns a folder with an aws and a kubectl that record in $CALLS how they were called and
// in $STDIN what they were told to read from there. They fail where their arguments match the
// pattern fails.
func tools(t *testing.T, fails string) string {
	t.Helper()
	bin := t.TempDir()
	tool := `#!/bin/sh
printf '%s\0' "${0##*/}" "$@" >>"$CALLS"
printf '\n\0' >>"$CALLS"
case "$*" in ` + fails + `) exit 1;; esac
[ "$2" = -f ] && [ "$3" = - ] && cat >>"$STDIN"
exit 0
`
	for _, name := range []string{"aws", "kubectl"} {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte(tool), 0o755))
	}
	return bin
}

func TestAJobThatDoesNotCompleteFailsTheCheckAndShowsItsLog(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the scripts are for a POSIX shell")
	}
	script, err := setup.Script(values())
	require.NoError(t, err)
	for fails, want := range map[string]int{"none": 0, "*condition=complete*": 1} {
		bin := tools(t, fails)
		cmd := exec.Command("/bin/sh", "-c", script)
		cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin", "CALLS=" + filepath.Join(bin, "calls"),
			"STDIN=" + os.DevNull}
		out, err := cmd.CombinedOutput()
		assert.Equal(t, want == 0, err == nil, "%v: %s", err, out)
		assert.Equal(t, want, cmd.ProcessState.ExitCode())
		calls, err := os.ReadFile(filepath.Join(bin, "calls"))
		require.NoError(t, err)
		assert.Contains(t, string(calls), "jsonpath=")
		assert.Contains(t, string(calls), "logs\x00-l\x00job-name=list-bucket")
	}
}

func TestInvalidValuesAreRefusedByName(t *testing.T) {
	type v = setup.Values
	for name, c := range map[string]struct {
		change func(*v)
		says   string
	}{
		"no issuer": {
			func(v *v) { v.Issuer = "" }, `issuer "": not an https URL`,
		},
		"an issuer without https": {
			func(v *v) { v.Issuer = "oidc.eks.eu-west-1.amazonaws.com/id/A" }, "not an https URL",
		},
		"an issuer that ends a quote": {
			func(v *v) { v.Issuer = "https://x/'; rm -rf /;'" }, "not an https URL",
		},
		"an account of eleven digits": {
			func(v *v) { v.Account = "11112222333" }, `account "11112222333": not 12 digits`,
		},
		"no role": {
			func(v *v) { v.Role = "" }, "role: missing",
		},
		"a role's ARN for its name": {
			func(v *v) { v.Role = "arn:aws:iam::111122223333:role/reader" }, "not a role's name",
		},
		"a namespace in capitals": {
			func(v *v) { v.Namespace = "Payments" }, `namespace "Payments": not a Kubernetes namespace`,
		},
		"a service account with spaces": {
			func(v *v) { v.ServiceAccount = "a b" }, "not a Kubernetes service account",
		},
		"a bucket's URL": {
			func(v *v) { v.Bucket = "s3://invoices" }, "not a bucket's name",
		},
		"an image with a quote": {
			func(v *v) { v.Image = `x" y` }, "not an image's name",
		},
		"an issuer without a region, and none given": {
			func(v *v) { v.Issuer = "https://kops.example.com" }, "region: missing",
		},
		"a region of no partition": {
			func(v *v) { v.Region = "mars-north-1" }, "in no known partition",
		},
		"a region across partitions": {
			func(v *v) { v.Region = "cn-north-1" }, "in partition aws-cn",
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := values()
			c.change(&v)
			_, err := setup.Script(v)
			require.ErrorContains(t, err, c.says)
			assert.NotContains(t, err.Error(), "\n")
			_, err = setup.Files(v)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestAnExistingFileIsKeptAndNothingElseIsWritten(t *testing.T) {
	files, err := setup.Files(values())
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
	left, err = os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, len(files))
}
