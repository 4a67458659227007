package irsa_test

import (
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/assert"
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
		assert.NotEmpty(t, loadOptions[f], "the SDK has a new load option %s: what does it mean for the exchange, and for sharing a Provider?", f)
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
