package irsa_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/smithy-go/logging"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestAHopIsRefreshedBeforeItsHour(t *testing.T) {
	inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
		l.addRole(t, hop1Role, roleARN, assumeOnly, "")
		l.addRole(t, hop2Role, hop1Role, assumeOnly, "")
		one, _ := hop(t, l.cfg, hop1Role)
		_, p := hop(t, one, hop2Role)
		l.sts.Inject(irsatest.Fault{Do: irsatest.Delay(800 * time.Millisecond)})
		l.rotate(t, 24*time.Hour)
		_, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		got := read(p, 8, time.Minute, 24*time.Hour, notExpired(t, 0))
		slowest := got.worst
		assert.Zero(t, got.failed, got.lastErr)
		t.Logf(
			"the slowest Retrieve in 24 hours: %v; %d, %d and %d exchanges", slowest,
			len(l.requestsFor(roleARN)), len(l.requestsFor(hop1Role)), len(l.requestsFor(hop2Role)),
		)
		assert.Zero(t, slowest, "nobody waits after the first exchanges")
		for _, role := range []string{roleARN, hop1Role, hop2Role} {
			rs := l.requestsFor(role)
			assert.Greater(t, len(rs), 24, role)
			assert.LessOrEqual(t, len(rs), 24*60/40+1, role)
			for i := 1; i < len(rs); i++ {
				between := rs[i].Received.Sub(rs[i-1].Received)
				require.True(t, between >= 40*time.Minute && between <= 49*time.Minute, "%s: %v", role, between)
			}
		}
	})
	t.Run("and the web identity beneath it on its own", func(t *testing.T) {
		inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
			l.addRole(t, hop1Role, roleARN, assumeOnly, "")
			_, p := hop(t, l.cfg, hop1Role, func(o *stscreds.AssumeRoleOptions) { o.Duration = 15 * time.Minute })
			for range 4 * 60 {
				_, err := p.Retrieve(t.Context())
				require.NoError(t, err)
				time.Sleep(time.Minute)
			}
			web, hops := len(l.requestsFor(roleARN)), len(l.requestsFor(hop1Role))
			t.Logf("in 4 hours %d exchanges of the token, %d of the hop", web, hops)
			assert.LessOrEqual(t, web, 7)
			assert.GreaterOrEqual(t, hops, 20)
		})
	})
	t.Run("and is served through ten minutes without STS", func(t *testing.T) {
		inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
			l.addRole(t, hop1Role, roleARN, assumeOnly, "")
			_, p := hop(t, l.cfg, hop1Role)
			for minute := range 4 * 60 {
				if minute%60 == 40 {
					l.sts.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Connect)})
					time.AfterFunc(9*time.Minute, func() { l.sts.ClearFaults() })
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

func TestAHopBehindASlowWebIdentity(t *testing.T) {
	inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
		l.addRole(t, hop1Role, roleARN, assumeOnly, "")
		l.addRole(t, hop2Role, hop1Role, assumeOnly, "")
		one, _ := hop(t, l.cfg, hop1Role)
		_, p := hop(t, one, hop2Role)
		l.sts.Inject(irsatest.Fault{Times: 1, Do: irsatest.Stall(irsatest.Response)})
		start := time.Now()
		_, err := p.Retrieve(t.Context())
		require.NoError(t, err, "the first attempt of 7s is the web identity's alone")
		took := time.Since(start)
		t.Logf("three exchanges, of which the first hangs once: %v", took)
		assert.True(t, took >= 7*time.Second && took < 9*time.Second, took)
	})
	t.Run("that is slower than a caller is patient", func(t *testing.T) {
		inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
			l.addRole(t, hop1Role, roleARN, assumeOnly, "")
			_, p := hop(t, l.cfg, hop1Role)
			l.sts.Inject(irsatest.Fault{Times: 1, Do: irsatest.Delay(3 * time.Second)})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			_, err := p.Retrieve(ctx)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, time.Second, time.Since(start))
			_, err = p.Retrieve(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 3*time.Second, time.Since(start), "the exchange went on")
		})
	})
}

func TestAHopWhoseCallersSessionEndsMeanwhile(t *testing.T) {
	var worst time.Duration
	for before := range 22 {
		inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
			l.sts.EndWithToken = true // no refresh of the web identity before its very end
			require.NoError(t, l.pod.Write(podIssuer.Token(claimsFor(10*time.Minute))))
			l.addRole(t, hop1Role, roleARN, assumeOnly, "")
			l.addRole(t, hop2Role, hop1Role, assumeOnly, "")
			one, _ := hop(t, l.cfg, hop1Role)
			_, p := hop(t, one, hop2Role)
			c, err := l.p.Retrieve(t.Context())
			require.NoError(t, err)
			time.Sleep(time.Until(c.Expires) - time.Duration(before)*time.Second)
			l.sts.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Response)})
			start := time.Now()
			_, err = p.Retrieve(t.Context())
			worst = max(worst, time.Since(start))
			assert.LessOrEqual(t, worst, 20*time.Second, "%d seconds before", before)
			require.ErrorIs(t, err, irsa.ErrUnreachable)
			assert.NotEmpty(t, irsa.Explain(err))
		})
	}
	t.Logf("the slowest Retrieve while STS hangs: %v", worst)
}

func TestAHopIsRepeatedAtOnceWithNewCredentials(t *testing.T) {
	inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
		l.addRole(t, hop1Role, roleARN, assumeOnly, "")
		_, p := hop(t, l.cfg, hop1Role)
		_, err := l.p.Retrieve(t.Context())
		require.NoError(t, err)
		time.Sleep(10 * time.Minute)
		l.sts.Inject(irsatest.Fault{Times: 1, Do: irsatest.Delay(time.Second).And(irsatest.Error("ExpiredToken", ""))})
		time.AfterFunc(time.Second/2, func() {
			_, err := l.p.MinLife(59 * time.Minute).Retrieve(context.Background())
			assert.NoError(t, err)
		})
		start := time.Now()
		_, err = p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, time.Second, time.Since(start))
		rs := l.requestsFor(hop1Role)
		require.Len(t, rs, 2)
		assert.NotEqual(t, rs[0].AccessKey, rs[1].AccessKey)
	})
}

func TestAHopWithAWrongClock(t *testing.T) {
	for _, skew := range []time.Duration{-time.Hour, time.Hour} {
		inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
			l.addRole(t, hop1Role, roleARN, assumeOnly, "")
			l.sts.Inject(irsatest.Fault{Do: irsatest.Skew(skew)})
			_, p := hop(t, l.cfg, hop1Role)
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err, "STS is ahead by %v", skew)
			assert.LessOrEqual(t, len(l.requestsFor(hop1Role)), 2)
		})
	}
}

func TestNoSecretOfAChainIsEverShown(t *testing.T) {
	var seen syncBuffer
	var mu sync.Mutex
	options := irsa.Options{Logger: slog.New(slog.NewTextHandler(&seen, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	inBubble(t, func(t *testing.T, w *testbed) {
		l := w.loadBed(t, options)
		l.addRole(t, hop1Role, roleARN, assumeOnly, "")
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
		for i, effect := range []irsatest.Effect{
			{}, irsatest.Error("AccessDenied", "no: "+base.SessionToken), irsatest.Omit("Expiration"),
			irsatest.Reply(200, "text/html", "<html>"),
		} {
			_, p := hop(t, cfg, hop1Role)
			l.sts.ClearFaults()
			l.sts.Inject(irsatest.Fault{Do: effect})
			c, err := p.Retrieve(t.Context())
			if i == 0 {
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
