package irsa_test

import (
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// What each of the SDK's load options means for the exchange of a web identity.
const (
	decides    = "decides which credentials a config has"
	reaches    = "reaches the exchange"
	irrelevant = "can't matter to the exchange"
	ignored    = "is documented as not honoured"
)

var loadOptions = map[string]string{
	"Credentials":              decides,
	"SharedConfigProfile":      decides,
	"SharedConfigFiles":        decides,
	"SharedCredentialsFiles":   decides,
	"EC2RoleCredentialOptions": decides, // allows the node's role

	"Region":                           reaches,
	"DefaultRegion":                    reaches,
	"UseEC2IMDSRegion":                 reaches, // the region that it finds
	"HTTPClient":                       reaches,
	"CustomCABundle":                   reaches,
	"EndpointResolver":                 reaches, // as a general endpoint
	"EndpointResolverWithOptions":      reaches, // as a general endpoint
	"BaseEndpoint":                     reaches, // as a general endpoint
	"APIOptions":                       reaches,
	"Interceptors":                     reaches,
	"ServiceOptions":                   reaches,
	"Logger":                           reaches, // warnings, and the SDK's debug log
	"ClientLogMode":                    reaches, // except for bodies
	"CredentialsCacheOptions":          reaches, // ExpiryWindow, as an earlier refresh
	"WebIdentityRoleCredentialOptions": reaches,
	"UseDualStackEndpoint":             reaches,
	"UseFIPSEndpoint":                  reaches,
	"DefaultsModeOptions":              reaches, // the time for connecting
	"AppID":                            reaches, // the user agent
	"DisableClockSkewCorrection":       reaches,
	"AuthSchemePreference":             reaches, // though the exchange isn't signed

	"Retryer":          ignored, // the refresh engine repeats by its own rules
	"RetryMode":        ignored,
	"RetryMaxAttempts": ignored,

	"BearerAuthTokenProvider":          irrelevant,
	"BearerAuthTokenCacheOptions":      irrelevant,
	"SSOTokenProviderOptions":          irrelevant,
	"SSOProviderOptions":               irrelevant,
	"ProcessCredentialOptions":         irrelevant,
	"EndpointCredentialOptions":        irrelevant,
	"AssumeRoleCredentialOptions":      irrelevant,
	"LogConfigurationWarnings":         irrelevant,
	"S3UseARNRegion":                   irrelevant,
	"S3DisableMultiRegionAccessPoints": irrelevant,
	"S3DisableExpressAuth":             irrelevant,
	"EnableEndpointDiscovery":          irrelevant,
	"EC2IMDSClientEnableState":         irrelevant, // tells ErrNotConfigured from ErrNodeRole
	"EC2IMDSEndpointMode":              irrelevant,
	"EC2IMDSEndpoint":                  irrelevant,
	"DisableRequestCompression":        irrelevant,
	"RequestMinCompressSizeBytes":      irrelevant,
	"AccountIDEndpointMode":            irrelevant,
	"RequestChecksumCalculation":       irrelevant,
	"ResponseChecksumValidation":       irrelevant,
	"RestrictFilePermissions":          irrelevant, // of the SSO cache
}

func TestEveryLoadOptionOfTheSDKIsClassified(t *testing.T) {
	seen := map[string]bool{}
	for f := range fields(reflect.TypeFor[config.LoadOptions]()) {
		seen[f] = true
		assert.NotEmpty(
			t, loadOptions[f],
			"the SDK has a new load option %s: what does it mean for the exchange, and for sharing a Provider?",
			f,
		)
	}
	for f := range loadOptions {
		assert.True(t, seen[f], "the SDK no longer has %s", f)
	}
}

func fields(t reflect.Type) map[string]bool {
	names := map[string]bool{}
	for i := range t.NumField() {
		names[t.Field(i).Name] = true
	}
	return names
}

func TestAProfileAndOptionsAndCodeFillTheExchangeInTheirOrder(t *testing.T) {
	w := newTestbed(t)
	noIdentity(t, w)
	sharedConfig(
		t,
		"[default]\nrole_arn = "+roleARN+"\nrole_session_name = from-profile\nduration_seconds = 1800\n"+
			"web_identity_token_file = "+w.pod.TokenFile()+"\n",
	)
	name := func(name string) func(*config.LoadOptions) error {
		return config.WithWebIdentityRoleCredentialOptions(func(o *stscreds.WebIdentityRoleOptions) {
			o.RoleSessionName = name
		})
	}
	for _, c := range []struct {
		options irsa.Options
		code    []func(*config.LoadOptions) error
		want    string
		seconds string
	}{
		{want: "from-profile", seconds: "1800"},
		{code: opts(name("from-code")), want: "from-code", seconds: "1800"},
		{
			options: irsa.Options{SessionName: "from-options", Duration: time.Hour},
			code:    opts(name("from-code")), want: "from-options", seconds: "3600",
		},
	} {
		cfg, err := w.load(&irsa.Loader{Options: c.options}, c.code...)
		require.NoError(t, err)
		_, err = cfg.Credentials.Retrieve(w.ctx)
		require.NoError(t, err)
		all := w.sts.Requests()
		last := all[len(all)-1]
		assert.Equal(t, c.want, last.Params.Get("RoleSessionName"))
		assert.Equal(t, c.seconds, last.Params.Get("DurationSeconds"))
		assert.Equal(t, roleARN, last.Params.Get("RoleArn"))
	}
}

func TestTheRegionComesFromTheTokenWhereNothingElseGivesOne(t *testing.T) {
	w := newTestbed(t)
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		require.NoError(t, os.Unsetenv(name))
	}
	cfg, err := w.load(&irsa.Loader{})
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1", cfg.Region)
	_, err = cfg.Credentials.Retrieve(w.ctx)
	require.NoError(t, err)
	assert.Equal(t, "sts.eu-west-1.amazonaws.com", w.sts.Requests()[0].Host)

	t.Run("unless the config has one", func(t *testing.T) {
		cfg, err := w.load(&irsa.Loader{}, config.WithDefaultRegion("us-west-2"))
		require.NoError(t, err)
		assert.Equal(t, "us-west-2", cfg.Region)
	})
	t.Run("and an issuer that names none is an error that lists the places", func(t *testing.T) {
		require.NoError(t, w.pod.Write(jwtOf(`{"iss":"https://kubernetes.default.svc","aud":["sts.amazonaws.com"]}`)))
		_, err := w.load(&irsa.Loader{})
		require.ErrorIs(t, err, irsa.ErrRegion)
		for _, place := range []string{
			"options", "AWS_REGION", "AWS_DEFAULT_REGION", "shared config",
			"https://kubernetes.default.svc",
		} {
			assert.ErrorContains(t, err, place)
		}
	})
}
