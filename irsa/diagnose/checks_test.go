package diagnose

import (
	"errors"
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

func TestEachCheckJudgesBothWays(t *testing.T) {
	for name, c := range map[string]struct {
		check  func(*evidence) Check
		change func(*testing.T, *evidence)
		result Result
		detail string
	}{
		"a pod that is well": {
			(*evidence).kubernetes, nil, OK, "pod payments/api-0, service account api, node n",
		},
		"no pod, no identity": {
			(*evidence).kubernetes,
			func(_ *testing.T, e *evidence) { e.pod.InKubernetes, e.role, e.token = false, "", nil },
			Warn, "this is not a pod",
		},
		"an identity outside Kubernetes": {
			(*evidence).kubernetes, func(_ *testing.T, e *evidence) { e.pod.InKubernetes = false },
			OK, "no sign of Kubernetes",
		},
		"no token tells who": {
			(*evidence).kubernetes, func(_ *testing.T, e *evidence) { e.token = nil }, OK,
			"in a pod (host ",
		},
		"a token that names no pod": {
			(*evidence).kubernetes,
			func(_ *testing.T, e *evidence) { e.token.Pod, e.token.Node = "", "" }, OK,
			"service account payments/api",
		},
		"half an identity and Pod Identity": {(*evidence).injected, func(t *testing.T, e *evidence) {
			e.file = ""
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23")
		}, Fail, "AWS_WEB_IDENTITY_TOKEN_FILE is not"},
		"a token file given by the Loader": {(*evidence).injected, func(_ *testing.T, e *evidence) {
			e.opts.Loader = &irsa.Loader{Options: irsa.Options{TokenFile: e.file}}
		}, OK, "the Loader's options"},
		"a Loader that gives neither": {
			(*evidence).injected,
			func(_ *testing.T, e *evidence) { e.opts.Loader = new(irsa.Loader) }, OK,
			"from the environment",
		},
		"a proxy and no endpoint": {
			(*evidence).proxies,
			func(t *testing.T, e *evidence) { t.Setenv("http_proxy", "http://p:1"); e.endpoint = nil },
			Skipped, "http_proxy is set; the endpoint is not known",
		},
		"injected": {(*evidence).injected, nil, OK, "from the environment"},
		"given by the Loader": {
			(*evidence).injected,
			func(_ *testing.T, e *evidence) { e.opts.Loader = &irsa.Loader{Options: irsa.Options{RoleARN: e.role}} },
			OK, "the Loader's options",
		},
		"from a profile": {
			(*evidence).injected, func(_ *testing.T, e *evidence) { e.profile = "reader" }, OK,
			"from the profile reader",
		},
		"Pod Identity in its place": {(*evidence).injected, func(t *testing.T, e *evidence) {
			e.role, e.file = "", ""
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23")
		}, Skipped, "EKS Pod Identity supplies"},
		"the other half": {
			(*evidence).injected, func(_ *testing.T, e *evidence) { e.role = "" }, Fail,
			"AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not",
		},
		"mounted without the variables": {
			(*evidence).injected, func(_ *testing.T, e *evidence) { e.role, e.file = "", "" }, Fail,
			"neither AWS_ROLE_ARN",
		},
		"not injected outside Kubernetes": {
			(*evidence).injected,
			func(_ *testing.T, e *evidence) { e.role, e.file, e.pod.InKubernetes = "", "", false },
			Warn, "neither AWS_ROLE_ARN",
		},
		"no Pod Identity": {(*evidence).podIdentity, nil, OK, "no EKS Pod Identity"},
		"Pod Identity alone": {(*evidence).podIdentity, func(t *testing.T, e *evidence) {
			e.role, e.file = "", ""
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23")
		}, Warn, "supplies the credentials; the webhook then injects no web identity"},
		"Pod Identity beside half an identity": {(*evidence).podIdentity, func(t *testing.T, e *evidence) {
			e.file = ""
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23")
		}, Warn, "supplies the credentials"},
		"Pod Identity beside the whole": {(*evidence).podIdentity, func(t *testing.T, _ *evidence) {
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23")
		}, Warn, "the web identity takes precedence"},
		"a folder for a file": {
			(*evidence).tokenFile, func(t *testing.T, e *evidence) { e.file = t.TempDir() }, Fail,
			"is a folder",
		},
		"a file that can be read": {(*evidence).tokenFile, nil, OK, "1 bytes, mode"},
		"a user's token": {
			(*evidence).tokenShape, func(_ *testing.T, e *evidence) { e.token.Subject = "alice" },
			Warn, `subject "alice" is not a Kubernetes service account`,
		},
		"a token that can't be read": {
			(*evidence).tokenShape,
			func(_ *testing.T, e *evidence) { e.tokenErr = errors.New("no") }, Fail, "no",
		},
		"a fresh token": {(*evidence).tokenLifetime, nil, OK, "issued for 24h0m0s, 24h0m0s left"},
		"a token without an end": {
			(*evidence).tokenLifetime,
			func(_ *testing.T, e *evidence) { e.token.ExpiresAt = time.Time{} }, Fail, "no expiry",
		},
		"a token of tomorrow": {
			(*evidence).tokenLifetime,
			func(_ *testing.T, e *evidence) { e.token.NotBefore = time.Now().Add(time.Hour) }, Fail,
			"not valid before",
		},
		"a short token due for rotation": {
			(*evidence).tokenLifetime,
			func(_ *testing.T, e *evidence) { at(e, 59*time.Minute, time.Hour) }, Warn,
			"it should have been replaced",
		},
		"a short token on its way": {
			(*evidence).tokenLifetime,
			func(_ *testing.T, e *evidence) { at(e, 50*time.Minute, time.Hour) }, OK,
			"issued for 1h0m0s, 10m0s left",
		},
		"no audience": {
			(*evidence).tokenAudience, func(_ *testing.T, e *evidence) { e.token.Audience = nil },
			Fail, "no audience",
		},
		"two audiences": {
			(*evidence).tokenAudience,
			func(_ *testing.T, e *evidence) { e.token.Audience = []string{"a", "b"} }, Fail,
			"STS takes exactly one",
		},
		"another audience": {
			(*evidence).tokenAudience,
			func(_ *testing.T, e *evidence) { e.token.Audience = []string{"sts.amazonaws.com\u200b"} },
			Warn, `"sts.amazonaws.com\u200b" is not`,
		},
		"the cluster's own audience": {
			(*evidence).tokenAudience,
			func(_ *testing.T, e *evidence) { e.token.Audience = []string{eksIssuer} }, Fail,
			"for the Kubernetes API",
		},
		"an issuer of EKS": {(*evidence).tokenIssuer, nil, OK, eksIssuer},
		"an issuer of somebody else": {
			(*evidence).tokenIssuer,
			func(_ *testing.T, e *evidence) { e.token.Issuer = "https://example.com" }, OK,
			"(not EKS)",
		},
		"the token of a Secret": {
			(*evidence).tokenIssuer,
			func(_ *testing.T, e *evidence) { e.token.Issuer = "kubernetes/serviceaccount" }, Fail,
			"legacy token",
		},
		"an issuer without https": {
			(*evidence).tokenIssuer,
			func(_ *testing.T, e *evidence) { e.token.Issuer = "http://example.com" }, Fail,
			"not an https URL",
		},
		"a role": {(*evidence).roleARN, nil, OK, "arn:aws:iam::111122223333:role/reader"},
		"a role of MinIO": {
			(*evidence).roleARN,
			func(_ *testing.T, e *evidence) { e.role = "arn:minio:iam:::role/x234567890" }, OK,
			"(not of AWS)",
		},
		"the region of the environment": {(*evidence).region, nil, OK, "eu-west-1, from AWS_REGION"},
		"the region of the issuer": {
			(*evidence).region, func(t *testing.T, _ *evidence) { t.Setenv("AWS_REGION", "") }, OK,
			"from the token's issuer",
		},
		"the region of a file": {
			(*evidence).region,
			func(t *testing.T, e *evidence) { t.Setenv("AWS_REGION", ""); e.cfg.Region = "us-east-1" },
			OK, "from the shared config file",
		},
		"no identity, no region": {
			(*evidence).region, func(t *testing.T, e *evidence) { bare(t, e); e.cfg.Region = "" },
			Skipped, "none: the webhook injects it",
		},
		"no identity, a file's region": {
			(*evidence).region,
			func(t *testing.T, e *evidence) { bare(t, e); e.cfg.Region = "us-east-1" }, OK,
			"us-east-1, from the shared config file",
		},
		"no identity, a region all the same": {
			(*evidence).region,
			func(t *testing.T, e *evidence) { bare(t, e); t.Setenv("AWS_DEFAULT_REGION", "eu-west-1") },
			OK, "eu-west-1, from AWS_DEFAULT_REGION",
		},
		"a region and no config": {
			(*evidence).region,
			func(_ *testing.T, e *evidence) { e.loadErr, e.cfg.Region = errors.New("no"), "" }, OK,
			"eu-west-1, from AWS_REGION",
		},
		"no region and no config": {(*evidence).region, func(t *testing.T, e *evidence) {
			t.Setenv("AWS_REGION", "")
			e.loadErr, e.cfg.Region = errors.New("no"), ""
		}, Skipped, "the config does not load"},
		"no config for want of a region": {(*evidence).region, func(t *testing.T, e *evidence) {
			t.Setenv("AWS_REGION", "")
			e.loadErr, e.cfg.Region = irsa.ErrRegion, ""
		}, Fail, "there is none in AWS_REGION"},
		"no region, and an issuer that names none": {(*evidence).region, func(t *testing.T, e *evidence) {
			t.Setenv("AWS_REGION", "")
			e.cfg.Region, e.token.Issuer = "", "https://cluster.example.com"
		}, Fail, "the token's issuer does not tell"},
		"a region that there is not": {
			(*evidence).region, func(_ *testing.T, e *evidence) { e.cfg.Region = "eu-west1" }, Warn,
			"eu-west1, from AWS_REGION: AWS has no region of this name",
		},
		"a region of another store": {(*evidence).region, func(_ *testing.T, e *evidence) {
			e.cfg.Region, e.token.Issuer = "garage", "https://cluster.example.com"
		}, OK, "garage, from AWS_REGION"},
		"one partition": {(*evidence).partitions, nil, OK, "aws"},
		"two partitions": {
			(*evidence).partitions, func(_ *testing.T, e *evidence) { e.cfg.Region = "cn-north-1" },
			Fail, "role aws, region aws-cn, issuer aws",
		},
		"the regional endpoint": {(*evidence).stsEndpoint, nil, OK, "sts.eu-west-1.amazonaws.com"},
		"the legacy endpoint": {
			(*evidence).stsEndpoint,
			func(_ *testing.T, e *evidence) { e.env.STSRegionalEndpoints = "legacy" }, OK,
			"AWS_STS_REGIONAL_ENDPOINTS=legacy has no effect",
		},
		"the legacy endpoint, and no identity": {(*evidence).stsEndpoint, func(_ *testing.T, e *evidence) {
			e.endpoint, e.endpointErr, e.env.STSRegionalEndpoints = nil, errors.New("no"), "legacy"
		}, Skipped, "it is not known: no; AWS_STS_REGIONAL_ENDPOINTS=legacy has no effect"},
		"no proxy": {(*evidence).proxies, nil, OK, "none"},
		"a proxy that is passed by": {
			(*evidence).proxies,
			func(t *testing.T, e *evidence) { t.Setenv("HTTPS_PROXY", "http://p:1"); e.probe = &probe{} },
			OK, "does not take it",
		},
		"a clock without an answer": {(*evidence).clock, nil, Skipped, "no answer of STS"},
		"no trust policy":           {(*evidence).trustPolicy, nil, Skipped, "none was given"},
		"a trust policy and no token": {
			(*evidence).trustPolicy,
			func(_ *testing.T, e *evidence) { e.opts.TrustPolicy, e.token = []byte("{}"), nil },
			Skipped, "no token",
		},
	} {
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
