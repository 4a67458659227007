package irsa_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// The roles of chains, in their order.
const (
	hop1Role = "arn:aws:iam::222233334444:role/teams/audit"
	hop2Role = "arn:aws:iam::333344445555:role/archive"
	hop3Role = "arn:aws:iam::444455556666:role/vault"
)

// A loadedBed is a testbed with a config loaded, for tests of its Provider and of chains that start
// at it.
type loadedBed struct {
	*testbed
	cfg aws.Config
	p   *irsa.Provider
}

// inLoadedBubble runs a test with a [loadedBed] in virtual time.
func inLoadedBubble(t *testing.T, test func(*testing.T, *loadedBed)) {
	t.Helper()
	inBubble(t, func(t *testing.T, w *testbed) { test(t, w.loadBed(t, irsa.Options{})) })
}

// loadBed loads the testbed's config, which must have a Provider.
func (w *testbed) loadBed(t testing.TB, o irsa.Options, optFns ...func(*config.LoadOptions) error) *loadedBed {
	t.Helper()
	cfg, err := w.load(&irsa.Loader{Options: o}, optFns...)
	require.NoError(t, err)
	p, ok := irsa.ProviderFrom(cfg)
	require.True(t, ok)
	return &loadedBed{w, cfg, p}
}

// addRole adds a role to STS that a principal may assume by these actions, under a condition (a
// JSON member that begins with a comma, or nothing).
func (w *testbed) addRole(t *testing.T, role, principal, actions, condition string) {
	t.Helper()
	require.NoError(t, w.sts.AddRole(irsatest.Role{ARN: role, MaxSessionDuration: 12 * time.Hour,
		TrustPolicy: `{"Version":"2012-10-17","Statement":{"Effect":"Allow",
			"Principal":{"AWS":"` + principal + `"},"Action":` + actions + condition + `}}`}))
}

// assumeOnly is the action of a role that allows neither tags nor a source identity.
const assumeOnly = `"sts:AssumeRole"`

// hop calls AssumeRole, which must succeed, and returns the Provider along with the config.
func hop(
	t *testing.T, cfg aws.Config, role string, optFns ...func(*stscreds.AssumeRoleOptions),
) (aws.Config, *irsa.Provider) {
	t.Helper()
	next, err := irsa.AssumeRole(cfg, role, optFns...)
	require.NoError(t, err)
	p, ok := irsa.ProviderFrom(next)
	require.True(t, ok)
	return next, p
}

// requestsFor returns the requests for sessions of a role.
func (w *testbed) requestsFor(role string) (out []irsatest.Request) {
	for _, r := range w.sts.Requests() {
		if r.Params.Get("RoleArn") == role {
			out = append(out, r)
		}
	}
	return out
}

// withKeys returns the config with other credentials.
func (l *loadedBed) withKeys(c aws.CredentialsProvider) aws.Config {
	cfg := l.cfg.Copy()
	cfg.Credentials = c
	return cfg
}

// ciUser is a user, whose keys are no role's session.
const ciUser = "arn:aws:iam::111122223333:user/ci"

// user returns the config with the keys of ciUser.
func (l *loadedBed) user(t *testing.T) aws.Config {
	t.Helper()
	require.NoError(t, l.sts.AddUser(ciUser, "AKIAUSER", "a user's secret"))
	return l.withKeys(credentials.NewStaticCredentialsProvider("AKIAUSER", "a user's secret", ""))
}
