package irsa_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestAnSTSThatHangsFromTheStart(t *testing.T) {
	for name, c := range map[string]struct {
		at    int64
		words string
	}{
		"resolve":  {irsatest.Resolve, "resolve "},
		"connect":  {irsatest.Connect, "connect to "},
		"tls":      {irsatest.TLS, "tls with "},
		"response": {irsatest.Response, "wait for an answer of "},
		"body":     {700, "wait for an answer of "},
	} {
		t.Run("in the phase "+name+", every caller is told within 20 seconds", func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				t.Setenv("AWS_ENDPOINT_URL_STS", "") // with TLS
				w.sts.Inject(irsatest.Fault{Do: irsatest.Stall(c.at)})
				p := w.provider(t, irsa.Options{})
				start := time.Now()
				var wg sync.WaitGroup
				errs := make([]error, 64)
				for i := range errs {
					wg.Go(func() { _, errs[i] = p.Retrieve(t.Context()) })
				}
				wg.Wait()
				took := time.Since(start)
				t.Logf("after %v: %v", took, errs[0])
				assert.LessOrEqual(t, took, 20*time.Second)
				for _, err := range errs {
					require.ErrorIs(t, err, irsa.ErrUnreachable)
					require.ErrorContains(t, err, c.words+"sts.eu-west-1.amazonaws.com")
					var e *irsa.Error
					require.ErrorAs(t, err, &e)
					assert.Equal(t, "sts.eu-west-1.amazonaws.com", e.Endpoint)
					assert.True(t, e.Temporary)
				}
			})
		})
	}
	t.Run("a caller's own context ends its own wait at once, and nothing else", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			w.sts.Inject(irsatest.Fault{Do: irsatest.Delay(5 * time.Second)})
			p := w.provider(t, irsa.Options{})
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			start := time.Now()
			_, err := p.Retrieve(ctx)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, 100*time.Millisecond, time.Since(start))
			var e *irsa.Error
			require.ErrorAs(t, err, &e)
			assert.True(t, e.Temporary)
			assert.NotErrorIs(t, err, irsa.ErrUnreachable, "nobody knows that yet")

			_, err = p.Retrieve(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 5*time.Second, time.Since(start), "the exchange went on")
			assert.Len(t, w.sts.Requests(), 1)

			ended, cancel := context.WithCancel(t.Context())
			cancel()
			_, err = p.Retrieve(ended)
			assert.NoError(t, err, "nothing is waited for")
		})
	})
	t.Run("a caller whose context ends during the second attempt is told why the first one failed", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			w.sts.Inject(irsatest.Fault{Do: irsatest.Delay(5 * time.Second).And(irsatest.Cut(irsatest.Response))})
			p := w.provider(t, irsa.Options{})
			stop := errors.New("shutting down")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(8*time.Second, func() { cancel(stop) })
			start := time.Now()
			_, err := p.Retrieve(ctx)
			assert.Equal(t, 8*time.Second, time.Since(start))
			require.ErrorIs(t, err, irsa.ErrUnreachable)
			require.ErrorIs(t, err, stop)
			require.ErrorContains(t, err, "irsa: assume role with web identity "+roleARN+": ")
			require.ErrorContains(t, err, "EOF; the caller's context ended before the next attempt: shutting down")
			e, ok := err.(*irsa.Error)
			require.True(t, ok, "%T", err)
			assert.Equal(t, "sts.test", e.Endpoint)
			assert.Contains(t, irsa.Explain(err), "The connection to the STS endpoint was cut")
			assert.NotErrorIs(t, p.Status().Err, stop, "it is nobody else's")
		})
	})
}

func TestThrottling(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		w.sts.Inject(irsatest.Fault{Do: irsatest.Error("Throttling", "")})
		p := w.provider(t, irsa.Options{})
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				_, err := p.Retrieve(t.Context())
				assert.ErrorIs(t, err, irsa.ErrThrottled)
			})
			time.Sleep(100 * time.Millisecond)
		}
		wg.Wait()
		t.Logf(
			"1000 calls of Retrieve, ten a second, made %d exchanges of %d requests",
			p.Status().Failures, len(w.sts.Requests()),
		)
		assert.LessOrEqual(t, p.Status().Failures, 9, "one at each step: after 1, 2, 4, 8, 16, 30 and 30 seconds")
		assert.LessOrEqual(t, len(w.sts.Requests()), 60)
	})
}

func TestAWrongClock(t *testing.T) {
	const lives = 6
	for name, skew := range map[string]time.Duration{"an hour ahead": -time.Hour, "an hour behind": time.Hour} {
		t.Run("a node's clock "+name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				w.sts.Inject(irsatest.Fault{Do: irsatest.Skew(skew)})
				p := w.provider(t, irsa.Options{})
				got := read(p, 2, 10*time.Second, lives*time.Hour, notExpired(t, skew))
				assert.Zero(t, got.failed, got.lastErr)
				assert.Zero(t, got.worst)
				ours := len(w.sts.Requests())
				sdk := read(w.sdkCache(t), 2, 10*time.Second, time.Hour, nil)
				t.Logf("irsa.Provider makes %.1f exchanges an hour; aws.CredentialsCache %d, with %d failed calls",
					float64(ours)/lives, len(w.requestsAfter(ours)), sdk.failed)
				assert.LessOrEqual(t, ours, 2*lives)
			})
		})
		t.Run("a node's clock "+name+", without a Date", func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				w.sts.Inject(irsatest.Fault{Do: irsatest.Skew(skew).And(irsatest.SetHeader("Date", ""))})
				p := w.provider(t, irsa.Options{})
				read(p, 1, time.Second, time.Minute, notExpired(t, skew))
				assert.LessOrEqual(t, len(w.sts.Requests()), 7, "at most the backoff's")
			})
		})
	}
	t.Run("requests are signed with such credentials, as far ahead as the node is", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			w.sts.Inject(irsatest.Fault{Do: irsatest.Skew(-time.Hour)})
			cfg, err := w.load(new(irsa.Loader))
			require.NoError(t, err)
			for range 2 {
				_, err = sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
				require.NoError(t, err)
				time.Sleep(time.Hour)
			}
		})
	})
}

func TestPermanentFaults(t *testing.T) {
	const latency = 800 * time.Millisecond
	for name, c := range map[string]struct {
		prepare func(*testing.T, *testbed)
		reason  error
	}{
		"no OIDC provider": {func(t *testing.T, w *testbed) {
			other := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/OTHER")
			require.NoError(t, w.pod.Write(other.Token(irsatest.Claims{
				Namespace: "payments", ServiceAccount: "reader",
			})))
		}, irsa.ErrIssuer},
		"a wrong audience": {func(t *testing.T, w *testbed) {
			require.NoError(t, w.pod.Write(podIssuer.Token(irsatest.Claims{
				Namespace: "payments", ServiceAccount: "reader", Audience: []string{"vault"},
			})))
		}, irsa.ErrAudience},
		"access denied": {func(t *testing.T, w *testbed) {
			require.NoError(t, w.pod.Write(podIssuer.Token(irsatest.Claims{
				Namespace: "payments", ServiceAccount: "writer",
			})))
		}, irsa.ErrTrust},
	} {
		t.Run(name+": one request, and the error with its answer", func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				c.prepare(t, w)
				w.sts.Inject(irsatest.Fault{Do: irsatest.Delay(latency)})
				p := w.provider(t, irsa.Options{})
				start := time.Now()
				_, err := p.Retrieve(t.Context())
				took := time.Since(start)
				require.ErrorIs(t, err, c.reason)
				t.Logf("%v after STS's answer: %v", took-latency, err)
				assert.LessOrEqual(t, took, latency+100*time.Millisecond)
				assert.Len(t, w.sts.Requests(), 1)
				var e *irsa.Error
				require.ErrorAs(t, err, &e)
				assert.False(t, e.Temporary)
			})
		})
	}
	t.Run("they pass when somebody repairs them: the next exchange is half a minute away at most", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			w.sts.Inject(irsatest.Fault{Do: irsatest.Error("AccessDenied", "")})
			p := w.provider(t, irsa.Options{})
			read(p, 1, time.Second, 10*time.Minute, nil)
			w.sts.ClearFaults()
			time.Sleep(30 * time.Second)
			_, err := p.Retrieve(t.Context())
			assert.NoError(t, err)
		})
	})
}

func TestFaultsThatPass(t *testing.T) {
	for name, fault := range map[string]irsatest.Fault{
		// Its text is the fake's default.
		"a verification key that could not be retrieved": {Do: irsatest.Error("InvalidIdentityToken", "")},
		"an issuer that could not be reached":            {Do: irsatest.Error("IDPCommunicationError", "")},
		"an internal failure":                            {Do: irsatest.Error("InternalFailure", "")},
		"a reset connection":                             {Do: irsatest.Cut(irsatest.Response)},
		"a refused connection":                           {Do: irsatest.Cut(irsatest.Connect)},
		"half an answer":                                 {Do: irsatest.Cut(700)},
		"throttling":                                     {Do: irsatest.Error("Throttling", "")},
	} {
		t.Run(name+" is retried in the same exchange", func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				fault.Times = 2
				w.sts.Inject(fault)
				start := time.Now()
				_, err := w.provider(t, irsa.Options{}).Retrieve(t.Context())
				require.NoError(t, err)
				assert.LessOrEqual(t, time.Since(start), 5*time.Second)
			})
		})
	}
}
