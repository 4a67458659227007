package irsa_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go/logging"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

const (
	baseRole = "arn:aws:iam::111122223333:role/reader"
	hop1Role = "arn:aws:iam::222233334444:role/teams/audit"
	hop2Role = "arn:aws:iam::333344445555:role/archive"
	hop3Role = "arn:aws:iam::444455556666:role/vault"
)

// A life is a pod in a synctest bubble, and its config: what a chain begins with.
type life struct {
	sts *irsatest.STS
	pod *irsatest.Pod
	cfg aws.Config
	p   *irsa.Provider
}

// live runs a test in a pod whose time is virtual, and lets every exchange come to
// its end, as a bubble must.
func live(t *testing.T, options irsa.Options, test func(*testing.T, *life)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		service := new(irsatest.STS)
		issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
		issuer.Algorithm = "ES256" // its keys are made faster
		require.NoError(t, service.Trust(baseRole, issuer, "system:serviceaccount:payments:api"))
		pod := irsatest.NewPod(t, irsatest.PodOptions{Issuer: issuer, RoleARN: baseRole,
			Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"}})
		l := irsa.Loader{Options: options}
		cfg, err := l.LoadConfig(t.Context(), config.WithHTTPClient(service.Client()))
		require.NoError(t, err)
		p, ok := irsa.ProviderFrom(cfg)
		require.True(t, ok)
		time.AfterFunc(24*time.Hour*8/10, func() { assert.NoError(t, pod.Rotate()) })
		defer func() {
			service.SetFault(irsatest.Fault{})
			time.Sleep(48 * time.Hour)
			service.Wait()
		}()
		test(t, &life{service, pod, cfg, p})
	})
}

// trusts adds a role that a principal may assume by the actions.
func (l *life) trusts(t *testing.T, role, principal, actions, condition string) {
	t.Helper()
	require.NoError(t, l.sts.AddRole(irsatest.Role{ARN: role, MaxSessionDuration: 12 * time.Hour,
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
func (l *life) of(role string) (out []irsatest.Request) {
	for _, r := range l.sts.Requests() {
		if r.Params.Get("RoleArn") == role {
			out = append(out, r)
		}
	}
	return out
}

func inLife(t *testing.T, test func(*testing.T, *life)) {
	t.Helper()
	live(t, irsa.Options{}, test)
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

func TestAChainOfThreeHops(t *testing.T) {
	inLife(t, func(t *testing.T, l *life) {
		all := `["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]`
		l.trusts(t, hop1Role, baseRole, all, `,"Condition":{"StringEquals":{"sts:ExternalId":"x-1","aws:RequestTag/team":"payments"}}`)
		l.trusts(t, hop2Role, hop1Role, all, `,"Condition":{"StringEquals":{"sts:RoleSessionName":"mine"}}`)
		l.trusts(t, hop3Role, hop2Role, all, "")
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
		assert.Equal(t, "arn:aws:sts::444455556666:assumed-role/vault/mine", *id.Arn, "the name is the one of the hop before")
		require.Len(t, l.sts.Requests(), 5)
		first, second := l.of(hop1Role)[0].Params, l.of(hop2Role)[0].Params
		for name, want := range map[string]string{
			"ExternalId": "x-1", "SourceIdentity": "ada", "DurationSeconds": "1800", "RoleSessionName": "payments.api-0",
			"Tags.member.1.Key": "team", "Tags.member.1.Value": "payments", "TransitiveTagKeys.member.1": "team",
			"Policy": `{"Version":"2012-10-17","Statement":[]}`, "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
		} {
			assert.Equal(t, want, first.Get(name), name)
		}
		assert.Equal(t, "3600", second.Get("DurationSeconds"))
		assert.False(t, second.Has("ExternalId") || second.Has("Tags.member.1.Key") || second.Has("SourceIdentity") || second.Has("Policy"))
		for p, want := range map[*irsa.Provider]irsa.Status{
			l.p: {RoleARN: baseRole, SessionName: "payments.api-0"}, p1: {RoleARN: hop1Role, SessionName: "payments.api-0"},
			p2: {RoleARN: hop2Role, SessionName: "mine"}, p3: {RoleARN: hop3Role, SessionName: "mine"},
		} {
			st := p.Status()
			assert.Equal(t, want, irsa.Status{RoleARN: st.RoleARN, SessionName: st.SessionName})
			assert.Equal(t, "api-0", st.Token.Pod)
			assert.True(t, st.Next.Before(st.Expires) && st.Next.After(time.Now()))
		}
		assert.Equal(t, []aws.CredentialSource{aws.CredentialSourceEnvVarsSTSWebIDToken, aws.CredentialSourceSTSAssumeRole, aws.CredentialSourceSTSAssumeRole}, p2.ProviderSources())
		got, err := l.cfg.Credentials.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, got.AccessKeyID, l.of(hop1Role)[0].AccessKey, "signed by the hop before")
	})
}

func TestAChainBeginsWithAnyCredentials(t *testing.T) {
	inLife(t, func(t *testing.T, l *life) {
		t.Setenv("AWS_ROLE_SESSION_NAME", "night shift")
		l.trusts(t, hop1Role, ciUser, assumeOnly, "")
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
		cfg, _ = hop(t, l.withKeys(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, broken })), hop1Role)
		_, err = cfg.Credentials.Retrieve(t.Context())
		require.ErrorIs(t, err, broken)
		var e *irsa.Error
		require.ErrorAs(t, err, &e)
		assert.EqualError(t, err, "irsa: retrieve "+hop1Role+" (hop 1): the credentials that assume the role: no keys today")
		assert.True(t, e.Temporary)
		assert.Empty(t, irsa.Explain(err))
	})
}

func TestAChainedSessionOfMoreThanAnHourIsRefused(t *testing.T) {
	lasting := func(d time.Duration) func(*stscreds.AssumeRoleOptions) {
		return func(o *stscreds.AssumeRoleOptions) { o.Duration = d }
	}
	inLife(t, func(t *testing.T, l *life) {
		l.trusts(t, hop1Role, baseRole, assumeOnly, "")
		l.trusts(t, hop2Role, hop1Role, assumeOnly, "")
		one, p := hop(t, l.cfg, hop1Role, lasting(time.Hour))
		for name, base := range map[string]aws.Config{
			"the web identity": l.cfg, "a hop": one, "the SDK's web identity": l.withKeys(aws.NewCredentialsCache(stscreds.NewWebIdentityRoleProvider(sts.NewFromConfig(l.cfg), baseRole, stscreds.IdentityTokenFile(l.pod.TokenFile())))),
			"the SDK's chain": l.withKeys(aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(l.cfg), hop1Role))),
		} {
			_, err := irsa.AssumeRole(base, hop2Role, lasting(time.Hour+time.Second))
			require.ErrorContains(t, err, "irsa: new hop "+hop2Role+": duration 1h0m1s: sts ends a chained session after 1h0m0s", name)
			require.ErrorContains(t, err, "direct web identity", name)
			require.ErrorContains(t, err, "Options.RoleARN", name)
			text := irsa.Explain(err)
			assert.Contains(t, text, `irsa.Options{RoleARN: "`+hop2Role+`"`, name)
			direct := name == "the web identity" || name == "a hop"
			assert.Equal(t, direct, bytes.Contains([]byte(text), []byte(`"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:sub": "system:serviceaccount:payments:api"`)), name)
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
	inLife(t, func(t *testing.T, l *life) {
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
			{"an MFA device", hop1Role, l.cfg, func(o *stscreds.AssumeRoleOptions) { o.SerialNumber = aws.String("GAHT12345678") }, "mfa", nil},
			{"an MFA code", hop1Role, l.cfg, func(o *stscreds.AssumeRoleOptions) { o.TokenProvider = stscreds.StdinTokenProvider }, "mfa", nil},
			{"no credentials", hop1Role, l.withKeys(nil), none, "no credentials", irsa.ErrNotConfigured},
			{"no role", "arn:aws:iam::1:user/ci", l.cfg, none, "parse role arn", nil},
			{"a role from the options", hop1Role, l.cfg, func(o *stscreds.AssumeRoleOptions) { o.RoleARN = "reader" }, "parse role arn", nil},
			{"a session name", hop1Role, l.cfg, func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "a b" }, "session name", nil},
			{"a short duration", hop1Role, l.cfg, func(o *stscreds.AssumeRoleOptions) { o.Duration = time.Minute }, "duration 1m0s", nil},
			{"a negative duration", hop1Role, l.cfg, func(o *stscreds.AssumeRoleOptions) { o.Duration = -time.Hour }, "duration -1h0m0s", nil},
			{"more than STS's most", hop1Role, l.user(t), func(o *stscreds.AssumeRoleOptions) { o.Duration = 13 * time.Hour }, "duration 13h0m0s", nil},
			{"another partition's role", "arn:aws-cn:iam::222233334444:role/audit", l.cfg, none, "partitions know nothing of each other", nil},
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

var document = regexp.MustCompile(`(?s)--policy-document '(.*?)'\n`)

func TestAHopThatIsDeniedSaysWhatItsRoleNeeds(t *testing.T) {
	inLife(t, func(t *testing.T, l *life) {
		l.trusts(t, hop1Role, baseRole, `["sts:AssumeRole","sts:SetSourceIdentity","sts:TagSession"]`, "")
		l.trusts(t, hop2Role, hop3Role, assumeOnly, "")
		one, _ := hop(t, l.cfg, hop1Role, func(o *stscreds.AssumeRoleOptions) { o.SourceIdentity = aws.String("ada") })
		two, p := hop(t, one, hop2Role, func(o *stscreds.AssumeRoleOptions) {
			o.ExternalID = aws.String("x-2")
			o.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("payments")}}
		})
		_, err := two.Credentials.Retrieve(t.Context())
		t.Log(err)
		require.ErrorIs(t, err, irsa.ErrTrust)
		require.ErrorContains(t, err, "irsa: assume role "+hop2Role+" (hop 2): ")
		var e *irsa.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "AccessDenied 403 sts.eu-west-1.amazonaws.com false", fmt.Sprint(e.Code, " ", e.HTTPStatus, " ", e.Endpoint, " ", e.Temporary))
		assert.Len(t, l.of(hop2Role), 1, "it is not repeated")
		require.ErrorIs(t, p.Status().Err, irsa.ErrTrust)
		text := irsa.Explain(err)
		t.Log(text)
		assert.Contains(t, text, `hop         2, assumed by "`+hop1Role+`"`)
		docs := document.FindAllStringSubmatch(text, -1)
		require.Len(t, docs, 2, "the trust policy, and the caller's own")
		assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+hop1Role+`"},
			"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Condition":{"StringEquals":{"sts:ExternalId":"x-2"}}}]}`, docs[0][1])
		assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Resource":"`+hop2Role+`"}]}`, docs[1][1])
		assert.Contains(t, text, "put-role-policy --role-name audit --policy-name assume-archive")

		require.NoError(t, l.sts.AddRole(irsatest.Role{ARN: hop2Role, TrustPolicy: docs[0][1]}))
		time.Sleep(time.Minute)
		_, err = two.Credentials.Retrieve(t.Context())
		require.NoError(t, err, "what Explain says is what it takes")
	})
	t.Run("whose caller is not known but by STS's answer", func(t *testing.T) {
		inLife(t, func(t *testing.T, l *life) {
			l.trusts(t, hop1Role, hop3Role, assumeOnly, "")
			for principal, base := range map[string]aws.Config{ciUser: l.user(t), baseRole: l.withKeys(aws.CredentialsProviderFunc(l.p.Retrieve))} {
				_, p := hop(t, base, hop1Role)
				_, err := p.Retrieve(t.Context())
				require.ErrorContains(t, err, "(hop 1)")
				text := irsa.Explain(err)
				docs := document.FindAllStringSubmatch(text, -1)
				require.NotEmpty(t, docs, text)
				assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+principal+`"},"Action":["sts:AssumeRole"]}]}`, docs[0][1])
			}
		})
	})
	t.Run("by the organization", func(t *testing.T) {
		inLife(t, func(t *testing.T, l *life) {
			_, p := hop(t, l.cfg, hop1Role)
			_, err := l.p.Retrieve(t.Context())
			require.NoError(t, err)
			l.sts.SetFault(irsatest.Fault{Code: "AccessDenied", Status: 403, Message: "User: x is not authorized to perform: sts:AssumeRole on resource: y with an explicit deny in a service control policy"})
			_, err = p.Retrieve(t.Context())
			require.ErrorIs(t, err, irsa.ErrTrust)
			assert.Contains(t, irsa.Explain(err), "it is sts:AssumeRole that is denied")
		})
	})
}

func TestWhatFailsBeforeAHopStaysWhatItIs(t *testing.T) {
	for name, tc := range map[string]struct {
		fault  irsatest.Fault
		reason error
		op     string
		most   time.Duration
	}{
		"the web identity is denied":         {irsatest.Fault{Code: "AccessDenied", Status: 403, Message: "Not authorized to perform sts:AssumeRoleWithWebIdentity"}, irsa.ErrTrust, "assume role with web identity", time.Second},
		"STS hangs for the web identity":     {irsatest.Fault{Hang: irsatest.Response}, irsa.ErrUnreachable, "assume role with web identity", 20 * time.Second},
		"STS throttles the web identity":     {irsatest.Fault{Code: "Throttling"}, irsa.ErrThrottled, "assume role with web identity", 20 * time.Second},
		"there is no token":                  {irsatest.Fault{}, irsa.ErrToken, "read token", time.Second},
		"the web identity's end is not told": {irsatest.Fault{Omit: []string{"Expiration"}}, irsa.ErrUnreachable, "assume role with web identity", 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inLife(t, func(t *testing.T, l *life) {
				l.trusts(t, hop1Role, baseRole, assumeOnly, "")
				l.trusts(t, hop2Role, hop1Role, assumeOnly, "")
				one, _ := hop(t, l.cfg, hop1Role)
				_, p := hop(t, one, hop2Role)
				l.sts.SetFault(tc.fault)
				if tc.op == "read token" {
					require.NoError(t, os.Remove(l.pod.TokenFile()))
				}
				start := time.Now()
				_, err := p.Retrieve(t.Context())
				t.Logf("after %v: %v", time.Since(start), err)
				require.ErrorIs(t, err, tc.reason)
				e, ok := err.(*irsa.Error)
				require.True(t, ok, "%T", err)
				assert.Equal(t, tc.op, e.Op)
				assert.Equal(t, baseRole, e.RoleARN)
				assert.NotContains(t, err.Error(), "(hop")
				assert.NotEmpty(t, irsa.Explain(err))
				assert.LessOrEqual(t, time.Since(start), tc.most)
				assert.Empty(t, append(l.of(hop1Role), l.of(hop2Role)...))
				most := 4 // as many as it takes without a chain
				if tc.reason == irsa.ErrTrust {
					most = 1
				}
				assert.LessOrEqual(t, len(l.sts.Requests()), most)
			})
		})
	}
}

func TestAHopIsTriedAgainByTheSameRules(t *testing.T) {
	for name, tc := range map[string]struct {
		fault    irsatest.Fault
		reason   error
		attempts int
	}{
		"throttled for a while":    {irsatest.Fault{Times: 2, Code: "Throttling"}, nil, 3},
		"out of order for a while": {irsatest.Fault{Times: 2, Code: "InternalFailure", Status: 500}, nil, 3},
		"throttled on":             {irsatest.Fault{Code: "Throttling"}, irsa.ErrThrottled, 4},
		"cut":                      {irsatest.Fault{Times: 1, Cut: irsatest.Response}, nil, 2},
		"refused":                  {irsatest.Fault{Code: "RegionDisabledException", Status: 403}, irsa.ErrRegion, 1},
		"answered by a proxy":      {irsatest.Fault{Replace: []byte("<html>")}, irsa.ErrUnreachable, 4},
		"given half an answer":     {irsatest.Fault{Omit: []string{"SessionToken"}}, irsa.ErrUnreachable, 4},
	} {
		t.Run(name, func(t *testing.T) {
			inLife(t, func(t *testing.T, l *life) {
				l.trusts(t, hop1Role, baseRole, assumeOnly, "")
				_, err := l.p.Retrieve(t.Context())
				require.NoError(t, err)
				_, p := hop(t, l.cfg, hop1Role)
				l.sts.SetFault(tc.fault)
				_, err = p.Retrieve(t.Context())
				if tc.reason == nil {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, tc.reason)
					require.ErrorContains(t, err, hop1Role+" (hop 1): ")
					assert.NotEmpty(t, irsa.Explain(err))
				}
				assert.Len(t, l.sts.Requests(), 1+tc.attempts)
			})
		})
	}
}

func TestAHopIsRefreshedBeforeItsHour(t *testing.T) {
	inLife(t, func(t *testing.T, l *life) {
		l.trusts(t, hop1Role, baseRole, assumeOnly, "")
		l.trusts(t, hop2Role, hop1Role, assumeOnly, "")
		one, _ := hop(t, l.cfg, hop1Role)
		_, p := hop(t, one, hop2Role)
		l.sts.SetFault(irsatest.Fault{Latency: 800 * time.Millisecond})
		_, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		got := read(p, 8, time.Minute, 24*time.Hour, served(t, 0))
		slowest := got.worst
		assert.Zero(t, got.failed, got.lastErr)
		t.Logf("the slowest Retrieve in 24 hours: %v; %d, %d and %d exchanges", slowest, len(l.of(baseRole)), len(l.of(hop1Role)), len(l.of(hop2Role)))
		assert.Zero(t, slowest, "nobody waits after the first exchanges")
		for _, role := range []string{baseRole, hop1Role, hop2Role} {
			rs := l.of(role)
			assert.Greater(t, len(rs), 24, role)
			assert.LessOrEqual(t, len(rs), 24*60/40+1, role)
			for i := 1; i < len(rs); i++ {
				between := rs[i].Time.Sub(rs[i-1].Time)
				require.True(t, between >= 40*time.Minute && between <= 49*time.Minute, "%s: %v", role, between)
			}
		}
	})
	t.Run("and the web identity beneath it on its own", func(t *testing.T) {
		inLife(t, func(t *testing.T, l *life) {
			l.trusts(t, hop1Role, baseRole, assumeOnly, "")
			_, p := hop(t, l.cfg, hop1Role, func(o *stscreds.AssumeRoleOptions) { o.Duration = 15 * time.Minute })
			for range 4 * 60 {
				_, err := p.Retrieve(t.Context())
				require.NoError(t, err)
				time.Sleep(time.Minute)
			}
			web, hops := len(l.of(baseRole)), len(l.of(hop1Role))
			t.Logf("in 4 hours %d exchanges of the token, %d of the hop", web, hops)
			assert.LessOrEqual(t, web, 7)
			assert.GreaterOrEqual(t, hops, 20)
		})
	})
	t.Run("and is served through ten minutes without STS", func(t *testing.T) {
		inLife(t, func(t *testing.T, l *life) {
			l.trusts(t, hop1Role, baseRole, assumeOnly, "")
			_, p := hop(t, l.cfg, hop1Role)
			for minute := range 4 * 60 {
				if minute%60 == 40 {
					l.sts.SetFault(irsatest.Fault{Hang: irsatest.Connect})
					time.AfterFunc(9*time.Minute, func() { l.sts.SetFault(irsatest.Fault{}) })
				}
				before := time.Now()
				_, err := p.Retrieve(t.Context())
				require.NoError(t, err)
				require.Zero(t, time.Since(before))
				time.Sleep(time.Minute)
			}
		})
	})
}

func TestAHopWithAWrongClock(t *testing.T) {
	for _, skew := range []time.Duration{-time.Hour, time.Hour} {
		inLife(t, func(t *testing.T, l *life) {
			l.trusts(t, hop1Role, baseRole, assumeOnly, "")
			l.sts.SetFault(irsatest.Fault{Skew: skew})
			_, p := hop(t, l.cfg, hop1Role)
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err, "STS is ahead by %v", skew)
			assert.LessOrEqual(t, len(l.of(hop1Role)), 2)
		})
	}
}

func TestWhereAHopIsAsked(t *testing.T) {
	inLife(t, func(t *testing.T, l *life) {
		l.trusts(t, hop1Role, baseRole, assumeOnly, "")
		l.trusts(t, hop2Role, ciUser, assumeOnly, "")
		asked := func(cfg aws.Config, role string, optFns ...func(*stscreds.AssumeRoleOptions)) string {
			_, p := hop(t, cfg, role, optFns...)
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			rs := l.of(role)
			return rs[len(rs)-1].Host
		}
		general := func(cfg aws.Config) aws.Config {
			cfg.BaseEndpoint = aws.String("https://minio.example.com")
			return cfg
		}
		assert.Equal(t, "sts.eu-west-1.amazonaws.com", asked(l.cfg, hop1Role))
		assert.Equal(t, "sts.eu-west-1.amazonaws.com", asked(general(l.cfg), hop1Role), "where the token doesn't go, its session doesn't")
		assert.Equal(t, "minio.example.com", asked(general(l.user(t)), hop2Role), "as in the SDK")
		own := sts.New(sts.Options{Region: "eu-central-1", HTTPClient: l.sts.Client()})
		assert.Equal(t, "sts.eu-central-1.amazonaws.com", asked(l.cfg, hop1Role, func(o *stscreds.AssumeRoleOptions) { o.Client = own }), "the caller's own client, with the config's credentials")
	})
}

func TestNoSecretOfAChainIsEverShown(t *testing.T) {
	var seen record
	var mu sync.Mutex
	options := irsa.Options{Logger: slog.New(slog.NewTextHandler(&seen, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	live(t, options, func(t *testing.T, l *life) {
		l.trusts(t, hop1Role, baseRole, assumeOnly, "")
		cfg := l.cfg.Copy()
		cfg.ClientLogMode = aws.LogRequestWithBody | aws.LogResponseWithBody | aws.LogSigning | aws.LogRetries
		cfg.Logger = logging.LoggerFunc(func(_ logging.Classification, format string, v ...any) {
			mu.Lock()
			defer mu.Unlock()
			_, _ = fmt.Fprintf(&seen, format+"\n", v...)
		})
		base, err := l.p.Retrieve(t.Context())
		require.NoError(t, err)
		secrets := []string{base.SessionToken, base.SecretAccessKey}
		for _, fault := range []irsatest.Fault{
			{}, {Code: "AccessDenied", Status: 403, Message: "no: " + base.SessionToken}, {Omit: []string{"Expiration"}}, {Replace: []byte("<html>")},
		} {
			_, p := hop(t, cfg, hop1Role)
			l.sts.SetFault(fault)
			c, err := p.Retrieve(t.Context())
			if fault.Status == 0 && fault.Omit == nil && fault.Replace == nil {
				require.NoError(t, err)
				secrets = append(secrets, c.SessionToken, c.SecretAccessKey)
			} else {
				require.Error(t, err)
			}
			_, _ = fmt.Fprintf(&seen, "%v %+v %#v %s %v %+v", err, err, err, irsa.Explain(err), p, p.Status())
			var e *irsa.Error
			if errors.As(err, &e) {
				_, _ = fmt.Fprintf(&seen, "%+v %#v", *e, e.Unwrap())
			}
		}
		synctest.Wait()
		assert.Contains(t, seen.String(), "irsa: refreshed")
		assert.Contains(t, seen.String(), hop1Role)
		for _, s := range secrets {
			assert.NotContains(t, seen.String(), s, "a secret is shown")
		}
	})
}
