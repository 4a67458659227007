package main

import (
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/exampletest"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestMain(m *testing.M) { exampletest.Main(m, main) }

func TestEmbeddedSaysWhoItIsAndListsTheBuckets(t *testing.T) {
	began := time.Now()
	result := exampletest.Run(t, nil, "-embedded")
	require.Zero(t, result.Code, result.Stderr)
	assert.Empty(t, result.Stderr)
	who, list, found := strings.Cut(result.Stdout, "\n\n")
	require.True(t, found, result.Stdout)

	is := map[string]string{}
	for line := range strings.Lines(who) {
		name, value, _ := strings.Cut(line, " ")
		is[name] = strings.TrimSpace(value)
	}
	assert.Equal(t, "system:serviceaccount:payments:api", is["subject"])
	assert.Equal(t, "arn:aws:iam::111122223333:role/payments-reader", is["role"])
	assert.Regexp(t, `^payments\.api-[a-z0-9]+-[a-z0-9]+$`, is["session"])
	at, _, _ := strings.Cut(is["expires"], ", in ")
	expires, err := time.Parse(time.RFC3339, at)
	require.NoError(t, err)
	assert.WithinRange(t, expires, began.Add(time.Hour-time.Second), time.Now().Add(time.Hour))
	assert.Len(t, is, 4)

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
	assert.Len(t, keys, 100, "in another region than the program's")

	keys, _ = objects("-bucket", "invoices", "-prefix", "nothing/")
	assert.Empty(t, keys)
}

func TestWhatGoesWrongIsOneLineAndStatus1(t *testing.T) {
	t.Run("a bucket that is not there", func(t *testing.T) {
		line := exampletest.Run(t, nil, "-embedded", "-bucket", "nothing-here").OneLine(t)
		assert.Contains(t, line, "listbuckets: ")
		assert.Contains(t, line, "nothing-here")
		assert.Contains(t, line, "bucket does not exist")
	})
	t.Run("an STS that is not reachable", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		closed := l.Addr().String()
		require.NoError(t, l.Close())
		issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
		pod, err := irsatest.WritePod(t.TempDir(), irsatest.PodOptions{
			Issuer: issuer, RoleARN: "arn:aws:iam::111122223333:role/reader", STS: "http://" + closed,
		})
		require.NoError(t, err)
		result := exampletest.Run(t, pod.Env())
		line := result.OneLine(t)
		assert.Contains(t, line, closed)
		assert.Contains(t, line, "arn:aws:iam::111122223333:role/reader")
		assert.Empty(t, result.Stdout)
	})
	t.Run("no identity", func(t *testing.T) {
		result := exampletest.Run(t, []string{"AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=eu-west-1"})
		assert.Contains(t, result.OneLine(t), "listbuckets: ")
		assert.Empty(t, result.Stdout)
	})
	t.Run("no identity, in a pod", func(t *testing.T) {
		result := exampletest.Run(t, []string{"AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=eu-west-1", "KUBERNETES_SERVICE_HOST=10.100.0.1"})
		assert.Contains(t, result.OneLine(t), "listbuckets: irsa: retrieve: no web identity is configured")
		assert.Empty(t, result.Stdout)
	})
	t.Run("half an identity", func(t *testing.T) {
		result := exampletest.Run(t, []string{"AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=eu-west-1", "AWS_ROLE_ARN=arn:aws:iam::111122223333:role/reader"})
		assert.Contains(t, result.OneLine(t), "AWS_WEB_IDENTITY_TOKEN_FILE")
		assert.Empty(t, result.Stdout)
	})
}

func TestWrongUsageIsStatus2(t *testing.T) {
	for name, args := range map[string][]string{
		"an argument":             {"-embedded", "invoices"},
		"a prefix without bucket": {"-embedded", "-prefix", "2025/"},
		"an unknown flag":         {"-buckets", "invoices"},
	} {
		t.Run(name, func(t *testing.T) {
			result := exampletest.Run(t, nil, args...)
			assert.Equal(t, 2, result.Code)
			assert.Contains(t, result.Stderr, "-embedded")
			assert.Empty(t, result.Stdout)
		})
	}
}
