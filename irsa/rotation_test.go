package irsa_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// retrieverFunc is a token retriever of the caller's own.
type retrieverFunc func() ([]byte, error)

func (f retrieverFunc) GetIdentityToken() ([]byte, error) { return f() }

// retriever is the load option that sets one.
func retriever(f retrieverFunc) func(*config.LoadOptions) error {
	return config.WithWebIdentityRoleCredentialOptions(func(o *stscreds.WebIdentityRoleOptions) {
		o.TokenRetriever = f
	})
}

// claimsFor are the claims of the testbed's pod for a token with this life.
func claimsFor(life time.Duration) irsatest.Claims {
	return irsatest.Claims{Namespace: "payments", ServiceAccount: "reader", Pod: "reader-7c", Lifetime: life}
}

func TestTokensAreRotated(t *testing.T) {
	t.Run("in the middle of an exchange", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			w.sts.Inject(irsatest.Fault{Do: irsatest.Delay(2 * time.Second)})
			time.AfterFunc(time.Second, func() { assert.NoError(t, w.pod.Rotate()) })
			p := w.provider(t, irsa.Options{})
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			assert.Len(t, w.sts.Requests(), 1)
		})
	})
	t.Run("in the middle of an exchange that was sent a dead one: the new one is sent at once", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			require.NoError(t, w.pod.Write(podIssuer.Token(claimsFor(-time.Minute))))
			w.sts.Inject(irsatest.Fault{Do: irsatest.Delay(2 * time.Second)})
			time.AfterFunc(time.Second, func() { assert.NoError(t, w.pod.Rotate()) })
			start := time.Now()
			_, err := w.provider(t, irsa.Options{}).Retrieve(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 4*time.Second, time.Since(start))
			r := w.sts.Requests()
			require.Len(t, r, 2)
			assert.Equal(t, "ExpiredTokenException", r[0].Code)
		})
	})
	t.Run("a dead one without a successor costs one request", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			require.NoError(t, w.pod.Write(podIssuer.Token(claimsFor(-time.Minute))))
			_, err := w.provider(t, irsa.Options{}).Retrieve(t.Context())
			require.ErrorIs(t, err, irsa.ErrTokenExpired)
			assert.Len(t, w.sts.Requests(), 1)
		})
	})
	t.Run("long after they died, and nobody fails while there are valid credentials", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			require.NoError(t, w.pod.Write(podIssuer.Token(claimsFor(30*time.Minute))))
			p := w.provider(t, irsa.Options{})
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			time.AfterFunc(55*time.Minute, func() { assert.NoError(t, w.pod.Rotate()) })
			got := read(p, 4, time.Second, 2*time.Hour, notExpired(t, 0))
			assert.Zero(t, got.failed, got.lastErr)
			assert.Zero(t, got.waits)
			dead := 0
			for _, r := range w.requestsAfter(1) {
				if r.Code != "" {
					assert.Equal(t, "ExpiredTokenException", r.Code)
					dead++
				}
			}
			t.Logf("%d requests while the token was dead", dead)
			assert.Positive(t, dead)
			assert.LessOrEqual(t, dead, 30)
		})
	})
	t.Run("the session keeps its name", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			p := w.provider(t, irsa.Options{})
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			renamed := claimsFor(24 * time.Hour)
			renamed.Pod = "another"
			require.NoError(t, w.pod.Write(podIssuer.Token(renamed)))
			read(p, 1, time.Minute, time.Hour, nil)
			r := w.sts.Requests()
			require.Len(t, r, 2)
			assert.NotEqual(
				t, r[0].Params.Get("WebIdentityToken"), r[1].Params.Get("WebIdentityToken"),
				"the file is read anew",
			)
			for _, r := range r {
				assert.Equal(t, "payments.reader-7c", r.Params.Get("RoleSessionName"))
			}
		})
	})
}

func TestSessionsThatEndWithTheToken(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		const life, tokens = 10 * time.Minute, 24
		w.sts.EndWithToken = true
		write := func() { assert.NoError(t, w.pod.Write(podIssuer.Token(claimsFor(life)))) }
		write()
		for n := range tokens - 1 {
			time.AfterFunc(time.Duration(n+1)*life*8/10, write)
		}
		p := w.provider(t, irsa.Options{})
		_, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		got := read(p, 4, time.Second, tokens*life*8/10, notExpired(t, 0))
		assert.Zero(t, got.failed, got.lastErr)
		assert.Zero(t, got.waits)
		exchanges := make(map[string]int)
		for _, r := range w.sts.Requests() {
			exchanges[r.Params.Get("WebIdentityToken")]++
		}
		most := 0
		for _, n := range exchanges {
			most = max(most, n)
		}
		t.Logf(
			"%d tokens of 10 minutes: at most %d exchanges of each, %d in all", len(exchanges),
			most, len(w.sts.Requests()),
		)
		assert.Len(t, exchanges, tokens)
		assert.LessOrEqual(t, most, 3)
	})
}
