package irsa_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

func TestDetectTellsAWholeEnvironmentFromHalfAndNone(t *testing.T) {
	whole := irsa.Environment{
		RoleARN: roleARN, TokenFile: "/token", SessionName: "me", Region: "eu-west-1", STSRegionalEndpoints: "regional",
	}
	for name, c := range map[string]struct {
		role, file, missing string
	}{
		"whole":          {roleARN, "/token", ""},
		"without a role": {"", "/token", "AWS_ROLE_ARN is not"},
		"without a file": {roleARN, "", "AWS_WEB_IDENTITY_TOKEN_FILE is not"},
		"with neither":   {"", "", "neither AWS_ROLE_ARN nor AWS_WEB_IDENTITY_TOKEN_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_ROLE_ARN", c.role)
			t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", c.file)
			t.Setenv("AWS_ROLE_SESSION_NAME", "me")
			t.Setenv("AWS_REGION", "")
			t.Setenv("AWS_DEFAULT_REGION", "eu-west-1")
			t.Setenv("AWS_STS_REGIONAL_ENDPOINTS", "regional")
			got, err := irsa.Detect()
			want := whole
			want.RoleARN, want.TokenFile = c.role, c.file
			assert.Equal(t, want, got, "what is there is returned in any case")
			if c.missing == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, irsa.ErrNotConfigured)
			assert.ErrorContains(t, err, c.missing)
		})
	}
}
