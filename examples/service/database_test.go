package main

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// tokenLife is how long RDS takes a token for a new connection (Amazon RDS User Guide, IAM database
// authentication). What was signed with credentials that end before is refused from then on.
const tokenLife = 15 * time.Minute

// databasePassword is the recipe for IAM authentication: a pool of connections calls it for each new
// one.
func databasePassword(ctx context.Context, cfg aws.Config, endpoint, user string) (string, error) {
	provider, ok := irsa.ProviderFrom(cfg)
	if !ok {
		return "", errors.New("the credentials are not the pod's own")
	}
	return auth.BuildAuthToken(ctx, endpoint, cfg.Region, user, provider.MinLife(tokenLife))
}

func TestATokenForRDSIsOfTheRoleAndLasts(t *testing.T) {
	issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
	sts := new(irsatest.STS)
	require.NoError(t, sts.Trust(roleARN, issuer, "system:serviceaccount:payments:api"))
	irsatest.NewPod(t, irsatest.PodOptions{
		Issuer: issuer, RoleARN: roleARN, Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"},
	})
	cfg, err := irsa.LoadConfig(t.Context(), config.WithHTTPClient(sts.Client()))
	require.NoError(t, err)
	token, err := databasePassword(t.Context(), cfg, "invoices.abc.eu-west-1.rds.amazonaws.com:5432", "api")
	require.NoError(t, err)

	signed, err := url.Parse("https://" + token)
	require.NoError(t, err)
	assert.Equal(t, "connect", signed.Query().Get("Action"))
	assert.Equal(t, "api", signed.Query().Get("DBUser"))
	assert.Equal(t, "900", signed.Query().Get("X-Amz-Expires"))
	credentials, err := cfg.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	assert.Contains(t, signed.Query().Get("X-Amz-Credential"), credentials.AccessKeyID+"/")
	assert.Equal(t, credentials.SessionToken, signed.Query().Get("X-Amz-Security-Token"))
}
