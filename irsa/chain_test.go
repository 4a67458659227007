package irsa_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

func TestAChainOfThreeHops(t *testing.T) {
	inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
		all := `["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]`
		l.addRole(
			t, hop1Role, roleARN, all,
			`,"Condition":{"StringEquals":{"sts:ExternalId":"x-1","aws:RequestTag/team":"payments"}}`,
		)
		l.addRole(t, hop2Role, hop1Role, all, `,"Condition":{"StringEquals":{"sts:RoleSessionName":"mine"}}`)
		l.addRole(t, hop3Role, hop2Role, all, "")
		one, p1 := hop(t, l.cfg, hop1Role, func(o *stscreds.AssumeRoleOptions) {
			o.ExternalID = aws.String("x-1")
			o.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("payments")}}
			o.TransitiveTagKeys = []string{"team"}
			o.SourceIdentity = aws.String("ada")
			o.Policy = aws.String(`{"Version":"2012-10-17","Statement":[]}`)
			o.PolicyARNs = []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}}
			o.Duration = 30 * time.Minute
		})
		two, p2 := hop(t, one, hop2Role, func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "mine" })
		three, p3 := hop(t, two, hop3Role)
		assert.Empty(t, l.sts.Requests(), "nothing is asked before credentials are wanted")

		id, err := sts.NewFromConfig(three).GetCallerIdentity(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(
			t, "arn:aws:sts::444455556666:assumed-role/vault/mine", *id.Arn,
			"the name is the one of the hop before",
		)
		require.Len(t, l.sts.Requests(), 5)
		first, second := l.requestsFor(hop1Role)[0].Params, l.requestsFor(hop2Role)[0].Params
		for name, want := range map[string]string{
			"ExternalId": "x-1", "SourceIdentity": "ada",
			"DurationSeconds": "1800", "RoleSessionName": "payments.reader-7c",
			"Tags.member.1.Key": "team", "Tags.member.1.Value": "payments", "TransitiveTagKeys.member.1": "team",
			"Policy":                  `{"Version":"2012-10-17","Statement":[]}`,
			"PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
		} {
			assert.Equal(t, want, first.Get(name), name)
		}
		assert.Equal(t, "3600", second.Get("DurationSeconds"))
		assert.False(
			t,
			second.Has("ExternalId") || second.Has("Tags.member.1.Key") || second.Has("SourceIdentity") ||
				second.Has("Policy"),
		)
		for p, want := range map[*irsa.Provider]irsa.Status{
			l.p: {RoleARN: roleARN, SessionName: "payments.reader-7c"}, p1: {
				RoleARN: hop1Role, SessionName: "payments.reader-7c",
			},
			p2: {RoleARN: hop2Role, SessionName: "mine"}, p3: {RoleARN: hop3Role, SessionName: "mine"},
		} {
			st := p.Status()
			assert.Equal(t, want, irsa.Status{RoleARN: st.RoleARN, SessionName: st.SessionName})
			assert.Equal(t, "reader-7c", st.Token.Pod)
			assert.True(t, st.Next.Before(st.Expires) && st.Next.After(time.Now()))
		}
		assert.Equal(
			t,
			[]aws.CredentialSource{
				aws.CredentialSourceEnvVarsSTSWebIDToken, aws.CredentialSourceSTSAssumeRole,
				aws.CredentialSourceSTSAssumeRole, aws.CredentialSourceUndefined,
			},
			p2.ProviderSources(),
		)
		got, err := l.cfg.Credentials.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, got.AccessKeyID, l.requestsFor(hop1Role)[0].AccessKey, "signed by the hop before")
	})
}

func TestAChainBeginsWithAnyCredentials(t *testing.T) {
	inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
		t.Setenv("AWS_ROLE_SESSION_NAME", "night shift")
		l.addRole(t, hop1Role, ciUser, assumeOnly, "")
		cfg, p := hop(t, l.user(t), hop1Role, func(o *stscreds.AssumeRoleOptions) { o.Duration = 12 * time.Hour })
		c, err := cfg.Credentials.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 12*time.Hour, time.Until(c.Expires), "a user is no session, and not capped")
		assert.Equal(t, "night-shift", p.Status().SessionName)
		t.Setenv("AWS_ROLE_SESSION_NAME", "")
		_, p = hop(t, l.user(t), hop1Role)
		_, err = p.Retrieve(t.Context())
		require.NoError(t, err)
		host, err := os.Hostname()
		require.NoError(t, err)
		assert.Contains(t, p.Status().SessionName, host[:min(len(host), 10)])

		broken := errors.New("no keys today")
		cfg, _ = hop(
			t,
			l.withKeys(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{}, broken
			})),
			hop1Role,
		)
		_, err = cfg.Credentials.Retrieve(t.Context())
		require.ErrorIs(t, err, broken)
		var e *irsa.Error
		require.ErrorAs(t, err, &e)
		assert.EqualError(
			t, err,
			"irsa: retrieve "+hop1Role+" (hop 1): the credentials that assume the role: no keys today",
		)
		assert.True(t, e.Temporary)
		assert.Empty(t, irsa.Explain(err))
	})
}

func TestAChainedSessionOfMoreThanAnHourIsRefused(t *testing.T) {
	lasting := func(d time.Duration) func(*stscreds.AssumeRoleOptions) {
		return func(o *stscreds.AssumeRoleOptions) { o.Duration = d }
	}
	inBubble(t, func(t *testing.T, w *testbed) {
		t.Setenv("AWS_ENDPOINT_URL_STS", "") // AWS's own STS, whose rules are known
		l := w.loadBed(t, irsa.Options{})
		l.addRole(t, hop1Role, roleARN, assumeOnly, "")
		l.addRole(t, hop2Role, hop1Role, assumeOnly, "")
		one, p := hop(t, l.cfg, hop1Role, lasting(time.Hour))
		for name, base := range map[string]aws.Config{
			"the web identity": l.cfg, "a hop": one, "the SDK's web identity": l.withKeys(aws.NewCredentialsCache(
				stscreds.NewWebIdentityRoleProvider(
					sts.NewFromConfig(l.cfg), roleARN, stscreds.IdentityTokenFile(l.pod.TokenFile())),
			)),
			"the SDK's chain": l.withKeys(aws.NewCredentialsCache(
				stscreds.NewAssumeRoleProvider(sts.NewFromConfig(l.cfg), hop1Role))),
		} {
			_, err := irsa.AssumeRole(base, hop2Role, lasting(time.Hour+time.Second))
			require.ErrorContains(
				t, err,
				"irsa: new hop "+hop2Role+": duration 1h0m1s: sts ends a chained session after 1h0m0s",
				name,
			)
			require.ErrorContains(t, err, "direct web identity", name)
			require.ErrorContains(t, err, "Options.RoleARN", name)
			text := irsa.Explain(err)
			assert.Contains(t, text, `irsa.Options{RoleARN: "`+hop2Role+`"`, name)
			direct := name == "the web identity" || name == "a hop"
			assert.Equal(
				t, direct,
				strings.Contains(text, `"`+strings.TrimPrefix(eksIssuer, "https://")+`:sub": "`+subject+`"`),
				name,
			)
		}
		assert.Empty(t, l.sts.Requests(), "before any call")
		c, err := p.Retrieve(t.Context())
		require.NoError(t, err, "an hour is allowed")
		assert.Equal(t, time.Hour, time.Until(c.Expires))

		// What doesn't say that it is a session is STS's to refuse.
		quiet := l.withKeys(aws.CredentialsProviderFunc(l.p.Retrieve))
		_, p = hop(t, quiet, hop1Role, lasting(2*time.Hour))
		_, err = p.Retrieve(t.Context())
		require.ErrorContains(t, err, "role chaining")
		assert.Contains(t, irsa.Explain(err), "Options{RoleARN: ")
	})
}

func TestWhatNoHopCanBeIsRefused(t *testing.T) {
	option := func(fn func(*stscreds.AssumeRoleOptions)) func(*stscreds.AssumeRoleOptions) { return fn }
	none := option(func(*stscreds.AssumeRoleOptions) {})
	inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
		t.Setenv("AWS_ENDPOINT_URL_STS", "") // it would do without a region
		l = l.loadBed(t, irsa.Options{})
		in := func(region string) aws.Config {
			cfg := l.withKeys(aws.CredentialsProviderFunc(l.p.Retrieve))
			cfg.Region = region
			return cfg
		}
		for _, tc := range []struct {
			name, role string
			cfg        aws.Config
			option     func(*stscreds.AssumeRoleOptions)
			want       string
			reason     error
		}{
			{
				"an MFA device", hop1Role, l.cfg,
				func(o *stscreds.AssumeRoleOptions) { o.SerialNumber = aws.String("GAHT12345678") },
				"mfa", nil,
			},
			{
				"an MFA code", hop1Role, l.cfg,
				func(o *stscreds.AssumeRoleOptions) { o.TokenProvider = stscreds.StdinTokenProvider },
				"mfa", nil,
			},
			{"no credentials", hop1Role, l.withKeys(nil), none, "no credentials", irsa.ErrNotConfigured},
			{"no role", "arn:aws:iam::1:user/ci", l.cfg, none, "parse role arn", nil},
			{
				"a role from the options", hop1Role, l.cfg,
				func(o *stscreds.AssumeRoleOptions) { o.RoleARN = "reader" }, "parse role arn", nil,
			},
			{
				"a session name", hop1Role, l.cfg,
				func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "a b" }, "session name",
				nil,
			},
			{
				"a short duration", hop1Role, l.cfg,
				func(o *stscreds.AssumeRoleOptions) { o.Duration = time.Minute }, "duration 1m0s",
				nil,
			},
			{
				"a negative duration", hop1Role, l.cfg,
				func(o *stscreds.AssumeRoleOptions) { o.Duration = -time.Hour }, "duration -1h0m0s",
				nil,
			},
			{
				"more than STS's most", hop1Role, l.user(t),
				func(o *stscreds.AssumeRoleOptions) { o.Duration = 13 * time.Hour },
				"duration 13h0m0s", nil,
			},
			{
				"another partition's role", "arn:aws-cn:iam::222233334444:role/audit", l.cfg, none,
				"partitions share no accounts", nil,
			},
			{"another partition's region", hop1Role, in("cn-north-1"), none, "region cn-north-1", irsa.ErrRegion},
			{"no region", hop1Role, in(""), none, "no region", irsa.ErrRegion},
		} {
			got, err := irsa.AssumeRole(tc.cfg, tc.role, tc.option)
			require.ErrorContains(t, err, tc.want, tc.name)
			var e *irsa.Error
			require.ErrorAs(t, err, &e, tc.name)
			assert.Equal(t, "new hop", e.Op, tc.name)
			if tc.reason != nil {
				require.ErrorIs(t, err, tc.reason, tc.name)
			}
			assert.Nil(t, got.Credentials, tc.name)
		}
		assert.Empty(t, l.sts.Requests())
	})
}
