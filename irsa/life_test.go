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

const (
	hop1Role = "arn:aws:iam::222233334444:role/teams/audit"
	hop2Role = "arn:aws:iam::333344445555:role/archive"
	hop3Role = "arn:aws:iam::444455556666:role/vault"
)

// A life is a world whose config has been loaded, and the Provider in it.
type life struct {
	*world
	cfg aws.Config
	p   *irsa.Provider
}

// inLife runs a test of a chain in virtual time.
func inLife(t *testing.T, test func(*testing.T, *life)) {
	t.Helper()
	virtually(t, func(t *testing.T, w *world) { test(t, w.live(t, irsa.Options{})) })
}

func (w *world) live(t testing.TB, o irsa.Options, optFns ...func(*config.LoadOptions) error) *life {
	t.Helper()
	cfg, err := w.load(&irsa.Loader{Options: o}, optFns...)
	require.NoError(t, err)
	p, ok := irsa.ProviderFrom(cfg)
	require.True(t, ok)
	return &life{w, cfg, p}
}

// trusts adds a role that a principal may assume by the actions.
func (w *world) trusts(t *testing.T, role, principal, actions, condition string) {
	t.Helper()
	require.NoError(t, w.sts.AddRole(irsatest.Role{ARN: role, MaxSessionDuration: 12 * time.Hour,
		TrustPolicy: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":` + actions + condition + `}}`}))
}

const assumeOnly = `"sts:AssumeRole"`

// hop is AssumeRole, and the new config's Provider.
func hop(t *testing.T, cfg aws.Config, role string, optFns ...func(*stscreds.AssumeRoleOptions)) (aws.Config, *irsa.Provider) {
	t.Helper()
	next, err := irsa.AssumeRole(cfg, role, optFns...)
	require.NoError(t, err)
	p, ok := irsa.ProviderFrom(next)
	require.True(t, ok)
	return next, p
}

// of returns the requests for a role.
func (w *world) of(role string) (out []irsatest.Request) {
	for _, r := range w.sts.Requests() {
		if r.Params.Get("RoleArn") == role {
			out = append(out, r)
		}
	}
	return out
}

func (l *life) withKeys(c aws.CredentialsProvider) aws.Config {
	cfg := l.cfg.Copy()
	cfg.Credentials = c
	return cfg
}

const ciUser = "arn:aws:iam::111122223333:user/ci"

// user returns a config with the keys of a user.
func (l *life) user(t *testing.T) aws.Config {
	t.Helper()
	require.NoError(t, l.sts.AddUser(ciUser, "AKIAUSER", "a user's secret"))
	return l.withKeys(credentials.NewStaticCredentialsProvider("AKIAUSER", "a user's secret", ""))
}
