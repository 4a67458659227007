package irsatest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// These are the tests in the package's documentation.

func TestReport(t *testing.T) {
	issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
	role := "arn:aws:iam::111122223333:role/reader"
	service := new(irsatest.STS)
	require.NoError(t, service.Trust(role, issuer, "system:serviceaccount:payments:api"))
	irsatest.NewPod(t, irsatest.PodOptions{
		Issuer: issuer, RoleARN: role,
		Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"},
	})

	cfg, err := irsa.LoadConfig(t.Context(), config.WithHTTPClient(service.Client()))
	require.NoError(t, err)
	me, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, "arn:aws:sts::111122223333:assumed-role/reader/payments.api-0", *me.Arn)
}

func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
		role := "arn:aws:iam::111122223333:role/reader"
		service := new(irsatest.STS)
		require.NoError(t, service.Trust(role, issuer, "system:serviceaccount:default:default"))
		irsatest.NewPod(t, irsatest.PodOptions{Issuer: issuer, RoleARN: role})
		cfg, err := irsa.LoadConfig(t.Context(), config.WithHTTPClient(service.Client()))
		require.NoError(t, err)
		_, err = cfg.Credentials.Retrieve(t.Context())
		require.NoError(t, err)

		service.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Response)})
		time.Sleep(10 * time.Minute)
		_, err = cfg.Credentials.Retrieve(t.Context())
		require.NoError(t, err, "the credentials at hand are still valid")

		service.ClearFaults()
		time.Sleep(time.Minute)
		service.Wait()
	})
}
