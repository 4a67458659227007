package irsa_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestMinLife(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		p := w.provider(t, irsa.Options{})
		_, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		time.Sleep(20 * time.Minute)

		c, err := p.MinLife(30 * time.Minute).Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 40*time.Minute-30*time.Minute, time.Until(c.Expires), "what is at hand lasts long enough")
		assert.Equal(t, 40*time.Minute, time.Until(p.Status().Expires))
		c, err = p.MinLife(50 * time.Minute).Retrieve(t.Context())
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Until(c.Expires.Add(50*time.Minute)), 50*time.Minute)
		assert.Equal(t, p.Status().Expires, c.Expires.Add(50*time.Minute), "a cache around it asks again by then")
		assert.Len(t, w.sts.Requests(), 2)

		_, err = p.MinLife(2 * time.Hour).Retrieve(t.Context())
		var e *irsa.Error
		require.ErrorAs(t, err, &e)
		assert.ErrorContains(t, err, "less than asked")
		assert.False(t, e.Temporary)
		assert.LessOrEqual(t, len(w.sts.Requests()), 3, "and not one more with each try")
		for range 10 {
			_, err = p.MinLife(2 * time.Hour).Retrieve(t.Context())
			require.Error(t, err)
		}
		assert.LessOrEqual(t, len(w.sts.Requests()), 3)
		_, err = p.MinLife(-1).Retrieve(t.Context())
		require.NoError(t, err)

		source, ok := p.MinLife(time.Minute).(aws.CredentialProviderSource)
		require.True(t, ok, "requests tell where their credentials are from")
		assert.Equal(t, p.ProviderSources(), source.ProviderSources())
	})
}

func TestWhatIsAskedFor(t *testing.T) {
	own := func(fn func(*stscreds.WebIdentityRoleOptions)) []func(*config.LoadOptions) error {
		return opts(config.WithWebIdentityRoleCredentialOptions(fn))
	}
	const other = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	for name, c := range map[string]struct {
		options irsa.Options
		load    []func(*config.LoadOptions) error
		want    map[string]string
	}{
		"nothing else than role, session and token": {want: map[string]string{
			"RoleArn": roleARN, "RoleSessionName": "payments.reader-7c",
			"DurationSeconds": "", "Policy": "", "PolicyArns.member.1.arn": ""}},
		"Options": {options: irsa.Options{SessionName: "me", Duration: 30 * time.Minute, Policy: "{}",
			PolicyARNs: []string{other}}, want: map[string]string{
			"RoleSessionName": "me", "DurationSeconds": "1800", "Policy": "{}", "PolicyArns.member.1.arn": other}},
		"WebIdentityRoleCredentialOptions": {load: own(func(o *stscreds.WebIdentityRoleOptions) {
			o.RoleSessionName, o.Duration, o.Policy = "me", 20*time.Minute, aws.String("{}")
			o.PolicyARNs = []types.PolicyDescriptorType{{Arn: aws.String(other)}}
		}), want: map[string]string{
			"RoleSessionName": "me", "DurationSeconds": "1200", "Policy": "{}", "PolicyArns.member.1.arn": other}},
		"WebIdentityRoleCredentialOptions with a token retriever": {load: own(func(o *stscreds.WebIdentityRoleOptions) {
			o.TokenRetriever = retrieverFunc(func() ([]byte, error) {
				return []byte(podIssuer.Token(irsatest.Claims{
					Namespace: "payments", ServiceAccount: "reader", Pod: "retrieved",
				})), nil
			})
		}), want: map[string]string{"RoleSessionName": "payments.retrieved"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				_, err := w.provider(t, c.options, c.load...).Retrieve(t.Context())
				require.NoError(t, err)
				requests := w.sts.Requests()
				require.Len(t, requests, 1)
				for name, value := range c.want {
					assert.Equal(t, value, requests[0].Params.Get(name), name)
				}
			})
		})
	}
	t.Run("by the Client of WebIdentityRoleCredentialOptions", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			mine := &countingClient{
				Client: sts.New(sts.Options{
					Region: "eu-west-1", HTTPClient: w.http, BaseEndpoint: aws.String(plainSTS),
				}),
			}
			p := w.provider(t, irsa.Options{}, own(func(o *stscreds.WebIdentityRoleOptions) { o.Client = mine })...)
			w.sts.Inject(irsatest.Fault{Times: 1, Do: irsatest.Error("InternalFailure", "")})
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 2, mine.calls, "one for each attempt: the SDK's own retries are off")
			assert.Len(t, w.sts.Requests(), 2)
		})
	})
}

// A countingClient is a client of the caller's own that counts its calls.
type countingClient struct {
	*sts.Client
	calls int
}

func (c *countingClient) AssumeRoleWithWebIdentity(
	ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput, optFns ...func(*sts.Options),
) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	c.calls++
	return c.Client.AssumeRoleWithWebIdentity(ctx, in, optFns...)
}

func TestAnExpiryWindowIsAnEarlierRefresh(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		p := w.provider(t, irsa.Options{}, config.WithCredentialsCacheOptions(func(o *aws.CredentialsCacheOptions) {
			o.ExpiryWindow = 40 * time.Minute
		}))
		c, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, time.Hour, time.Until(c.Expires), "the true end, not one that is moved")
		next := time.Until(p.Status().Next)
		assert.True(t, 15*time.Minute < next && next <= 20*time.Minute, next)
		got := read(p, 1, time.Second, 3*time.Hour, notExpired(t, 0))
		assert.Zero(t, got.waits)
	})
}

func TestADroppedProviderIsCollected(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		p := w.provider(t, irsa.Options{})
		_, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		synctest.Wait() // for the exchange's goroutine
		gone := weak.Make(p)
		p = nil
		for range 5 {
			runtime.GC()
		}
		assert.Nil(t, gone.Value())
		time.Sleep(time.Hour)
		assert.Len(t, w.sts.Requests(), 1, "its timer did nothing")
	})
}

func TestCredentialsAtHandCostNoAllocation(t *testing.T) {
	w := newTestbed(t)
	p := w.provider(t, irsa.Options{})
	ctx := t.Context()
	_, err := p.Retrieve(ctx)
	require.NoError(t, err)
	assert.Zero(t, testing.AllocsPerRun(1000, func() {
		if _, err := p.Retrieve(ctx); err != nil {
			t.Error(err)
		}
	}))
}
