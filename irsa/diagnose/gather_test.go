package diagnose

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestWhatTheLoaderGivesIsLookedAtInPlaceOfTheEnvironment(t *testing.T) {
	service, pod := inPod(t)
	t.Setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/another")
	t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token")
	loader := &irsa.Loader{Options: irsa.Options{RoleARN: role, TokenFile: pod.TokenFile()}}
	client := service.Client()
	defer client.CloseIdleConnections()
	report := gather(t.Context(), Options{Loader: loader}, config.WithHTTPClient(client)).run(t.Context())
	require.NoError(t, report.Err())
	assert.Equal(t, role, report.check(t, "role").Detail)
	assert.Contains(t, report.check(t, "token file").Detail, pod.TokenFile())
	assert.Contains(t, report.check(t, "identity").Detail, ":assumed-role/reader/")
	assert.Equal(t, irsa.Options{RoleARN: role, TokenFile: pod.TokenFile()}, loader.Options, "it is not changed")
}

func TestWhereTheLoadersOwnClientAsksIsNotKnown(t *testing.T) {
	service, _ := inPod(t)
	http := service.Client()
	defer http.CloseIdleConnections()
	loader := &irsa.Loader{Options: irsa.Options{Client: sts.New(sts.Options{Region: "eu-west-1", HTTPClient: http})}}
	report := gather(t.Context(), Options{Loader: loader}, config.WithHTTPClient(http)).run(t.Context())
	require.NoError(t, report.Err())
	assert.Contains(t, report.check(t, "sts endpoint").Detail, "the Loader's own Client makes the exchange")
	assert.Equal(t, OK, report.result("exchange"))
	for _, r := range service.Requests() {
		assert.Equal(t, r.Op == "AssumeRoleWithWebIdentity", r.AccessKey == "", "no probe was made: %+v", r)
	}
}

func TestThePodIsReadFromKubernetesOwnTokenToo(t *testing.T) {
	_, pod := inPod(t)
	require.NoError(t, pod.Write("not a token"))
	e := gather(t.Context(), Options{Offline: true})
	assert.Nil(t, e.who())
	own, err := irsa.ParseToken(irsatest.NewIssuer(eksIssuer).Token(irsatest.Claims{
		Namespace: "payments", ServiceAccount: "web",
	}))
	require.NoError(t, err)
	e.own = own
	assert.Equal(t, "web", e.who().ServiceAccount)
}
