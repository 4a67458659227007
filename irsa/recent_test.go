package irsa_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

func TestALoadSeesATokenThatWasRotated(t *testing.T) {
	w := newWorld(t)
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	for _, region := range []string{"eu-west-1", "us-east-2"} {
		require.NoError(t, w.pod.Write(jwtOf(`{"iss":"https://oidc.eks.`+region+`.amazonaws.com/id/A","aud":["sts.amazonaws.com"]}`)))
		for range 2 {
			cfg, err := w.load(new(irsa.Loader))
			require.NoError(t, err)
			assert.Equal(t, region, cfg.Region)
		}
	}
}
