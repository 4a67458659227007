package diagnose

import (
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

const eksIssuer = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"

// healthy is the evidence of a pod in which everything is well: tests change one thing in it.
func healthy(t *testing.T) *evidence {
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
		"AWS_DEFAULT_REGION", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_REGION", "eu-west-1")
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("x"), 0o600))
	now := time.Now()
	e := &evidence{
		pod: podfs.Pod{
			InKubernetes: true, Mounted: true,
			EKSToken: "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
		},
		role: "arn:aws:iam::111122223333:role/reader", file: file,
		token: &irsa.Token{
			Issuer: eksIssuer, Subject: "system:serviceaccount:payments:api", Audience: []string{"sts.amazonaws.com"},
			IssuedAt: now, NotBefore: now, ExpiresAt: now.Add(24 * time.Hour),
			Namespace: "payments", ServiceAccount: "api", Pod: "api-0", Node: "n",
		},
		endpoint: &url.URL{Scheme: "https", Host: "sts.eu-west-1.amazonaws.com"},
	}
	e.cfg.Region = "eu-west-1"
	return e
}

// A checkCase is a check, what is changed in the evidence of a healthy pod before it is made (nil:
// nothing), and what it must find.
type checkCase struct {
	check  func(*evidence) Check
	change func(*testing.T, *evidence)
	result Result
	detail string
}

func TestEachCheckJudgesBothWays(t *testing.T) {
	cases := maps.Clone(podCases)
	maps.Copy(cases, tokenCases)
	maps.Copy(cases, endpointCases)
	require.Len(t, cases, len(podCases)+len(tokenCases)+len(endpointCases), "a name is used twice")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := healthy(t)
			if c.change != nil {
				c.change(t, e)
			}
			got := c.check(e)
			assert.Equal(t, c.result, got.Result, got.Detail)
			assert.Contains(t, got.Detail, c.detail)
			assert.NotContains(t, got.Detail, "\n")
			if got.Result == Fail || got.Result == Warn && e.pod.InKubernetes {
				assert.NotEmpty(t, got.Fix)
			}
			if got.Result == Warn && got.Name == "kubernetes" {
				assert.Contains(t, got.Fix, ` exec "${POD:?}" -- `)
			}
		})
	}
}

// bare removes the identity from the evidence, and the variable that names the region.
func bare(t *testing.T, e *evidence) {
	t.Setenv("AWS_REGION", "")
	e.role, e.file, e.token = "", "", nil
}

// at gives the token an age and a life.
func at(e *evidence, age, life time.Duration) {
	e.token.IssuedAt = time.Now().Add(-age)
	e.token.ExpiresAt = e.token.IssuedAt.Add(life)
}

func TestAnAudienceIsSetBackWhereItWasSet(t *testing.T) {
	e := healthy(t)
	e.token.Audience = []string{"sts.amazon.com"}
	assert.Contains(t, e.tokenAudience().Fix, " AWS_WEB_IDENTITY_TOKEN_FILE-")
	e.pod.EKSToken = e.file
	assert.Contains(t, e.tokenAudience().Fix, " eks.amazonaws.com/audience-\n    kubectl -n payments delete pod api-0")
}

func TestATokenThatThisUserMayNotReadSaysWhatToSet(t *testing.T) {
	if os.Getuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("the superuser may read every file, and Windows has no modes")
	}
	e := healthy(t)
	require.NoError(t, os.Chmod(e.file, 0))
	c := e.tokenFile()
	assert.Equal(t, Fail, c.Result)
	assert.Contains(t, c.Detail, "can't be read by uid")
	assert.Contains(t, c.Fix, "fsGroup: 65534")
}
