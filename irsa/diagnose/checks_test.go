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

	"github.com/seed-15cba5db/irsa-go/irsa"
)

const eksIssuer = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"

// healthy is a subject whose pod is well.
func healthy(t *testing.T) *subject {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_DEFAULT_REGION", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_REGION", "eu-west-1")
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("x"), 0o600))
	now := time.Now()
	s := &subject{
		inKubernetes: true, mounted: true, role: "arn:aws:iam::111122223333:role/reader", file: file,
		token: &irsa.Token{
			Issuer: eksIssuer, Subject: "system:serviceaccount:payments:api", Audience: []string{"sts.amazonaws.com"},
			IssuedAt: now, NotBefore: now, ExpiresAt: now.Add(24 * time.Hour), Namespace: "payments", ServiceAccount: "api", Pod: "api-0", Node: "n",
		},
		endpoint: &url.URL{Scheme: "https", Host: "sts.eu-west-1.amazonaws.com"},
	}
	s.cfg.Region = "eu-west-1"
	return s
}

func TestEachCheckJudgesBothWays(t *testing.T) {
	for name, c := range map[string]struct {
		check  func(*subject) Check
		change func(*testing.T, *subject)
		result Result
		detail string
	}{
		"a pod that is well":             {(*subject).kubernetes, nil, OK, "pod payments/api-0, service account api, node n"},
		"no pod, no identity":            {(*subject).kubernetes, func(_ *testing.T, s *subject) { s.inKubernetes, s.role, s.token = false, "", nil }, Warn, "this is no pod"},
		"an identity outside Kubernetes": {(*subject).kubernetes, func(_ *testing.T, s *subject) { s.inKubernetes = false }, OK, "no sign of Kubernetes"},
		"no token tells who":             {(*subject).kubernetes, func(_ *testing.T, s *subject) { s.token = nil }, OK, "in a pod (host "},
		"a token that names no pod":      {(*subject).kubernetes, func(_ *testing.T, s *subject) { s.token.Pod, s.token.Node = "", "" }, OK, "service account payments/api"},
		"half an identity and Pod Identity": {(*subject).injected, func(t *testing.T, s *subject) {
			s.file = ""
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23")
		}, Fail, "AWS_WEB_IDENTITY_TOKEN_FILE is not"},
		"a token file given by the Loader": {(*subject).injected, func(_ *testing.T, s *subject) { s.opts.Loader = &irsa.Loader{Options: irsa.Options{TokenFile: s.file}} }, OK, "the Loader's options"},
		"a Loader that gives neither":      {(*subject).injected, func(_ *testing.T, s *subject) { s.opts.Loader = new(irsa.Loader) }, OK, "from the environment"},
		"a proxy and no endpoint":          {(*subject).proxies, func(t *testing.T, s *subject) { t.Setenv("http_proxy", "http://p:1"); s.endpoint = nil }, Skipped, "http_proxy is set; the endpoint is not known"},
		"injected":                         {(*subject).injected, nil, OK, "from the environment"},
		"given by the Loader":              {(*subject).injected, func(_ *testing.T, s *subject) { s.opts.Loader = &irsa.Loader{Options: irsa.Options{RoleARN: s.role}} }, OK, "the Loader's options"},
		"from a profile":                   {(*subject).injected, func(_ *testing.T, s *subject) { s.profile = "reader" }, OK, "from the profile reader"},
		"Pod Identity in its place": {(*subject).injected, func(t *testing.T, s *subject) {
			s.role, s.file = "", ""
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23")
		}, Skipped, "EKS Pod Identity supplies"},
		"the other half":                  {(*subject).injected, func(_ *testing.T, s *subject) { s.role = "" }, Fail, "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not"},
		"mounted without the variables":   {(*subject).injected, func(_ *testing.T, s *subject) { s.role, s.file = "", "" }, Fail, "neither AWS_ROLE_ARN"},
		"not injected outside Kubernetes": {(*subject).injected, func(_ *testing.T, s *subject) { s.role, s.file, s.inKubernetes = "", "", false }, Warn, "neither AWS_ROLE_ARN"},
		"no Pod Identity":                 {(*subject).podIdentity, nil, OK, "no EKS Pod Identity"},
		"Pod Identity alone": {(*subject).podIdentity, func(t *testing.T, s *subject) {
			s.role, s.file = "", ""
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23")
		}, Warn, "supplies the credentials; the webhook then injects no web identity"},
		"Pod Identity beside half an identity": {(*subject).podIdentity, func(t *testing.T, s *subject) {
			s.file = ""
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23")
		}, Warn, "supplies the credentials"},
		"Pod Identity beside the whole": {(*subject).podIdentity, func(t *testing.T, _ *subject) {
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23")
		}, Warn, "the web identity goes first"},
		"half of the keys":           {(*subject).shadowed, func(t *testing.T, _ *subject) { t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE") }, OK, "nothing takes precedence"},
		"the other half of the keys": {(*subject).shadowed, func(t *testing.T, _ *subject) { t.Setenv("AWS_SECRET_ACCESS_KEY", "example") }, OK, "nothing takes precedence"},
		"keys and half an identity":  {(*subject).shadowed, func(t *testing.T, s *subject) { keys(t); s.file = "" }, Fail, "the role is not used"},
		"keys and an identity":       {(*subject).shadowed, func(t *testing.T, _ *subject) { keys(t) }, Fail, "the role is not used"},
		"nothing in front":           {(*subject).shadowed, nil, OK, "nothing takes precedence"},
		"keys behind the Loader's options": {(*subject).shadowed, func(t *testing.T, s *subject) {
			keys(t)
			s.opts.Loader = &irsa.Loader{Options: irsa.Options{RoleARN: s.role}}
		}, OK, "go before them"},
		"keys and nothing to shadow":         {(*subject).shadowed, func(t *testing.T, s *subject) { keys(t); s.role, s.file = "", "" }, OK, "no web identity to shadow"},
		"a folder for a file":                {(*subject).tokenFile, func(t *testing.T, s *subject) { s.file = t.TempDir() }, Fail, "is a folder"},
		"a file that can be read":            {(*subject).tokenFile, nil, OK, "1 bytes, mode"},
		"a user's token":                     {(*subject).tokenShape, func(_ *testing.T, s *subject) { s.token.Subject = "alice" }, Warn, `subject "alice" is no Kubernetes service account`},
		"a token that can't be read":         {(*subject).tokenShape, func(_ *testing.T, s *subject) { s.tokenErr = errors.New("no") }, Fail, "no"},
		"a fresh token":                      {(*subject).tokenLifetime, nil, OK, "issued for 24h0m0s, 24h0m0s left"},
		"a token without an end":             {(*subject).tokenLifetime, func(_ *testing.T, s *subject) { s.token.ExpiresAt = time.Time{} }, Fail, "no expiry"},
		"a token of tomorrow":                {(*subject).tokenLifetime, func(_ *testing.T, s *subject) { s.token.NotBefore = time.Now().Add(time.Hour) }, Fail, "not valid before"},
		"a short token due for rotation":     {(*subject).tokenLifetime, func(_ *testing.T, s *subject) { at(s, 59*time.Minute, time.Hour) }, Warn, "it should have been replaced"},
		"a short token on its way":           {(*subject).tokenLifetime, func(_ *testing.T, s *subject) { at(s, 50*time.Minute, time.Hour) }, OK, "issued for 1h0m0s, 10m0s left"},
		"no audience":                        {(*subject).tokenAudience, func(_ *testing.T, s *subject) { s.token.Audience = nil }, Fail, "no audience"},
		"two audiences":                      {(*subject).tokenAudience, func(_ *testing.T, s *subject) { s.token.Audience = []string{"a", "b"} }, Fail, "STS takes exactly one"},
		"another audience":                   {(*subject).tokenAudience, func(_ *testing.T, s *subject) { s.token.Audience = []string{"sts.amazonaws.com\u200b"} }, Warn, `"sts.amazonaws.com\u200b" is not`},
		"the cluster's own audience":         {(*subject).tokenAudience, func(_ *testing.T, s *subject) { s.token.Audience = []string{eksIssuer} }, Fail, "for the Kubernetes API"},
		"an issuer of EKS":                   {(*subject).tokenIssuer, nil, OK, eksIssuer},
		"an issuer of somebody else":         {(*subject).tokenIssuer, func(_ *testing.T, s *subject) { s.token.Issuer = "https://example.com" }, OK, "(not EKS)"},
		"the token of a Secret":              {(*subject).tokenIssuer, func(_ *testing.T, s *subject) { s.token.Issuer = "kubernetes/serviceaccount" }, Fail, "legacy token"},
		"an issuer without https":            {(*subject).tokenIssuer, func(_ *testing.T, s *subject) { s.token.Issuer = "http://example.com" }, Fail, "not an https URL"},
		"a role":                             {(*subject).roleARN, nil, OK, "arn:aws:iam::111122223333:role/reader"},
		"a role of MinIO":                    {(*subject).roleARN, func(_ *testing.T, s *subject) { s.role = "arn:minio:iam:::role/x234567890" }, OK, "(not of AWS)"},
		"the region of the environment":      {(*subject).region, nil, OK, "eu-west-1, from AWS_REGION"},
		"the region of the issuer":           {(*subject).region, func(t *testing.T, _ *subject) { t.Setenv("AWS_REGION", "") }, OK, "from the token's issuer"},
		"the region of a file":               {(*subject).region, func(t *testing.T, s *subject) { t.Setenv("AWS_REGION", ""); s.cfg.Region = "us-east-1" }, OK, "from the shared config file"},
		"no identity, no region":             {(*subject).region, func(t *testing.T, s *subject) { bare(t, s); s.cfg.Region = "" }, Skipped, "none: the webhook injects it"},
		"no identity, a file's region":       {(*subject).region, func(t *testing.T, s *subject) { bare(t, s); s.cfg.Region = "us-east-1" }, OK, "us-east-1, from the shared config file"},
		"no identity, a region all the same": {(*subject).region, func(t *testing.T, s *subject) { bare(t, s); t.Setenv("AWS_DEFAULT_REGION", "eu-west-1") }, OK, "eu-west-1, from AWS_DEFAULT_REGION"},
		"a region and no config":             {(*subject).region, func(_ *testing.T, s *subject) { s.loadErr, s.cfg.Region = errors.New("no"), "" }, OK, "eu-west-1, from AWS_REGION"},
		"no region and no config": {(*subject).region, func(t *testing.T, s *subject) {
			t.Setenv("AWS_REGION", "")
			s.loadErr, s.cfg.Region = errors.New("no"), ""
		}, Skipped, "the config does not load"},
		"no config for want of a region": {(*subject).region, func(t *testing.T, s *subject) {
			t.Setenv("AWS_REGION", "")
			s.loadErr, s.cfg.Region = irsa.ErrRegion, ""
		}, Fail, "there is none in AWS_REGION"},
		"no region, and an issuer that names none": {(*subject).region, func(t *testing.T, s *subject) {
			t.Setenv("AWS_REGION", "")
			s.cfg.Region, s.token.Issuer = "", "https://cluster.example.com"
		}, Fail, "the token's issuer does not tell"},
		"a region that there is not": {(*subject).region, func(_ *testing.T, s *subject) { s.cfg.Region = "eu-west1" }, Warn, "eu-west1, from AWS_REGION: AWS names no region so"},
		"a region of another store": {(*subject).region, func(_ *testing.T, s *subject) {
			s.cfg.Region, s.token.Issuer = "garage", "https://cluster.example.com"
		}, OK, "garage, from AWS_REGION"},
		"one partition":         {(*subject).partitions, nil, OK, "aws"},
		"two partitions":        {(*subject).partitions, func(_ *testing.T, s *subject) { s.cfg.Region = "cn-north-1" }, Fail, "role aws, region aws-cn, issuer aws"},
		"the regional endpoint": {(*subject).stsEndpoint, nil, OK, "sts.eu-west-1.amazonaws.com"},
		"the legacy endpoint":   {(*subject).stsEndpoint, func(_ *testing.T, s *subject) { s.env.STSRegionalEndpoints = "legacy" }, OK, "AWS_STS_REGIONAL_ENDPOINTS=legacy has no effect"},
		"the legacy endpoint, and no identity": {(*subject).stsEndpoint, func(_ *testing.T, s *subject) {
			s.endpoint, s.endpointErr, s.env.STSRegionalEndpoints = nil, errors.New("no"), "legacy"
		}, Skipped, "it is not known: no; AWS_STS_REGIONAL_ENDPOINTS=legacy has no effect"},
		"no proxy":                    {(*subject).proxies, nil, OK, "none"},
		"a proxy that is passed by":   {(*subject).proxies, func(t *testing.T, s *subject) { t.Setenv("HTTPS_PROXY", "http://p:1"); s.probe = &probe{} }, OK, "does not take it"},
		"a clock without an answer":   {(*subject).clock, nil, Skipped, "no answer of STS"},
		"no trust policy":             {(*subject).trustPolicy, nil, Skipped, "none was given"},
		"a trust policy and no token": {(*subject).trustPolicy, func(_ *testing.T, s *subject) { s.opts.TrustPolicy, s.token = []byte("{}"), nil }, Skipped, "no token"},
	} {
		t.Run(name, func(t *testing.T) {
			s := healthy(t)
			if c.change != nil {
				c.change(t, s)
			}
			got := c.check(s)
			assert.Equal(t, c.result, got.Result, got.Detail)
			assert.Contains(t, got.Detail, c.detail)
			assert.NotContains(t, got.Detail, "\n")
			if got.Result == Fail || got.Result == Warn && s.inKubernetes {
				assert.NotEmpty(t, got.Fix)
			}
			if got.Result == Warn && got.Name == "kubernetes" {
				assert.Contains(t, got.Fix, ` exec "${POD:?}" -- `)
			}
		})
	}
}

func keys(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "example")
}

// bare takes the identity out, and what names a region.
func bare(t *testing.T, s *subject) {
	t.Setenv("AWS_REGION", "")
	s.role, s.file, s.token = "", "", nil
}

// at makes the token so old, of so long a life.
func at(s *subject, age, life time.Duration) {
	s.token.IssuedAt = time.Now().Add(-age)
	s.token.ExpiresAt = s.token.IssuedAt.Add(life)
}

func TestAnAudienceIsSetBackWhereItWasSet(t *testing.T) {
	s := healthy(t)
	s.token.Audience = []string{"sts.amazon.com"}
	assert.Contains(t, s.tokenAudience().Fix, " AWS_WEB_IDENTITY_TOKEN_FILE-")
	s.webhookFile = s.file
	assert.Contains(t, s.tokenAudience().Fix, " eks.amazonaws.com/audience-\n    kubectl -n payments delete pod api-0")
}

func TestATokenThatThisUserMayNotReadSaysWhatToSet(t *testing.T) {
	if os.Getuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("the superuser may read every file, and Windows has no modes")
	}
	s := healthy(t)
	require.NoError(t, os.Chmod(s.file, 0))
	c := s.tokenFile()
	assert.Equal(t, Fail, c.Result)
	assert.Contains(t, c.Detail, "can't be read by uid")
	assert.Contains(t, c.Fix, "fsGroup: 65534")
}
