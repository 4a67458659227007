package irsa_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// assumed is the ARN of the session that a config's credentials are of.
func (l *loadedBed) assumed(t *testing.T) string {
	t.Helper()
	out, err := sts.NewFromConfig(l.cfg).GetCallerIdentity(t.Context(), nil)
	require.NoError(t, err)
	return aws.ToString(out.Arn)
}

func TestEachRoleOfAProfilesChainHasAProvider(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		noIdentity(t, w)
		w.addRole(t, hop1Role, roleARN, assumeOnly, "")
		w.addRole(t, hop2Role, hop1Role, assumeOnly, `,"Condition":{"StringEquals":{"sts:ExternalId":"x-2"}}`)
		sharedConfig(t, strings.Join([]string{
			"[default]", "role_arn = " + hop2Role, "source_profile = one", "external_id = x-2",
			"role_session_name = last", "region = eu-west-1",
			"[profile one]", "role_arn = " + hop1Role, "source_profile = web",
			"[profile web]", "role_arn = " + roleARN, "web_identity_token_file = " + w.pod.TokenFile(),
		}, "\n")+"\n")
		l := w.loadBed(t, irsa.Options{})
		assert.Contains(t, l.assumed(t), "/last")
		w.rotate(t, 24*time.Hour)
		got := read(l.p, 2, 10*time.Second, 24*time.Hour, notExpired(t, 0))
		require.NoError(t, got.lastErr)
		assert.Zero(t, got.waits, "no call waits for a renewal of any of the three")
		assert.Contains(t, l.assumed(t), "/last")
	})
}

func TestAChainThatBeginsAtTheAgentHasAProviderForEachRole(t *testing.T) {
	for name, source := range map[string]string{"named": "credential_source = EcsContainer\n", "found": ""} {
		t.Run(name, func(t *testing.T) {
			inAgentBubble(t, 0, func(t *testing.T, w *agentBed) {
				w.addRole(t, hop2Role, hop1Role, `["sts:AssumeRole","sts:TagSession"]`, "")
				sharedConfig(t, "[default]\nrole_arn = "+hop2Role+"\n"+source)
				l := w.loadBed(t, irsa.Options{}, through(w.agent.Client()))
				_, err := l.p.Retrieve(t.Context())
				require.NoError(t, err)
				got := read(l.p, 2, 10*time.Second, 12*time.Hour, notExpired(t, 0))
				require.NoError(t, got.lastErr)
				assert.Zero(t, got.waits)
			})
		})
	}
}

func TestOptionsForTheRolesOfAProfileHoldForEach(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		noIdentity(t, w)
		w.addRole(t, hop1Role, roleARN, assumeOnly, "")
		sharedConfig(t, "[default]\nrole_arn = "+hop1Role+"\nsource_profile = web\nregion = eu-west-1\n"+
			"[profile web]\nrole_arn = "+roleARN+"\nweb_identity_token_file = "+w.pod.TokenFile()+"\n")
		named := config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "given" })
		assert.Contains(t, w.loadBed(t, irsa.Options{}, named).assumed(t), "/given")

		mfa := config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			o.SerialNumber, o.TokenProvider = aws.String("arn:aws:iam::111122223333:mfa/ada"),
				stscreds.StdinTokenProvider
		})
		_, err := w.load(new(irsa.Loader), mfa)
		require.ErrorContains(t, err, "mfa")
	})
}
