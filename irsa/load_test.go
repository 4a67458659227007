package irsa_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// Both are what callers have in variables of this type.
var (
	_ = []func(context.Context, ...func(*config.LoadOptions) error) (aws.Config, error){
		config.LoadDefaultConfig, irsa.LoadConfig, new(irsa.Loader).LoadConfig,
	}
)

func TestWhichCredentialsAConfigHas(t *testing.T) {
	const other = "arn:aws:iam::444455556666:role/other"
	for name, c := range map[string]struct {
		prepare setup
		loader  *irsa.Loader
		options []func(*config.LoadOptions) error
		key     string // the access key, or "WEB"
		err     error  // at load
		text    string // of the error
		later   error  // at Retrieve
		warning string
	}{
		"an injected pod":                         {key: "WEB"},
		"an injected pod, asked for nothing else": {loader: &irsa.Loader{Fallback: irsa.FallbackNone}, key: "WEB"},
		"an injected pod with AWS_PROFILE": {
			prepare: all(configFile("[profile p]\n"+profileKeys), env("AWS_PROFILE", "p")),
			key:     "WEB", warning: "the credentials of the profile p (AWS_PROFILE) are not used",
		},
		"an injected pod with a file of credentials": {
			prepare: configFile("[default]\n" + profileKeys),
			key:     "WEB", warning: "the credentials of the profile default are not used",
		},
		"an injected pod with Pod Identity": {
			prepare: containerCredentials, key: "WEB", warning: "container credentials",
		},
		"one static key only": {prepare: env("AWS_ACCESS_KEY_ID", "ENV"), key: "WEB"},
		"a missing AWS_PROFILE": {
			prepare: env("AWS_PROFILE", "nope"), err: &irsa.Error{},
			text: "failed to get shared config profile, nope",
		},
		"static keys in the environment": {
			prepare: staticKeys, key: "ENV",
			warning: "static keys in the environment (AWS_ACCESS_KEY_ID) take precedence over the web identity " +
				"for " + roleARN,
		},
		"static keys in the environment, and nothing but the web identity wanted": {
			prepare: staticKeys, loader: &irsa.Loader{Fallback: irsa.FallbackNone},
			err: irsa.ErrShadowed, text: roleARN,
		},
		"static keys in the environment, and a role in Options": {
			prepare: staticKeys, loader: &irsa.Loader{Options: irsa.Options{RoleARN: roleARN}},
			key: "WEB", warning: "static keys in the environment (AWS_ACCESS_KEY_ID) are not used",
		},
		"credentials in code": {
			options: opts(static), key: "CODE",
			warning: "credentials given in code take precedence",
		},
		"credentials in code, and nothing but web identity wanted": {
			options: opts(static), loader: &irsa.Loader{Fallback: irsa.FallbackNone},
			err: irsa.ErrShadowed,
		},
		"credentials in code, and a role in Options": {
			options: opts(static), loader: &irsa.Loader{Options: irsa.Options{RoleARN: roleARN}},
			err:  irsa.ErrShadowed,
			text: "Loader.Options ask for a web identity, and there are credentials given in code",
		},
		"credentials in code, and a token file in Options": {
			options: opts(static), loader: &irsa.Loader{Options: irsa.Options{TokenFile: "/x"}},
			err: irsa.ErrShadowed,
		},
		"a profile in code with keys": {
			prepare: configFile("[profile p]\n" + profileKeys),
			options: opts(config.WithSharedConfigProfile("p")), key: "PROFILE",
			warning: "profile given in code (p)",
		},
		"a profile in code with keys, and a role in Options": {
			prepare: configFile("[profile p]\n" + profileKeys),
			options: opts(config.WithSharedConfigProfile("p")),
			loader:  &irsa.Loader{Options: irsa.Options{RoleARN: roleARN}}, err: irsa.ErrShadowed,
			text: "(p)",
		},
		"a profile in code with a region only, and a role in Options": {
			prepare: configFile("[profile p]\nregion = eu-west-1\n"),
			options: opts(config.WithSharedConfigProfile("p")),
			loader:  &irsa.Loader{Options: irsa.Options{RoleARN: roleARN}}, key: "WEB",
		},
		"a default profile with a web identity": {prepare: all(noIdentity, webProfile("default", "")), key: "WEB"},
		"a profile in code with a web identity": {
			prepare: all(noIdentity, webProfile("profile p", "")),
			options: opts(config.WithSharedConfigProfile("p")), key: "WEB",
		},
		"a web identity profile without role": {
			prepare: all(noIdentity, configFile("[default]\nweb_identity_token_file = /x\n")),
			err:     config.CredentialRequiresARNError{Type: "web_identity_token_file", Profile: "default"},
		},
		"Pod Identity alone": {prepare: all(noIdentity, containerCredentials, inKubernetes), key: "CONTAINER"},
		"keys of a profile": {
			prepare: all(noIdentity, inKubernetes, configFile("[default]\n"+profileKeys)),
			key:     "PROFILE",
		},
		"a token file without a role": {
			prepare: unset("AWS_ROLE_ARN"), err: irsa.ErrNotConfigured,
			text: "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not; the EKS webhook",
		},
		"a role without a token file": {
			prepare: unset("AWS_WEB_IDENTITY_TOKEN_FILE"), err: irsa.ErrNotConfigured,
			text: "AWS_WEB_IDENTITY_TOKEN_FILE is not; the EKS webhook",
		},
		"a role without a token file, which is mounted": {prepare: func(t testing.TB, w *testbed) {
			unset("AWS_WEB_IDENTITY_TOKEN_FILE")(t, w)
			w.mount(t, podfs.Read().EKSToken)
		}, err: irsa.ErrNotConfigured, text: "a token is mounted at"},
		"a role without a token file beside Pod Identity": {
			prepare: all(unset("AWS_WEB_IDENTITY_TOKEN_FILE"), containerCredentials),
			key:     "CONTAINER", warning: "AWS_WEB_IDENTITY_TOKEN_FILE is not",
		},
		"a role in Options without a token file": {
			prepare: noIdentity, loader: &irsa.Loader{Options: irsa.Options{RoleARN: other}},
			err: irsa.ErrNotConfigured, text: other,
		},
		"nothing in Kubernetes": {
			prepare: uninjected, later: irsa.ErrNodeRole,
			warning: "pod reader-7c (" + subject + ") has no web identity",
		},
		"nothing, and the service account's folder gone": {
			prepare: all(noIdentity, env("KUBERNETES_SERVICE_HOST", "10.0.0.1")),
			later:   irsa.ErrNodeRole, warning: "has no web identity",
		},
		"nothing in Kubernetes, and nothing else wanted": {
			prepare: uninjected, loader: &irsa.Loader{Fallback: irsa.FallbackNone},
			err: irsa.ErrNodeRole,
		},
		"nothing in Kubernetes, the node's role allowed": {
			prepare: uninjected, loader: &irsa.Loader{Fallback: irsa.FallbackNodeRole}, key: "NODE",
		},
		"nothing in Kubernetes, the node's role by option": {
			prepare: uninjected,
			options: opts(config.WithEC2RoleCredentialOptions(func(*ec2rolecreds.Options) {})),
			key:     "NODE",
		},
		"nothing in Kubernetes, the node's role by profile": {
			prepare: all(uninjected, configFile(
				"[default]\nrole_arn = "+other+"\ncredential_source = Ec2InstanceMetadata\n",
			)),
			key: "CHAINED",
		},
		"nothing in Kubernetes, and metadata off": {
			prepare: all(uninjected, env("AWS_EC2_METADATA_DISABLED", "true")),
			later:   irsa.ErrNotConfigured, warning: "instance metadata is turned off",
		},
		"a profile in code without credentials": {
			prepare: all(inKubernetes, configFile("[profile p]\nregion = eu-west-1\n")),
			options: opts(config.WithSharedConfigProfile("p")), later: irsa.ErrNodeRole,
			warning: "(p) take precedence over the web identity",
		},
		"nothing outside Kubernetes": {prepare: noIdentity, key: "NODE"},
		"nothing outside Kubernetes, and nothing else wanted": {
			prepare: noIdentity, loader: &irsa.Loader{Fallback: irsa.FallbackNone},
			err: irsa.ErrNotConfigured,
		},
		"a task in ECS": {
			prepare: all(noIdentity, containerCredentials, env("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE")),
			key:     "CONTAINER",
		},
		"a function in Lambda": {
			prepare: all(noIdentity, staticKeys, env("AWS_LAMBDA_FUNCTION_NAME", "f")), key: "ENV",
		},
		"a role ARN that can't be one": {
			prepare: env("AWS_ROLE_ARN", "arn:aws:iam::::111122223333:role/reader"),
			err:     &irsa.Error{}, text: "colon too many",
		},
		"a role of another partition": {
			prepare: env("AWS_ROLE_ARN", "arn:aws-cn:iam::111122223333:role/reader"),
			err:     irsa.ErrRegion, text: "the role is in partition aws-cn, region eu-west-1 is in aws",
		},
		"a region of another partition": {
			prepare: env("AWS_REGION", "cn-north-1"), err: irsa.ErrRegion, text: "cn-north-1",
		},
		"an illegal session name": {
			prepare: env("AWS_ROLE_SESSION_NAME", "has space"), err: &irsa.Error{},
			text: "session name",
		},
		"a duration of ten minutes": {
			loader: &irsa.Loader{Options: irsa.Options{Duration: 10 * time.Minute}},
			err:    &irsa.Error{}, text: "duration 10m0s",
		},
		"a duration of thirteen hours": {
			loader: &irsa.Loader{Options: irsa.Options{Duration: 13 * time.Hour}},
			err:    &irsa.Error{}, text: "duration 13h0m0s",
		},
		"a token that is missing, and nothing else wanted": {
			prepare: env("AWS_WEB_IDENTITY_TOKEN_FILE", "/none"),
			loader:  &irsa.Loader{Fallback: irsa.FallbackNone}, err: irsa.ErrToken, text: "/none",
		},
		"a profile loop": {
			prepare: all(
				noIdentity,
				configFile(
					"[profile a]\nrole_arn = "+roleARN+"\nsource_profile = b\n"+
						"[profile b]\nrole_arn = "+roleARN+"\nsource_profile = a\n",
				),
				env("AWS_PROFILE", "a"),
			),
			err: &irsa.Error{}, text: "a",
		},
		"a config file that is a folder": {
			prepare: func(t testing.TB, w *testbed) { t.Setenv("AWS_CONFIG_FILE", w.root) },
			err:     &irsa.Error{}, text: "is a directory",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTestbed(t)
			if c.prepare != nil {
				c.prepare(t, w)
			}
			l := c.loader
			if l == nil {
				l = new(irsa.Loader)
			}
			cfg, err := w.load(l, c.options...)
			if c.err != nil {
				require.Error(t, err)
				var e *irsa.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, "load config", e.Op)
				if _, any := c.err.(*irsa.Error); !any {
					require.ErrorIs(t, err, c.err)
				}
				assert.ErrorContains(t, err, c.text)
				assert.NotContains(t, err.Error(), "\n")
				if e.Reason != nil {
					assert.NotEmpty(t, irsa.Explain(err))
				}
				return
			}
			require.NoError(t, err)
			assert.Empty(t, w.sts.Requests(), "loading makes no request")
			_, isProvider := irsa.ProviderFrom(cfg)
			assert.Equal(t, c.key == "WEB" || c.key == "CONTAINER", isProvider)
			if c.key == "CHAINED" {
				from, ok := cfg.Credentials.(aws.CredentialProviderSource)
				require.True(t, ok)
				assert.Contains(t, from.ProviderSources(), aws.CredentialSourceIMDS)
				return
			}
			got, err := cfg.Credentials.Retrieve(w.ctx)
			switch {
			case c.later != nil:
				require.ErrorIs(t, err, c.later)
				var e *irsa.Error
				require.ErrorAs(t, err, &e)
				assert.NotEmpty(t, irsa.Explain(err))
			case c.key == "WEB":
				require.NoError(t, err)
				assert.Equal(t, "111122223333", got.AccountID)
				assert.True(t, got.CanExpire)
			default:
				require.NoError(t, err)
				assert.Equal(t, c.key, got.AccessKeyID)
			}
			if c.warning == "" {
				assert.Empty(t, w.warn.String())
			} else {
				assert.Contains(t, w.warn.String(), c.warning)
			}
		})
	}
}
