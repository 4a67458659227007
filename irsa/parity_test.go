package irsa_test

import (
	"context"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// parities are pods and programs for which both loaders must have the same outcome, or one that is
// documented to differ.
var parities = map[string]struct {
	prepare setup
	options []func(*config.LoadOptions) error
	differs string // the item of the package documentation that says so
}{
	"an injected pod":  {},
	"a region in code": {options: opts(config.WithRegion("us-west-2"))},
	"a default region": {options: opts(config.WithDefaultRegion("us-west-2"))},
	"FIPS":             {prepare: env("AWS_USE_FIPS_ENDPOINT", "true")},
	"dual-stack":       {prepare: env("AWS_USE_DUALSTACK_ENDPOINT", "true")},
	"an STS endpoint":  {prepare: env("AWS_ENDPOINT_URL_STS", "https://sts.example.com")},
	"an STS endpoint, and FIPS": {
		prepare: all(env("AWS_ENDPOINT_URL_STS", "https://sts.example.com"), env("AWS_USE_FIPS_ENDPOINT", "true")),
	},
	"an STS endpoint, ignored": {
		prepare: all(env("AWS_ENDPOINT_URL_STS", "https://sts.example.com"), env(
			"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true",
		)),
	},
	"an application's id": {
		prepare: env("AWS_SDK_UA_APP_ID", "app"),
		differs: "Interceptors, service options and the application's id",
	},
	"a duration in code": {
		options: opts(config.WithWebIdentityRoleCredentialOptions(func(o *stscreds.WebIdentityRoleOptions) {
			o.Duration = 20 * 60e9
		})),
	},
	"a session policy in code": {options: opts(config.WithWebIdentityRoleCredentialOptions(
		func(o *stscreds.WebIdentityRoleOptions) {
			o.Policy = aws.String(`{"Version":"2012-10-17","Statement":[]}`)
		},
	))},
	"a web identity in the profile": {prepare: all(noIdentity, webProfile("default", "region = us-west-2\n"))},
	"AWS_PROFILE beside the web identity": {
		prepare: all(configFile("[profile p]\nregion = us-west-2\n"+profileKeys), env("AWS_PROFILE", "p")),
	},
	"a missing AWS_PROFILE": {prepare: env("AWS_PROFILE", "nope")},
	"static keys":           {prepare: staticKeys},
	"credentials in code":   {options: opts(static)},
	"a profile in code": {
		prepare: configFile("[profile p]\n" + profileKeys),
		options: opts(config.WithSharedConfigProfile("p")),
	},
	"keys of the profile":                  {prepare: all(noIdentity, configFile("[default]\n"+profileKeys))},
	"Pod Identity":                         {prepare: all(noIdentity, containerCredentials)},
	"Pod Identity beside the web identity": {prepare: containerCredentials},
	"a node outside Kubernetes":            {prepare: noIdentity},
	"a token file without a role":          {prepare: unset("AWS_ROLE_ARN")},
	"a token that is refused":              {prepare: writeToken(jwtOf(podClaims))},
	"a role that trusts somebody else":     {prepare: env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/theirs")},
	"a token file that is missing": {
		prepare: func(t testing.TB, w *testbed) { require.NoError(t, os.Remove(w.pod.TokenFile())) },
	},

	"a role without a token file":  {prepare: unset("AWS_WEB_IDENTITY_TOKEN_FILE"), differs: "Half a web identity"},
	"a pod without a web identity": {prepare: uninjected, differs: "The node's role"},
	"no region": {
		prepare: all(env("AWS_REGION", ""), env("AWS_DEFAULT_REGION", "")), differs: "No region",
	},
	"a malformed role": {
		prepare: env("AWS_ROLE_ARN", "arn:aws:iam::1:role/x"),
		differs: "A role ARN, session name or duration that STS would refuse",
	},
	"an illegal session name": {
		prepare: env("AWS_ROLE_SESSION_NAME", "has space"),
		differs: "A role ARN, session name or duration that STS would refuse",
	},
	"a duration of a minute": {
		options: opts(config.WithWebIdentityRoleCredentialOptions(func(o *stscreds.WebIdentityRoleOptions) {
			o.Duration = 60e9
		})),
		differs: "A role ARN, session name or duration that STS would refuse",
	},
	"partitions that disagree": {
		prepare: env("AWS_REGION", "cn-north-1"),
		differs: "Partitions of role and region that disagree",
	},
	"white space after the token": {prepare: writeLine, differs: "White space around the token"},
	"an empty token file":         {prepare: writeToken(""), differs: "A file that can't hold a token"},
	"a token that is no JWT":      {prepare: writeToken("hello"), differs: "A file that can't hold a token"},
	"a general endpoint in code": {
		options: opts(config.WithBaseEndpoint("https://s3.example.com")),
		differs: "A general endpoint",
	},
	"a general endpoint on loopback": {
		prepare: env("AWS_ENDPOINT_URL", "https://localhost"), differs: "A general endpoint",
	},
	"a duration in the profile": {
		prepare: all(noIdentity, webProfile("default", "duration_seconds = 1800\n")),
		differs: "duration_seconds in a web identity's profile",
	},
	"an interceptor": {options: opts(func(o *config.LoadOptions) error {
		o.Interceptors.AddBeforeSerialization(shorter{})
		return nil
	}), differs: "Interceptors, service options and the application's id"},
	"service options": {options: opts(config.WithServiceOptions(func(_ string, o any) {
		if o, ok := o.(*sts.Options); ok {
			o.Region = "eu-central-1"
		}
	})), differs: "Interceptors, service options and the application's id"},
}

func TestParityWithLoadDefaultConfig(t *testing.T) {
	for name, c := range parities {
		t.Run(name, func(t *testing.T) {
			w := newTestbed(t)
			if c.prepare != nil {
				c.prepare(t, w)
			}
			theirs, ours := w.outcome(t, theirs, c.options), w.outcome(t, ours, c.options)
			if c.differs == "" {
				assert.Equal(t, theirs, ours)
				return
			}
			assert.NotEqual(t, theirs, ours, "there is no difference any more")
		})
	}
}

// shorter is an interceptor that asks for sessions of half an hour.
type shorter struct{}

func (shorter) BeforeSerialization(_ context.Context, in *smithyhttp.InterceptorContext) error {
	if in, ok := in.Input.(*sts.AssumeRoleWithWebIdentityInput); ok {
		in.DurationSeconds = aws.Int32(1800)
	}
	return nil
}

// writeLine adds a line feed to the token, as echo and editors do.
func writeLine(t testing.TB, w *testbed) {
	b, err := os.ReadFile(w.pod.TokenFile())
	require.NoError(t, err)
	require.NoError(t, w.pod.Write(string(b)+"\n"))
}
