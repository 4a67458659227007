package irsa_test

import (
	"fmt"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// What Explain adds to a trust policy, and a policy that it puts.
var (
	added    = regexp.MustCompile(`(?s)--argjson statement '(.*?)' `)
	document = regexp.MustCompile(`(?s)--policy-document '(.*?)'\n`)
)

func TestAHopThatIsDeniedSaysWhatItsRoleNeeds(t *testing.T) {
	inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
		l.addRole(t, hop1Role, roleARN, `["sts:AssumeRole","sts:SetSourceIdentity","sts:TagSession"]`, "")
		l.addRole(t, hop2Role, hop3Role, assumeOnly, "")
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
		assert.Equal(t, "AccessDenied 403 sts.test false", fmt.Sprint(
			e.Code, " ", e.HTTPStatus, " ", e.Endpoint, " ", e.Temporary,
		))
		assert.Len(t, l.requestsFor(hop2Role), 1, "it is not repeated")
		require.ErrorIs(t, p.Status().Err, irsa.ErrTrust)
		text := irsa.Explain(err)
		t.Log(text)
		assert.Contains(t, text, "hop         2\n  assumed by  \""+hop1Role+`"`)
		trust, own := added.FindAllStringSubmatch(text, -1), document.FindAllStringSubmatch(text, -1)
		require.Len(t, trust, 1, "the trust policy")
		require.Len(t, own, 1, "the caller's own")
		assert.JSONEq(t, `{"Effect":"Allow","Principal":{"AWS":"`+hop1Role+`"},
			"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],
			"Condition":{"StringEquals":{"sts:ExternalId":"x-2"}}}`, trust[0][1])
		assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
			"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Resource":"`+hop2Role+`"}]}`, own[0][1])
		assert.Contains(t, text, "put-role-policy --role-name audit --policy-name assume-archive")

		require.NoError(t, l.sts.AddRole(irsatest.Role{ARN: hop2Role,
			TrustPolicy: `{"Version":"2012-10-17","Statement":[` + trust[0][1] + `]}`}))
		time.Sleep(time.Minute)
		_, err = two.Credentials.Retrieve(t.Context())
		require.NoError(t, err, "what Explain says is what it takes")
	})
	t.Run("whose caller is not known but by STS's answer, which gets nobody anything", func(t *testing.T) {
		inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
			l.addRole(t, hop1Role, hop3Role, assumeOnly, "")
			for principal, base := range map[string]aws.Config{
				ciUser: l.user(t), roleARN: l.withKeys(aws.CredentialsProviderFunc(l.p.Retrieve)),
			} {
				_, p := hop(t, base, hop1Role)
				_, err := p.Retrieve(t.Context())
				require.ErrorContains(t, err, "(hop 1)")
				text := irsa.Explain(err)
				if principal == roleARN { // whose session the server names, too
					trust := added.FindAllStringSubmatch(text, -1)
					require.Len(t, trust, 1)
					assert.JSONEq(t, `{"Effect":"Allow","Principal":{"AWS":"`+principal+`"},"Action":["sts:AssumeRole"]}`, trust[0][1])
					continue
				}
				assert.Contains(t, text, `STS names   "`+principal, "it is shown")
				assert.Contains(t, text, `"AWS": "CALLER_ARN"`)
				assert.NotContains(t, text, `"AWS": "`+principal)
				assert.NotContains(t, text, "update-assume-role-policy")
			}
		})
	})
	t.Run("by the organization", func(t *testing.T) {
		inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
			_, p := hop(t, l.cfg, hop1Role)
			_, err := l.p.Retrieve(t.Context())
			require.NoError(t, err)
			l.sts.Inject(irsatest.Fault{Do: irsatest.Error("AccessDenied",
				"User: arn:aws:sts::111122223333:assumed-role/reader/me is not authorized to perform: sts:AssumeRole "+
					"on resource: "+hop1Role+" with an explicit deny in a service control policy")})
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
		"the web identity is denied": {
			irsatest.Fault{
				Do: irsatest.Error("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
			},
			irsa.ErrTrust, "assume role with web identity", time.Second,
		},
		"STS hangs for the web identity": {
			irsatest.Fault{Do: irsatest.Stall(irsatest.Response)}, irsa.ErrUnreachable,
			"assume role with web identity", 20 * time.Second,
		},
		"STS throttles the web identity": {
			irsatest.Fault{Do: irsatest.Error("Throttling", "")}, irsa.ErrThrottled,
			"assume role with web identity", 20 * time.Second,
		},
		"there is no token": {irsatest.Fault{}, irsa.ErrToken, "read token", time.Second},
		"the web identity's end is not told": {
			irsatest.Fault{Do: irsatest.Omit("Expiration")}, irsa.ErrUnreachable,
			"assume role with web identity", 20 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
				l.addRole(t, hop1Role, roleARN, assumeOnly, "")
				l.addRole(t, hop2Role, hop1Role, assumeOnly, "")
				one, _ := hop(t, l.cfg, hop1Role)
				_, p := hop(t, one, hop2Role)
				l.sts.Inject(tc.fault)
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
				assert.Equal(t, roleARN, e.RoleARN)
				assert.NotContains(t, err.Error(), "(hop")
				assert.NotEmpty(t, irsa.Explain(err))
				assert.LessOrEqual(t, time.Since(start), tc.most)
				assert.Empty(t, append(l.requestsFor(hop1Role), l.requestsFor(hop2Role)...))
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
		"throttled for a while":    {irsatest.Fault{Times: 2, Do: irsatest.Error("Throttling", "")}, nil, 3},
		"out of order for a while": {irsatest.Fault{Times: 2, Do: irsatest.Error("InternalFailure", "")}, nil, 3},
		"throttled on":             {irsatest.Fault{Do: irsatest.Error("Throttling", "")}, irsa.ErrThrottled, 4},
		"signed with what ended, and another exchange doesn't help": {
			irsatest.Fault{Op: "AssumeRole", Do: irsatest.Error("ExpiredToken", "")}, nil, 3,
		},
		"signed with what is none, and another exchange doesn't help": {
			irsatest.Fault{Op: "AssumeRole", Do: irsatest.Error("InvalidClientTokenId", "")}, nil, 3,
		},
		"signed by a wrong clock": {
			irsatest.Fault{
				Do: irsatest.Error(
					"SignatureDoesNotMatch",
					"Signature expired: 20000101T000000Z is now earlier than 20000101T004500Z",
				),
			},
			nil, 4,
		},
		"signed wrongly": {irsatest.Fault{Do: irsatest.Error("SignatureDoesNotMatch", "")}, nil, 1},
		"cut":            {irsatest.Fault{Times: 1, Do: irsatest.Cut(irsatest.Response)}, nil, 2},
		"refused":        {irsatest.Fault{Do: irsatest.Error("RegionDisabledException", "")}, irsa.ErrRegion, 1},
		"answered by a proxy": {
			irsatest.Fault{Do: irsatest.Reply(200, "text/html", "<html>")}, irsa.ErrUnreachable, 4,
		},
		"given half an answer": {irsatest.Fault{Do: irsatest.Omit("SessionToken")}, irsa.ErrUnreachable, 4},
	} {
		t.Run(name, func(t *testing.T) {
			inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
				l.addRole(t, hop1Role, roleARN, assumeOnly, "")
				_, err := l.p.Retrieve(t.Context())
				require.NoError(t, err)
				_, p := hop(t, l.cfg, hop1Role)
				l.sts.Inject(tc.fault)
				_, err = p.Retrieve(t.Context())
				if tc.fault.Times > 0 {
					require.NoError(t, err)
				} else {
					if tc.reason != nil {
						require.ErrorIs(t, err, tc.reason)
					}
					require.ErrorContains(t, err, hop1Role+" (hop 1): ")
					assert.NotEmpty(t, irsa.Explain(err))
				}
				assert.Len(t, l.sts.Requests(), 1+tc.attempts)
			})
		})
	}
}

func TestAHopWhoseCredentialsHadEndedWhenTheyCameIsNamed(t *testing.T) {
	inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
		l.addRole(t, hop1Role, ciUser, assumeOnly, "")
		_, p := hop(t, l.user(t), hop1Role)
		l.sts.SessionDuration = -time.Minute
		_, err := p.Retrieve(t.Context())
		require.ErrorIs(t, err, irsa.ErrUnreachable)
		require.ErrorContains(t, err, "irsa: assume role "+hop1Role+" (hop 1): ")
		require.ErrorContains(t, err, "ended before it came")
		assert.Contains(t, irsa.Explain(err), "hop         1\n")
	})
}
