package embedded_test

import (
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/embedded"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// environment returns the process's environment, sorted.
func environment() []string {
	env := os.Environ()
	slices.Sort(env)
	return env
}

// setOtherIdentity gives the test an environment with another identity than the Cloud's, and a
// folder for temporary files, which it returns.
func setOtherIdentity(t *testing.T) string {
	t.Helper()
	temp := t.TempDir()
	for name, value := range map[string]string{
		"TMPDIR": temp, "TMP": temp, "TEMP": temp,
		"AWS_PROFILE":             "mine",
		"AWS_ROLE_ARN":            "arn:aws:iam::444455556666:role/mine",
		"AWS_ENDPOINT_URL_STS":    "http://127.0.0.1:1",
		"AWS_EMPTY":               "",
		"KUBERNETES_SERVICE_PORT": "443",
		"https_proxy":             "http://127.0.0.1:1",
	} {
		t.Setenv(name, value)
	}
	return temp
}

func requireEmpty(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestCloseLeavesNothing(t *testing.T) {
	temp := setOtherIdentity(t)
	before := environment()
	cloud, err := embedded.Start("")
	require.NoError(t, err)
	assert.Empty(t, os.Getenv("AWS_PROFILE"), "the other identity is removed")
	_, found := os.LookupEnv("KUBERNETES_SERVICE_PORT")
	assert.False(t, found)
	env, err := irsa.Detect()
	require.NoError(t, err)
	assert.Equal(t, "arn:aws:iam::111122223333:role/payments-reader", env.RoleARN)
	assert.Equal(t, podfs.Read().EKSToken, env.TokenFile)
	for _, file := range []string{env.TokenFile, podfs.Read().KubernetesToken} {
		token, err := irsa.ReadToken(file)
		require.NoError(t, err)
		assert.Equal(t, "system:serviceaccount:payments:api", token.Subject)
	}
	var listeners []string
	for _, name := range []string{"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3"} {
		u, err := url.Parse(os.Getenv(name))
		require.NoError(t, err)
		conn, err := net.Dial("tcp", u.Host)
		require.NoError(t, err, name)
		require.NoError(t, conn.Close())
		listeners = append(listeners, u.Host)
	}

	cloud.Close()
	assert.Equal(t, before, environment())
	requireEmpty(t, temp)
	for _, address := range listeners {
		conn, err := net.Dial("tcp", address)
		if !assert.Error(t, err, "nothing listens any more") {
			require.NoError(t, conn.Close())
		}
	}
}

func TestEachCaseStartsAndLeavesNothing(t *testing.T) {
	temp := setOtherIdentity(t)
	before := environment()
	var names []string
	for _, c := range embedded.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			assert.NotContains(t, names, c.Name)
			assert.NotEmpty(t, c.Shows)
			names = append(names, c.Name)
			cloud, err := embedded.Start(c.Name)
			if os.Getuid() == 0 && c.Name == "token-unreadable" {
				require.ErrorContains(t, err, "superuser")
			} else {
				require.NoError(t, err)
				assert.NotEqual(t, before, environment())
				cloud.Close()
			}
			assert.Equal(t, before, environment())
			requireEmpty(t, temp)
		})
	}
}

func TestAnUnknownCaseIsRefused(t *testing.T) {
	temp := setOtherIdentity(t)
	before := environment()
	cloud, err := embedded.Start("no-such-case")
	require.EqualError(t, err, `embedded: no case "no-such-case"`)
	assert.Nil(t, cloud)
	assert.Equal(t, before, environment())
	requireEmpty(t, temp)
}

func TestCasesReturnsACopy(t *testing.T) {
	embedded.Cases()[0].Name = "changed"
	assert.NotEqual(t, "changed", embedded.Cases()[0].Name)
}

func TestOnlyCommandsOfReportsHaveAnEffect(t *testing.T) {
	setOtherIdentity(t)
	cloud, err := embedded.Start("half-injected")
	require.NoError(t, err)
	defer cloud.Close()
	for _, c := range []struct{ command, want string }{
		{"helm upgrade", "helm: no such program"},
		{"kubectl get", "kubectl get: not a command of a report"},
		{"kubectl -n default delete pod api", "not a command of a report"},
		{"kubectl -n payments delete pod another", "not a command of a report"},
		{"kubectl -n payments drain node a", "not a command of a report"},
		{"kubectl -n payments annotate serviceaccount x", `serviceaccounts "x" not found`},
		{"kubectl -n payments patch deployment/api -p {", "unexpected end of JSON input"},
		{"aws", "aws: not a command of a report"},
		{"aws s3 sync", "not a command of a report"},
		{
			"aws iam update-assume-role-policy --role-name none --policy-document {}",
			"the role with name none cannot be found",
		},
		{
			"aws iam update-assume-role-policy --role-name payments-reader --policy-document {",
			"not JSON",
		},
		{
			"aws iam create-open-id-connect-provider --url https://example.com",
			"not a command of a report",
		},
		{
			"aws iam delete-open-id-connect-provider --open-id-connect-provider-arn arn:aws:iam::1:none",
			"arn:aws:iam::1:none not found",
		},
		{
			"aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn nobody's",
			"nobody's not found",
		},
	} {
		require.ErrorContains(t, cloud.Command(strings.Fields(c.command)...), c.want, c.command)
	}
	for _, reads := range []string{
		"kubectl -n payments get serviceaccount api -o yaml",
		"aws iam get-role --role-name payments-reader --query Role.AssumeRolePolicyDocument",
		"aws iam get-open-id-connect-provider --open-id-connect-provider-arn arn",
		"aws ec2 describe-vpc-endpoints --region eu-west-1 " +
			"--filters Name=service-name,Values=com.amazonaws.eu-west-1.sts",
	} {
		require.NoError(t, cloud.Command(strings.Fields(reads)...), reads)
	}
	assert.Empty(t, os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"))
	require.NoError(t, cloud.Command("kubectl", "-n", "payments", "set", "env", "deployment/api", "AWS_ROLE_ARN-"))
	assert.NotEmpty(t, os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"), "the pod was recreated")
	require.ErrorContains(t, cloud.FixByHand(), "fix half-injected: a command does it")
}
