package irsa_test

import (
	"errors"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// An outcome is what a program sees of a config, and STS of the program.
type outcome struct {
	loads, retrieves bool
	region, key      string // key: "WEB" for a session of the web identity
	ids              string // the credential sources in the user agent
	host             string // that was asked for the exchange
	request          string // its parameters, but for the session's name
	agent            string // its user agent, but for numbers
	class            string // of the error of load or retrieve; see classOf
}

var (
	credentialIDs = regexp.MustCompile(` m/([\w,+/-]+)`)
	versions      = regexp.MustCompile(`[\d.]+`)
)

func (w *world) outcome(t testing.TB, load func(*world, ...func(*config.LoadOptions) error) (aws.Config, error), options []func(*config.LoadOptions) error) outcome {
	w.sts = new(irsatest.STS)
	require.NoError(t, w.sts.Trust(roleARN, podIssuer, subject))
	w.http = irsatest.Client(map[string]http.Handler{"": w.sts, "169.254.169.254": instanceMetadata()})
	cfg, err := load(w, options...)
	if err != nil {
		return outcome{class: classOf(err)}
	}
	o := outcome{loads: true, region: cfg.Region}
	creds, err := cfg.Credentials.Retrieve(w.ctx)
	o.class = classOf(err)
	if err == nil {
		o.retrieves, o.key = true, creds.AccessKeyID
	}
	for _, r := range w.sts.Requests() {
		if r.Action != "AssumeRoleWithWebIdentity" {
			continue
		}
		name := r.Params
		name.Del("RoleSessionName")
		o.host, o.request, o.agent = r.Host, name.Encode(), versions.ReplaceAllString(r.UserAgent, "#")
		if o.retrieves && r.Code == "" {
			o.key = "WEB"
		}
	}
	if err == nil {
		var agent userAgent
		_, _ = sts.NewFromConfig(cfg, func(s *sts.Options) { s.HTTPClient, s.BaseEndpoint, s.Retryer = &agent, nil, aws.NopRetryer{} }).GetCallerIdentity(w.ctx, nil)
		if m := credentialIDs.FindStringSubmatch(string(agent)); m != nil {
			o.ids = m[1]
		}
	}
	return o
}

// classOf is what a program can tell of an error by errors.As and errors.Is, whoever made it.
func classOf(err error) string {
	var (
		api     smithy.APIError
		profile config.SharedConfigProfileNotExistError
		file    config.SharedConfigLoadError
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &api):
		return "api error " + api.ErrorCode()
	case errors.As(err, &profile):
		return "no such profile"
	case errors.As(err, &file):
		return "the shared config"
	}
	return "another error"
}

type userAgent string

func (u *userAgent) Do(r *http.Request) (*http.Response, error) {
	*u = userAgent(r.Header.Get("User-Agent"))
	return nil, http.ErrUseLastResponse
}

func TestParityWithLoadDefaultConfig(t *testing.T) {
	profile := func(t testing.TB, w *world) {
		bareEnv(t)
		sharedConfig(t, "[default]\nregion = us-west-2\nrole_arn = "+roleARN+"\nweb_identity_token_file = "+w.pod.TokenFile()+"\n")
	}
	keys := "aws_access_key_id = PROFILE\naws_secret_access_key = s\n"
	for name, c := range map[string]struct {
		prepare func(testing.TB, *world)
		options []func(*config.LoadOptions) error
		differs string // the row of the README that says so
	}{
		"an injected pod":  {},
		"a region in code": {options: opts(config.WithRegion("us-west-2"))},
		"a default region": {options: opts(config.WithDefaultRegion("us-west-2"))},
		"FIPS":             {prepare: env("AWS_USE_FIPS_ENDPOINT", "true")},
		"dual-stack":       {prepare: env("AWS_USE_DUALSTACK_ENDPOINT", "true")},
		"an STS endpoint":  {prepare: env("AWS_ENDPOINT_URL_STS", "https://sts.example.com")},
		"an STS endpoint, and FIPS": {prepare: func(t testing.TB, _ *world) {
			t.Setenv("AWS_ENDPOINT_URL_STS", "https://sts.example.com")
			t.Setenv("AWS_USE_FIPS_ENDPOINT", "true")
		}},
		"an STS endpoint, ignored": {prepare: func(t testing.TB, _ *world) {
			t.Setenv("AWS_ENDPOINT_URL_STS", "https://sts.example.com")
			t.Setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
		}},
		"an application's id": {prepare: env("AWS_SDK_UA_APP_ID", "app"), differs: "Interceptors, service options and the application's id"},
		"a duration in code":  {options: opts(config.WithWebIdentityRoleCredentialOptions(func(o *stscreds.WebIdentityRoleOptions) { o.Duration = 20 * 60e9 }))},
		"a session policy in code": {options: opts(config.WithWebIdentityRoleCredentialOptions(func(o *stscreds.WebIdentityRoleOptions) {
			o.Policy = aws.String(`{"Version":"2012-10-17","Statement":[]}`)
		}))},
		"a web identity in the profile": {prepare: profile},
		"AWS_PROFILE beside the web identity": {prepare: func(t testing.TB, _ *world) {
			sharedConfig(t, "[profile p]\nregion = us-west-2\n"+keys)
			t.Setenv("AWS_PROFILE", "p")
		}},
		"a missing AWS_PROFILE":                {prepare: env("AWS_PROFILE", "nope")},
		"static keys":                          {prepare: envKeys},
		"credentials in code":                  {options: opts(static)},
		"a profile in code":                    {prepare: func(t testing.TB, _ *world) { sharedConfig(t, "[profile p]\n"+keys) }, options: opts(config.WithSharedConfigProfile("p"))},
		"keys of the profile":                  {prepare: func(t testing.TB, _ *world) { bareEnv(t); sharedConfig(t, "[default]\n"+keys) }},
		"Pod Identity":                         {prepare: func(t testing.TB, _ *world) { bareEnv(t); container(t) }},
		"Pod Identity beside the web identity": {prepare: func(t testing.TB, _ *world) { container(t) }},
		"a node outside Kubernetes":            {prepare: func(t testing.TB, _ *world) { bareEnv(t) }},
		"a token file without a role":          {prepare: unset("AWS_ROLE_ARN")},
		"a token that is refused":              {prepare: func(t testing.TB, w *world) { require.NoError(t, w.pod.Write(jwtOf(podClaims))) }},
		"a role that trusts somebody else":     {prepare: env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/theirs")},
		"a token file that is missing":         {prepare: func(t testing.TB, w *world) { require.NoError(t, os.Remove(w.pod.TokenFile())) }},

		"a role without a token file":    {prepare: unset("AWS_WEB_IDENTITY_TOKEN_FILE"), differs: "Half a web identity"},
		"a pod without a web identity":   {prepare: node, differs: "The node's role"},
		"no region":                      {prepare: func(t testing.TB, _ *world) { t.Setenv("AWS_REGION", ""); t.Setenv("AWS_DEFAULT_REGION", "") }, differs: "No region"},
		"a malformed role":               {prepare: env("AWS_ROLE_ARN", "arn:aws:iam::1:role/x"), differs: "A role ARN, session name or duration that STS would refuse"},
		"partitions that disagree":       {prepare: env("AWS_REGION", "cn-north-1"), differs: "Partitions of role, region and issuer that disagree"},
		"white space after the token":    {prepare: func(t testing.TB, w *world) { writeLine(t, w) }, differs: "White space around the token"},
		"an empty token file":            {prepare: func(t testing.TB, w *world) { require.NoError(t, w.pod.Write("")) }, differs: "A file that can't hold a token"},
		"a general endpoint in code":     {options: opts(config.WithBaseEndpoint("https://s3.example.com")), differs: "A general endpoint"},
		"a general endpoint on loopback": {prepare: env("AWS_ENDPOINT_URL", "https://localhost"), differs: "A general endpoint"},
		"a duration in the profile": {prepare: func(t testing.TB, w *world) {
			bareEnv(t)
			sharedConfig(t, "[default]\nduration_seconds = 1800\nrole_arn = "+roleARN+"\nweb_identity_token_file = "+w.pod.TokenFile()+"\n")
		}, differs: "`duration_seconds` in a web identity's profile"},
		"service options": {options: opts(config.WithServiceOptions(func(_ string, o any) {
			if o, ok := o.(*sts.Options); ok {
				o.Region = "eu-central-1"
			}
		})), differs: "Interceptors, service options and the application's id"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.prepare != nil {
				c.prepare(t, w)
			}
			theirs := w.outcome(t, func(w *world, fns ...func(*config.LoadOptions) error) (aws.Config, error) {
				return config.LoadDefaultConfig(w.ctx, append(opts(config.WithHTTPClient(w.http)), fns...)...)
			}, c.options)
			ours := w.outcome(t, func(w *world, fns ...func(*config.LoadOptions) error) (aws.Config, error) {
				return w.load(new(irsa.Loader), fns...)
			}, c.options)
			if c.differs == "" {
				assert.Equal(t, theirs, ours)
				return
			}
			assert.NotEqual(t, theirs, ours, "there is no difference any more")
			assert.Contains(t, readme(t), "| "+c.differs+" |", "the README lacks the row")
		})
	}
}

func writeLine(t testing.TB, w *world) {
	b, err := os.ReadFile(w.pod.TokenFile())
	require.NoError(t, err)
	require.NoError(t, w.pod.Write(string(b)+"\n"))
}

// readme returns the part of the README that says what differs.
func readme(t testing.TB) string {
	b, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	_, part, ok := strings.Cut(string(b), "\n## What differs from LoadDefaultConfig\n")
	require.True(t, ok)
	part, _, _ = strings.Cut(part, "\n## ")
	return part
}
