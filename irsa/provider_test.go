package irsa_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

const bubbleRole = "arn:aws:iam::111122223333:role/reader"

// A life is a pod in a synctest bubble, with the real clients for an STS in memory.
type life struct {
	sts *irsatest.STS
	pod *irsatest.Pod
	cfg aws.Config
	p   *irsa.Provider
}

// live runs a test in a pod whose tokens last for so long, and lets every exchange
// end before the bubble does. Zero: for a day, and the kubelet replaces them.
func live(t *testing.T, token time.Duration, service *irsatest.STS, options irsa.Options, test func(*testing.T, *life)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
		issuer.Algorithm = "ES256" // its keys are made faster
		require.NoError(t, service.Trust(bubbleRole, issuer, "system:serviceaccount:payments:api"))
		pod := irsatest.NewPod(t, irsatest.PodOptions{Issuer: issuer, RoleARN: bubbleRole,
			Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api", Lifetime: token}})
		l := irsa.Loader{Options: options}
		cfg, err := l.LoadConfig(t.Context(), config.WithHTTPClient(service.Client()))
		require.NoError(t, err)
		p, ok := irsa.ProviderFrom(cfg)
		require.True(t, ok)
		for n := 1; token == 0 && n < 4; n++ {
			time.AfterFunc(time.Duration(n)*24*time.Hour*8/10, func() { assert.NoError(t, pod.Rotate()) })
		}
		defer func() {
			service.SetFault(irsatest.Fault{})
			time.Sleep(48 * time.Hour)
			service.Wait()
		}()
		test(t, &life{service, pod, cfg, p})
	})
}

// sdk returns the SDK's own provider of the same role, in its own cache.
func (l *life) sdk() aws.CredentialsProvider {
	return aws.NewCredentialsCache(stscreds.NewWebIdentityRoleProvider(sts.NewFromConfig(l.cfg), bubbleRole, stscreds.IdentityTokenFile(l.pod.TokenFile())))
}

// worst returns how long the slowest of 64 goroutines waited that retrieve once a
// minute for a day, after the first exchange.
func worst(t *testing.T, p aws.CredentialsProvider) time.Duration {
	_, err := p.Retrieve(t.Context())
	require.NoError(t, err)
	var most atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 24 * 60 {
				time.Sleep(time.Minute)
				before := time.Now()
				_, err := p.Retrieve(t.Context())
				assert.NoError(t, err)
				for took := int64(time.Since(before)); took > most.Load(); {
					most.Store(took)
				}
			}
		})
	}
	wg.Wait()
	return time.Duration(most.Load())
}

func TestNobodyWaitsAfterTheFirstExchange(t *testing.T) {
	live(t, 0, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
		l.sts.SetFault(irsatest.Fault{Latency: 800 * time.Millisecond})
		ours, theirs := worst(t, l.p), worst(t, l.sdk())
		t.Logf("the slowest Retrieve of 64 goroutines in 24 hours, with an STS that takes 800ms: %v; of aws.CredentialsCache: %v", ours, theirs)
		assert.Zero(t, ours)
		assert.GreaterOrEqual(t, theirs, 800*time.Millisecond)
	})
}

func TestTenMinutesWithoutSTS(t *testing.T) {
	for name, fault := range map[string]irsatest.Fault{
		"fails":            {Code: "InternalFailure", Status: 500},
		"throttles":        {Code: "Throttling"},
		"hangs":            {Hang: irsatest.Response},
		"can't be dialled": {Hang: irsatest.Connect},
	} {
		t.Run("an STS that "+name+" for ten minutes of an hour is not noticed", func(t *testing.T) {
			for minute := 0; minute < 60; minute += 5 { // every minute of it: internal/refresh
				live(t, 0, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
					_, err := l.p.Retrieve(t.Context())
					require.NoError(t, err)
					from := time.Duration(minute) * time.Minute
					time.AfterFunc(from, func() { l.sts.SetFault(fault) })
					time.AfterFunc(from+10*time.Minute, func() { l.sts.SetFault(irsatest.Fault{}) })
					for range 100 * 12 {
						time.Sleep(5 * time.Second)
						before := time.Now()
						_, err := l.p.Retrieve(t.Context())
						require.NoError(t, err, "minute %d", minute)
						require.Zero(t, time.Since(before), "minute %d", minute)
					}
				})
			}
		})
	}
}

func TestHangingSTS(t *testing.T) {
	for _, phase := range []irsatest.Phase{irsatest.Resolve, irsatest.Connect, irsatest.TLS, irsatest.Response} {
		t.Run(string(phase), func(t *testing.T) {
			live(t, 0, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
				l.sts.SetFault(irsatest.Fault{Hang: phase})
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err := l.p.Retrieve(ctx)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, time.Second, time.Since(start), "the caller's own context ends its wait")
				_, err = l.p.Retrieve(t.Context())
				t.Logf("after %v: %v", time.Since(start), err)
				require.ErrorIs(t, err, irsa.ErrUnreachable)
				assert.LessOrEqual(t, time.Since(start), 20*time.Second)
				assert.ErrorContains(t, err, "sts.eu-west-1.amazonaws.com")
				var e *irsa.Error
				require.ErrorAs(t, err, &e)
				assert.True(t, e.Temporary)
				assert.ErrorContains(t, err, map[irsatest.Phase]string{"resolve": "resolve", "connect": "connect", "tls": "tls", "response": "answer"}[phase])
			})
		})
	}
}

func TestAThrottledFleetOfCallers(t *testing.T) {
	live(t, 0, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
		l.sts.SetFault(irsatest.Fault{Code: "Throttling"})
		for range 1000 {
			go func() { _, _ = l.p.Retrieve(t.Context()) }()
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		n, st := len(l.sts.Requests()), l.p.Status()
		t.Logf("1000 Retrieves, ten a second, of a throttled STS: %d exchanges, %d requests", st.Failures, n)
		assert.LessOrEqual(t, n, 60)
		assert.LessOrEqual(t, st.Failures, 9)
		assert.ErrorIs(t, st.Err, irsa.ErrThrottled)
	})
}

func TestANodesWrongClock(t *testing.T) {
	for _, skew := range []time.Duration{-time.Hour, time.Hour} {
		t.Run(fmt.Sprintf("STS is ahead by %v", skew), func(t *testing.T) {
			live(t, 0, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
				l.sts.SetFault(irsatest.Fault{Skew: skew})
				for range 24 * 60 {
					c, err := l.p.Retrieve(t.Context())
					require.NoError(t, err)
					require.True(t, time.Now().Add(skew).Before(c.Expires), "served past its true end")
					time.Sleep(time.Minute)
				}
				n := len(l.sts.Requests())
				t.Logf("%d exchanges in 24 sessions of an hour", n)
				assert.LessOrEqual(t, n, 48)
			})
		})
	}
}

func TestFaultsThatDontPass(t *testing.T) {
	for message, code := range map[string]string{
		"No OpenIDConnect provider found in your account for https://example.com": "InvalidIdentityToken",
		"Incorrect token audience":                                "InvalidIdentityToken",
		"Not authorized to perform sts:AssumeRoleWithWebIdentity": "AccessDenied",
	} {
		t.Run(message, func(t *testing.T) {
			live(t, 0, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
				const latency = 50 * time.Millisecond
				l.sts.SetFault(irsatest.Fault{Code: code, Message: message, Latency: latency})
				start := time.Now()
				_, err := l.p.Retrieve(t.Context())
				require.ErrorContains(t, err, message)
				assert.LessOrEqual(t, time.Since(start), latency+100*time.Millisecond)
				assert.Len(t, l.sts.Requests(), 1)
			})
		})
	}
	t.Run("one that does pass is tried again", func(t *testing.T) {
		live(t, 0, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
			l.sts.SetFault(irsatest.Fault{Times: 2, Code: "InvalidIdentityToken",
				Message: "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"})
			_, err := l.p.Retrieve(t.Context())
			require.NoError(t, err)
			assert.Len(t, l.sts.Requests(), 3)
		})
	})
}

func TestRotation(t *testing.T) {
	t.Run("in the middle of an exchange", func(t *testing.T) {
		live(t, 10*time.Minute, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
			time.Sleep(20 * time.Minute) // the token is dead
			l.sts.SetFault(irsatest.Fault{Times: 1, Latency: time.Second})
			time.AfterFunc(500*time.Millisecond, func() { assert.NoError(t, l.pod.Rotate()) })
			start := time.Now()
			_, err := l.p.Retrieve(t.Context())
			require.NoError(t, err)
			assert.Equal(t, time.Second, time.Since(start), "at once, the file having changed")
		})
	})
	t.Run("dead, and then rotated, while credentials are valid", func(t *testing.T) {
		live(t, 10*time.Minute, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
			time.AfterFunc(50*time.Minute, func() { assert.NoError(t, l.pod.Rotate()) })
			for range 90 * 6 {
				_, err := l.p.Retrieve(t.Context())
				require.NoError(t, err)
				time.Sleep(10 * time.Second)
			}
		})
	})
	t.Run("sessions that end with the token", func(t *testing.T) {
		const token, tokens = 10 * time.Minute, 20
		live(t, token, &irsatest.STS{EndWithToken: true}, irsa.Options{}, func(t *testing.T, l *life) {
			_, err := l.p.Retrieve(t.Context())
			require.NoError(t, err)
			for n := range tokens {
				time.AfterFunc(time.Duration(n+1)*token*8/10, func() { assert.NoError(t, l.pod.Rotate()) })
			}
			for start := time.Now(); time.Since(start) < tokens*token*8/10; time.Sleep(time.Second) {
				before := time.Now()
				_, err := l.p.Retrieve(t.Context())
				require.NoError(t, err)
				require.Zero(t, time.Since(before))
			}
			each := float64(len(l.sts.Requests())) / tokens
			t.Logf("%.2f exchanges for each token of ten minutes, rotated at 80 %%", each)
			assert.LessOrEqual(t, each, 3.0)
		})
	})
}

func TestMinLife(t *testing.T) {
	live(t, 0, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
		_, err := l.p.Retrieve(t.Context())
		require.NoError(t, err)
		time.Sleep(20 * time.Minute)
		c, err := l.p.MinLife(50 * time.Minute).Retrieve(t.Context())
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Until(c.Expires), 50*time.Minute)
		_, err = l.p.MinLife(2 * time.Hour).Retrieve(t.Context())
		var e *irsa.Error
		require.ErrorAs(t, err, &e)
		assert.False(t, e.Temporary)
		assert.Len(t, l.sts.Requests(), 2)
	})
}

func TestOnRefresh(t *testing.T) {
	var mu sync.Mutex
	var got []irsa.Refresh
	options := irsa.Options{OnRefresh: func(r irsa.Refresh) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r)
	}}
	live(t, 0, new(irsatest.STS), options, func(t *testing.T, l *life) {
		l.sts.SetFault(irsatest.Fault{Times: 1, Code: "AccessDenied", Latency: time.Second})
		_, err := l.p.Retrieve(t.Context())
		require.ErrorIs(t, err, irsa.ErrTrust)
		time.Sleep(time.Minute)
		_, err = l.p.Retrieve(t.Context())
		require.NoError(t, err)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		require.Len(t, got, 2)
		assert.True(t, errors.Is(got[0].Err, irsa.ErrTrust) && got[0].Took == time.Second && got[0].Expires.IsZero())
		assert.True(t, got[1].Err == nil && got[1].Expires.Equal(l.p.Status().Expires))
		st := l.p.Status()
		assert.Equal(t, "payments.api-0", st.SessionName)
		assert.Equal(t, bubbleRole, st.RoleARN)
		require.NotNil(t, st.Token)
		assert.Equal(t, "api", st.Token.ServiceAccount)
	})
}
