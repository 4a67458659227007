package irsa_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"runtime"
	"strings"
	"sync"
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
	virtually(t, func(t *testing.T, w *world) {
		p := w.provider(t, irsa.Options{})
		_, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		time.Sleep(20 * time.Minute)

		c, err := p.MinLife(30 * time.Minute).Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 40*time.Minute, time.Until(c.Expires), "what is at hand lasts long enough")
		c, err = p.MinLife(50 * time.Minute).Retrieve(t.Context())
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Until(c.Expires), 50*time.Minute)
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

func TestStatus(t *testing.T) {
	virtually(t, func(t *testing.T, w *world) {
		p := w.provider(t, irsa.Options{})
		assert.Equal(t, irsa.Status{RoleARN: roleARN}, p.Status(), "before the first exchange")

		c, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		began := time.Now()
		st := p.Status()
		assert.Equal(t, c.Expires, st.Expires)
		assert.Equal(t, began, st.Refreshed)
		assert.Equal(t, "payments.reader-7c", st.SessionName)
		require.NotNil(t, st.Token)
		assert.Equal(t, subject, st.Token.Subject)
		assert.NoError(t, st.Err)
		next := st.Next.Sub(began)
		assert.True(t, 40*time.Minute <= next && next <= 48*time.Minute, next)

		w.sts.SetFault(irsatest.Fault{Code: "AccessDenied"})
		time.Sleep(next)
		synctest.Wait()
		st = p.Status()
		assert.ErrorIs(t, st.Err, irsa.ErrTrust)
		assert.Equal(t, 1, st.Failures)
		assert.Equal(t, began, st.Refreshed)
		assert.Equal(t, c.Expires, st.Expires)
		assert.True(t, st.Next.After(time.Now()) && st.Next.Before(c.Expires))

		w.sts.SetFault(irsatest.Fault{})
		time.Sleep(time.Until(st.Next))
		synctest.Wait()
		st = p.Status()
		assert.NoError(t, st.Err)
		assert.Zero(t, st.Failures)
		assert.True(t, st.Expires.After(c.Expires))

		n := len(w.sts.Requests())
		time.Sleep(24 * time.Hour)
		assert.Zero(t, p.Status().Next, "nobody used them: idle")
		assert.LessOrEqual(t, len(w.exchanges(n)), 1)
	})
}

func TestOnRefresh(t *testing.T) {
	virtually(t, func(t *testing.T, w *world) {
		var (
			mu  sync.Mutex
			got []irsa.Refresh
			p   *irsa.Provider
		)
		p = w.provider(t, irsa.Options{OnRefresh: func(r irsa.Refresh) {
			_ = p.Status() // may be asked here
			time.Sleep(10 * time.Second)
			mu.Lock()
			defer mu.Unlock()
			got = append(got, r)
		}})
		start := time.Now()
		w.sts.SetFault(irsatest.Fault{Times: 1, Code: "AccessDenied", Latency: time.Second})
		_, err := p.Retrieve(t.Context())
		require.ErrorIs(t, err, irsa.ErrTrust)
		time.Sleep(time.Second)
		_, err = p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 2*time.Second, time.Since(start), "no caller waits for a slow receiver")
		expires := p.Status().Expires

		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		require.Len(t, got, 2)
		assert.ErrorIs(t, got[0].Err, irsa.ErrTrust)
		assert.Equal(t, irsa.Refresh{Started: start, Took: time.Second, Err: got[0].Err}, got[0])
		assert.Equal(t, irsa.Refresh{Started: start.Add(2 * time.Second), Expires: expires}, got[1])
	})
}

// records are what a logger was told.
func records(t *testing.T, log string) (out []map[string]any) {
	for d := json.NewDecoder(strings.NewReader(log)); d.More(); {
		var r map[string]any
		require.NoError(t, d.Decode(&r))
		out = append(out, r)
	}
	return out
}

func TestWhatIsLogged(t *testing.T) {
	at := func(r map[string]any, key string) time.Time {
		text, _ := r[key].(string)
		v, err := time.Parse(time.RFC3339, text)
		assert.NoError(t, err, "%s of %v", key, r)
		return v
	}
	t.Run("to Options.Logger: what happened, and when the next try is", func(t *testing.T) {
		virtually(t, func(t *testing.T, w *world) {
			var log record
			p := w.provider(t, irsa.Options{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
			w.sts.SetFault(irsatest.Fault{Times: 1, Code: "AccessDenied"})
			_, err := p.Retrieve(t.Context())
			require.Error(t, err)
			failed := time.Now()
			time.Sleep(time.Second)
			c, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			next := p.Status().Next
			w.sts.SetFault(irsatest.Fault{Code: "Throttling"})
			time.Sleep(time.Until(next) + 20*time.Second)
			synctest.Wait()
			got := records(t, log.String())
			require.GreaterOrEqual(t, len(got), 3)

			assert.Equal(t, "irsa: the exchange failed", got[0]["msg"])
			assert.Equal(t, "WARN", got[0]["level"])
			assert.Equal(t, roleARN, got[0]["role"])
			assert.Contains(t, got[0]["error"], "AccessDenied")
			assert.EqualValues(t, 1, got[0]["attempts"])
			assert.True(t, failed.Add(time.Second).Equal(at(got[0], "next")), "when somebody asks after the error was held for a second")
			assert.NotContains(t, got[0], "expires")

			assert.Equal(t, "irsa: refreshed", got[1]["msg"])
			assert.Equal(t, "INFO", got[1]["level"])
			assert.True(t, c.Expires.Equal(at(got[1], "expires")))
			assert.True(t, next.Equal(at(got[1], "next")))

			assert.Equal(t, "irsa: the exchange failed", got[2]["msg"])
			assert.Contains(t, got[2]["error"], "Throttling")
			assert.EqualValues(t, 4, got[2]["attempts"])
			assert.True(t, c.Expires.Equal(at(got[2], "expires")), "until when the old ones are served")
			assert.True(t, at(got[2], "next").After(next))
		})
	})
	t.Run("to the config's own logger: failures that no caller is told of", func(t *testing.T) {
		virtually(t, func(t *testing.T, w *world) {
			p := w.provider(t, irsa.Options{})
			w.sts.SetFault(irsatest.Fault{Times: 1, Code: "AccessDenied"})
			_, err := p.Retrieve(t.Context())
			require.Error(t, err)
			time.Sleep(time.Second)
			_, err = p.Retrieve(t.Context())
			require.NoError(t, err)
			synctest.Wait()
			assert.Empty(t, w.warn.String())
			w.sts.SetFault(irsatest.Fault{Code: "AccessDenied"})
			time.Sleep(time.Until(p.Status().Next))
			synctest.Wait()
			assert.Contains(t, w.warn.String(), `WARN irsa: the exchange failed role="`+roleARN+`"`)
			assert.Contains(t, w.warn.String(), ` next="`)
		})
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
			"RoleArn": roleARN, "RoleSessionName": "payments.reader-7c", "DurationSeconds": "", "Policy": "", "PolicyArns.member.1.arn": ""}},
		"Options": {options: irsa.Options{SessionName: "me", Duration: 30 * time.Minute, Policy: "{}", PolicyARNs: []string{other}}, want: map[string]string{
			"RoleSessionName": "me", "DurationSeconds": "1800", "Policy": "{}", "PolicyArns.member.1.arn": other}},
		"WebIdentityRoleCredentialOptions": {load: own(func(o *stscreds.WebIdentityRoleOptions) {
			o.RoleSessionName, o.Duration, o.Policy = "me", 20*time.Minute, aws.String("{}")
			o.PolicyARNs = []types.PolicyDescriptorType{{Arn: aws.String(other)}}
		}), want: map[string]string{
			"RoleSessionName": "me", "DurationSeconds": "1200", "Policy": "{}", "PolicyArns.member.1.arn": other}},
		"WebIdentityRoleCredentialOptions with a token retriever": {load: own(func(o *stscreds.WebIdentityRoleOptions) {
			o.TokenRetriever = retrieverFunc(func() ([]byte, error) {
				return []byte(podIssuer.Token(irsatest.Claims{Namespace: "payments", ServiceAccount: "reader", Pod: "retrieved"})), nil
			})
		}), want: map[string]string{"RoleSessionName": "payments.retrieved"}},
	} {
		t.Run(name, func(t *testing.T) {
			virtually(t, func(t *testing.T, w *world) {
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
		virtually(t, func(t *testing.T, w *world) {
			mine := &countingClient{Client: sts.New(sts.Options{Region: "eu-west-1", HTTPClient: w.http, BaseEndpoint: aws.String(plainSTS)})}
			p := w.provider(t, irsa.Options{}, own(func(o *stscreds.WebIdentityRoleOptions) { o.Client = mine })...)
			w.sts.SetFault(irsatest.Fault{Times: 1, Code: "InternalFailure"})
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 2, mine.calls, "one for each attempt: the SDK's own retries are off")
			assert.Len(t, w.sts.Requests(), 2)
		})
	})
}

type countingClient struct {
	*sts.Client
	calls int
}

func (c *countingClient) AssumeRoleWithWebIdentity(ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput, optFns ...func(*sts.Options)) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	c.calls++
	return c.Client.AssumeRoleWithWebIdentity(ctx, in, optFns...)
}

func TestAnExpiryWindowIsAnEarlierRefresh(t *testing.T) {
	virtually(t, func(t *testing.T, w *world) {
		p := w.provider(t, irsa.Options{}, config.WithCredentialsCacheOptions(func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = 40 * time.Minute }))
		c, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, time.Hour, time.Until(c.Expires), "the true end, not one that is moved")
		next := time.Until(p.Status().Next)
		assert.True(t, 15*time.Minute < next && next <= 20*time.Minute, next)
		got := read(p, 1, time.Second, 3*time.Hour, served(t, 0))
		assert.Zero(t, got.waits)
	})
}

func TestADroppedProviderIsCollected(t *testing.T) {
	virtually(t, func(t *testing.T, w *world) {
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
	w := newWorld(t)
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
