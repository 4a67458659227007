package irsa_test

import (
	"context"
	"sync"
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

// plainSTS is an endpoint that is configured for STS, so that plain http is allowed. TLS is the
// most costly part of an exchange; without it days of exchanges take milliseconds.
const plainSTS = "http://sts.test"

// inBubble runs a test with a [testbed] in virtual time ([synctest.Test]). Afterwards it waits
// until every exchange has ended, as a bubble requires.
func inBubble(t *testing.T, test func(*testing.T, *testbed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newTestbed(t)
		t.Setenv("AWS_ENDPOINT_URL_STS", plainSTS)
		defer func() {
			w.sts.ClearFaults()
			time.Sleep(time.Minute)
			w.sts.Wait()
		}()
		test(t, w)
	})
}

// provider loads the pod's config, and returns the Provider in it.
func (w *testbed) provider(t testing.TB, o irsa.Options, optFns ...func(*config.LoadOptions) error) *irsa.Provider {
	t.Helper()
	return w.loadBed(t, o, optFns...).p
}

// sdkCache is what the SDK's own chain makes of the same pod.
func (w *testbed) sdkCache(t testing.TB) *aws.CredentialsCache {
	t.Helper()
	cfg, err := config.LoadDefaultConfig(w.ctx, config.WithHTTPClient(w.http))
	require.NoError(t, err)
	return aws.NewCredentialsCache(stscreds.NewWebIdentityRoleProvider(
		sts.NewFromConfig(cfg), roleARN, stscreds.IdentityTokenFile(w.pod.TokenFile()),
	))
}

// rotate has the kubelet replace the pod's token at 80 % of its life of 24 hours, again and again,
// for a time.
func (w *testbed) rotate(t testing.TB, total time.Duration) {
	const every = 24 * time.Hour * 8 / 10
	for at := every; at < total; at += every {
		time.AfterFunc(at, func() { assert.NoError(t, w.pod.Rotate()) })
	}
}

// A reading is what callers of a provider experience.
type reading struct {
	worst   time.Duration // the longest wait
	waits   int           // how many waited at all
	failed  int
	lastErr error
}

// read has n callers ask for credentials at the same moments, every so often, for a time. It checks
// the credentials of each; a nil check checks nothing.
func read(p aws.CredentialsProvider, n int, every, total time.Duration, check func(aws.Credentials)) reading {
	var (
		mu    sync.Mutex
		r     reading
		start = time.Now()
		wg    sync.WaitGroup
	)
	for range n {
		wg.Go(func() {
			for at := time.Duration(0); at < total; at += every {
				time.Sleep(at - time.Since(start))
				asked := time.Now()
				c, err := p.Retrieve(context.Background())
				took := time.Since(asked)
				if err == nil && check != nil {
					check(c)
				}
				if err == nil && took == 0 {
					continue
				}
				mu.Lock()
				if took > 0 {
					r.waits++
				}
				if err != nil {
					r.failed, r.lastErr = r.failed+1, err
				}
				r.worst = max(r.worst, took)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return r
}

// notExpired returns a check for [read] that fails for credentials that have expired by STS's
// clock, which is ahead of this machine's by skew.
func notExpired(t testing.TB, skew time.Duration) func(aws.Credentials) {
	return func(c aws.Credentials) {
		if now := time.Now().Add(skew); !c.Expires.After(now) {
			assert.Fail(t, "served past their end", "%s at %s", c.Expires, now)
		}
	}
}

// requestsAfter returns the requests that the STS was sent after the first n.
func (w *testbed) requestsAfter(n int) []irsatest.Request { return w.sts.Requests()[n:] }
