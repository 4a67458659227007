package irsa_test

import (
	"net/http"
	"runtime"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// retrieveChained loads a config in which the SDK's chain finds something, and asks it.
func (w *testbed) retrieveChained(
	t *testing.T, optFns ...func(*config.LoadOptions) error,
) (*aws.CredentialsCache, aws.Credentials, error) {
	t.Helper()
	cfg, err := w.load(new(irsa.Loader), optFns...)
	require.NoError(t, err)
	_, own := irsa.ProviderFrom(cfg)
	require.False(t, own)
	cache, ok := cfg.Credentials.(*aws.CredentialsCache)
	require.True(t, ok, "of the type that the SDK's own config has: %T", cfg.Credentials)
	c, err := cache.Retrieve(t.Context())
	return cache, c, err
}

func TestWhatElseTheChainFindsFailsWithAnExplanation(t *testing.T) {
	const process = "[default]\ncredential_process = "
	for _, tc := range []struct {
		name   string
		config string
		env    [2]string
		unix   bool
		says   string // part of the error
		fix    string // part of Explain
	}{
		{name: "a process that fails", config: process + "/bin/false", unix: true, says: "exit status 1",
			fix: "by hand"},
		{name: "a process that prints a secret", config: process + `echo -n {"SecretAccessKey":"wJalrXUtnFEMI",}`,
			unix: true, says: "its output is not JSON", fix: "by hand"},
		{name: "a process that prints another type", config: process + `echo "\"wJalrXUtnFEMI\""`,
			unix: true, says: "another form", fix: "by hand"},
		{name: "a sign-in that never was", config: "[default]\nsso_account_id = 111122223333\nsso_role_name = reader\n" +
			"sso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\nregion = eu-west-1\n",
			says: "SSO token", fix: "aws sso login"},
		{name: "a login that never was", config: "[default]\nlogin_session = arn:aws:iam::111122223333:user/ada\n" +
			"region = eu-west-1\n", says: "reauthenticate", fix: "aws login"},
		{name: "keys of the environment that are none", config: "[default]\nrole_arn = " + hop1Role +
			"\ncredential_source = Environment\nregion = eu-west-1\n", says: "static credentials are empty",
			fix: "AWS_ACCESS_KEY_ID"},
		{name: "nothing at all", env: [2]string{"AWS_EC2_METADATA_DISABLED", "true"}, says: "IMDS",
			fix: "a service account with a role"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.unix && runtime.GOOS == "windows" {
				t.Skip("the command is one of POSIX systems")
			}
			w := newTestbed(t)
			noIdentity(t, w)
			sharedConfig(t, tc.config)
			if tc.env[0] != "" {
				t.Setenv(tc.env[0], tc.env[1])
			}
			_, _, err := w.retrieveChained(t)
			var e *irsa.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "retrieve", e.Op)
			require.ErrorContains(t, err, tc.says)
			assert.NotContains(t, err.Error(), "\n")
			assert.Contains(t, irsa.Explain(err), tc.fix)
			assert.NotContains(t, err.Error()+irsa.Explain(err), "wJalrXUtnFEMI")
			if tc.unix {
				var output *processcreds.ProviderError
				require.ErrorAs(t, err, &output, "the SDK's types are kept")
				assert.NotContains(t, output.Err.Error(), "wJalrXUtnFEMI")
			}
		})
	}
}

func TestARoleThatAProfileAssumesIsExplainedByWhatSTSSays(t *testing.T) {
	w := newTestbed(t)
	noIdentity(t, w)
	sharedConfig(t, "[default]\nrole_arn = "+hop1Role+"\nsource_profile = keys\nregion = eu-west-1\n"+
		"[profile keys]\n"+profileKeys)
	w.sts.Inject(irsatest.Fault{Do: irsatest.Error("AccessDenied",
		"User: arn:aws:iam::111122223333:user/ci is not authorized to perform: sts:AssumeRole on resource: "+hop1Role)})
	_, _, err := w.retrieveChained(t)
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	assert.Equal(t, "AccessDenied", api.ErrorCode())
	assert.Contains(t, irsa.Explain(err), "sts:AssumeRole")
}

func TestWhatElseTheChainFindsIsTheSDKs(t *testing.T) {
	w := newTestbed(t)
	noIdentity(t, w)
	containerCredentials(t, w)
	asked := 0
	counted := config.WithEndpointCredentialOptions(func(o *endpointcreds.Options) {
		o.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			asked++
			return http.DefaultTransport.RoundTrip(r)
		})}
		o.APIOptions = append(o.APIOptions, func(*middleware.Stack) error { return nil }) // is for the SDK to follow
	})
	cache, c, err := w.retrieveChained(t, counted)
	require.NoError(t, err)
	assert.Equal(t, "CONTAINER", c.AccessKeyID)
	assert.Equal(t, []aws.CredentialSource{aws.CredentialSourceHTTP}, cache.ProviderSources())
	_, err = cache.Retrieve(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, asked)
	cache.Invalidate()
	_, err = cache.Retrieve(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 2, asked, "what is invalidated is asked for again")
}
