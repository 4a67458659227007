package diagnose

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// keys puts static keys into the environment.
func keys(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "example")
}

// profile writes a shared credentials file with one profile, and names it where that isn't the
// default.
func profile(name string) func(*testing.T) {
	return func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "credentials")
		require.NoError(t, os.WriteFile(file,
			[]byte("["+name+"]\naws_access_key_id = PROFILE\naws_secret_access_key = s\n"), 0o600))
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
		if name != "default" {
			t.Setenv("AWS_PROFILE", name)
		}
	}
}

func TestWhatTakesPrecedenceIsTheLoadersOwnDecision(t *testing.T) {
	explicit := Options{Loader: &irsa.Loader{Options: irsa.Options{RoleARN: role}}}
	only := Options{Loader: &irsa.Loader{Fallback: irsa.FallbackNone}}
	for name, c := range map[string]struct {
		prepare func(*testing.T)
		options Options
		result  Result
		detail  string
	}{
		"nothing in front": {nil, Options{}, OK, "nothing takes precedence"},
		"half of the keys": {func(t *testing.T) { t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE") },
			Options{}, OK, "nothing takes precedence"},
		"the other half of the keys": {func(t *testing.T) { t.Setenv("AWS_SECRET_ACCESS_KEY", "example") },
			Options{}, OK, "nothing takes precedence"},
		"keys and half an identity": {func(t *testing.T) { keys(t); t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "") },
			Options{}, Fail, "take precedence over half a web identity (AWS_ROLE_ARN): it is not used"},
		"keys and the other half": {func(t *testing.T) { keys(t); t.Setenv("AWS_ROLE_ARN", "") },
			Options{}, Fail, "take precedence over half a web identity (AWS_WEB_IDENTITY_TOKEN_FILE): it is not used"},
		"keys and an identity": {
			keys, Options{}, Fail,
			"take precedence over the web identity for " + role + ": it is not used",
		},
		"keys and nothing but the identity wanted": {
			keys, only, Fail, "take precedence over the web identity for " + role,
		},
		"keys behind the Loader's options": {keys, explicit, OK, "the web identity takes precedence over static keys"},
		"keys and nothing to shadow": {func(t *testing.T) {
			keys(t)
			t.Setenv("AWS_ROLE_ARN", "")
			t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "")
		}, Options{}, OK, "there is no web identity to shadow"},
		"container credentials behind the identity": {func(t *testing.T) {
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/")
		}, Options{}, OK, "the web identity takes precedence over container credentials"},
		"a profile of AWS_PROFILE behind the identity": {profile("p"), Options{}, OK,
			"the web identity takes precedence over the credentials of the profile p (AWS_PROFILE)"},
		"a file of credentials behind the identity": {profile("default"), Options{}, OK,
			"the web identity takes precedence over the credentials of the profile default"},
		"a profile behind keys": {func(t *testing.T) { profile("p")(t); keys(t) }, Options{}, Fail,
			"it is not used; not used either: the credentials of the profile p (AWS_PROFILE)"},
	} {
		t.Run(name, func(t *testing.T) {
			inPod(t)
			if c.prepare != nil {
				c.prepare(t)
			}
			c.options.Offline = true
			got := gather(t.Context(), c.options).shadowed()
			assert.Equal(t, c.result, got.Result, got.Detail)
			assert.Contains(t, got.Detail, c.detail)
			if c.result == Fail {
				assert.Contains(t, got.Fix, " AWS_ACCESS_KEY_ID- AWS_SECRET_ACCESS_KEY- AWS_SESSION_TOKEN-")
			}
		})
	}
}
