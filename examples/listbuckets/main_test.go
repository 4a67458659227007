package main

import (
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/exampletest"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestMain(m *testing.M) { exampletest.Main(m, main) }

func TestEmbeddedPrintsTheIdentityAndListsTheBuckets(t *testing.T) {
	began := time.Now()
	result := exampletest.Run(t, nil, "-embedded")
	require.Zero(t, result.Code, result.Stderr)
	assert.Empty(t, result.Stderr)
	who, list, found := strings.Cut(result.Stdout, "\n\n")
	require.True(t, found, result.Stdout)

	fields := map[string]string{}
	for line := range strings.Lines(who) {
		name, value, _ := strings.Cut(line, " ")
		fields[name] = strings.TrimSpace(value)
	}
	assert.Equal(t, "system:serviceaccount:payments:api", fields["subject"])
	assert.Equal(t, "arn:aws:iam::111122223333:role/payments-reader", fields["role"])
	assert.Regexp(t, `^payments\.api-[a-z0-9]+-[a-z0-9]+$`, fields["session"])
	at, _, _ := strings.Cut(fields["expires"], ", in ")
	expires, err := time.Parse(time.RFC3339, at)
	require.NoError(t, err)
	assert.WithinRange(t, expires, began.Add(time.Hour-time.Second), time.Now().Add(time.Hour))
	assert.Len(t, fields, 4)

	lines := strings.Split(strings.TrimSpace(list), "\n")
	require.Len(t, lines, 3)
	assert.Equal(t, []string{"BUCKET", "REGION", "CREATED"}, strings.Fields(lines[0]))
	assert.Equal(t, []string{"invoices", "eu-west-1"}, strings.Fields(lines[1])[:2])
	assert.Equal(t, []string{"invoices-archive", "us-east-1"}, strings.Fields(lines[2])[:2])
}

func TestEmbeddedListsTheObjectsOfABucket(t *testing.T) {
	object := regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +(\d+)  (.+)$`)
	objects := func(args ...string) (keys, sizes []string) {
		result := exampletest.Run(t, nil, append([]string{"-embedded"}, args...)...)
		require.Zero(t, result.Code, result.Stderr)
		assert.Empty(t, result.Stderr)
		_, list, _ := strings.Cut(result.Stdout, "\n\n")
		for line := range strings.Lines(list) {
			m := object.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
			require.NotNil(t, m, line)
			sizes, keys = append(sizes, m[1]), append(keys, m[2])
		}
		return keys, sizes
	}
	keys, sizes := objects("-bucket", "invoices", "-prefix", "2025/03/invoice-004")
	require.Len(t, keys, 10)
	assert.Equal(t, "2025/03/invoice-0040.txt", keys[0])
	assert.Equal(t, "2025/03/invoice-0049.txt", keys[9])
	assert.Equal(t, "33", sizes[0])

	keys, _ = objects("-bucket", "invoices")
	assert.Len(t, keys, 1201, "more than a page")
	assert.IsIncreasing(t, keys)

	keys, _ = objects("-bucket", "invoices-archive", "-prefix", "2024/12/")
	assert.Len(t, keys, 100, "the bucket is in another region than the pod")

}

func TestAPrefixWithoutObjectsIsAFailure(t *testing.T) {
	result := exampletest.Run(t, nil, "-embedded", "-bucket", "invoices", "-prefix", "nothing/")
	assert.Equal(t, `listbuckets: prefix "nothing/": there are no objects`, result.OneLine(t))
}

func TestWhatGoesWrongIsStatus1AndALineWithWhatToDoBelow(t *testing.T) {
	t.Run("a bucket that does not exist", func(t *testing.T) {
		line, help := exampletest.Run(t, nil, "-embedded", "-bucket", "nothing-here").Explained(t)
		assert.Contains(t, line, "listbuckets: ")
		assert.Contains(t, line, "nothing-here")
		assert.Contains(t, line, "bucket does not exist")
		assert.Contains(t, help, "hint: check the bucket's name")
	})
	t.Run("an STS that is not reachable", func(t *testing.T) {
		closed := exampletest.RefusingAddress(t)
		issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
		pod, err := irsatest.WritePod(t.TempDir(), irsatest.PodOptions{
			Issuer: issuer, RoleARN: "arn:aws:iam::111122223333:role/reader", STS: "http://" + closed,
		})
		require.NoError(t, err)
		result := exampletest.Run(t, pod.Env())
		line, help := result.Explained(t)
		assert.Contains(t, help, "What to do:")
		assert.Contains(t, line, closed)
		assert.Contains(t, line, "arn:aws:iam::111122223333:role/reader")
		assert.Empty(t, result.Stdout)
	})
	// Without a web identity the SDK asks the instance for its role, which a test must not do.
	outside := []string{"AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=eu-west-1"}
	for _, c := range []struct{ name, env, says string }{
		{"no identity", "", "listbuckets: "},
		{
			"no identity, in a pod", "KUBERNETES_SERVICE_HOST=10.100.0.1",
			"listbuckets: irsa: retrieve: no web identity is configured",
		},
		{
			"half an identity", "AWS_ROLE_ARN=arn:aws:iam::111122223333:role/reader",
			"AWS_WEB_IDENTITY_TOKEN_FILE",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := outside
			if c.env != "" {
				env = append(slices.Clone(env), c.env)
			}
			result := exampletest.Run(t, env)
			line, help := result.Explained(t)
			assert.Contains(t, line, c.says)
			assert.NotEmpty(t, help)
			assert.Empty(t, result.Stdout)
		})
	}
}

func TestADeniedBucketIsExplained(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/teams/reader"
	issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
	var sts irsatest.STS
	require.NoError(t, sts.Trust(role, issuer, "system:serviceaccount:default:default"))
	exchange := httptest.NewServer(&sts)
	t.Cleanup(exchange.Close)
	fake := new(s3readtest.Server)
	fake.Put("invoices", "2025/03/invoice-0041", "x")
	fake.Inject(s3readtest.Fault{Do: s3readtest.Error("AccessDenied", "Access Denied")})
	store := httptest.NewServer(fake)
	t.Cleanup(store.Close)
	pod, err := irsatest.WritePod(t.TempDir(), irsatest.PodOptions{Issuer: issuer, RoleARN: role, STS: exchange.URL})
	require.NoError(t, err)
	env := append(pod.Env(), "AWS_ENDPOINT_URL_S3="+store.URL)
	for _, c := range []struct {
		args        []string
		denied, add string
	}{
		{nil, "s3:ListAllMyBuckets", `"Resource": "*"`},
		{[]string{"-bucket", "invoices"}, "s3:ListBucket", `"Resource": "arn:aws:s3:::invoices"`},
	} {
		result := exampletest.Run(t, env, c.args...)
		assert.Equal(t, 1, result.Code)
		line, help := result.Explained(t)
		assert.Contains(t, line, "permission denied")
		assert.Contains(t, help, `denied      "`+c.denied+`"`)
		assert.Contains(t, help, `role        "`+role+`"`)
		assert.Contains(t, help, "aws iam put-role-policy --role-name reader ")
		assert.Contains(t, help, c.add)
	}
}

// The flag -embedded starts the cloud in the middle of parsing the command line.
func TestEmbeddedMayStandAnywhereAmongTheFlags(t *testing.T) {
	for _, args := range [][]string{
		{"-embedded", "-bucket", "invoices", "-prefix", "2025/03/invoice-004"},
		{"-bucket", "invoices", "-embedded", "-prefix=2025/03/invoice-004"},
		{"-bucket", "invoices", "-prefix", "2025/03/invoice-004", "--embedded=true"},
	} {
		result := exampletest.Run(t, nil, args...)
		require.Zero(t, result.Code, result.Stderr)
		assert.Equal(t, 10, strings.Count(result.Stdout, "invoice-"), args)
	}
	for _, args := range [][]string{{"-embedded=false"}, {"-embedded", "-embedded=false"}} {
		result := exampletest.Run(t, []string{"AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=eu-west-1"}, args...)
		line, _ := result.Explained(t)
		assert.Contains(t, line, "listbuckets: ")
		assert.Empty(t, result.Stdout)
	}
}

func TestWrongUsageIsStatus2AndSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"an argument":             {[]string{"-embedded", "invoices"}, `unexpected argument "invoices"`},
		"a prefix without bucket": {[]string{"-embedded", "-prefix", "2025/"}, "-prefix needs -bucket"},
		"an unknown flag":         {[]string{"-buckets", "invoices"}, "-buckets"},
		"no value for embedded":   {[]string{"-embedded=perhaps"}, `"perhaps" for -embedded`},
	} {
		t.Run(name, func(t *testing.T) {
			result := exampletest.Run(t, nil, c.args...)
			result.Misused(t, c.says)
			assert.Contains(t, result.Stderr, "-embedded")
		})
	}
}
