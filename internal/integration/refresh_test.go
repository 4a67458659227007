package integration_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// MinIO ends a session with the token. A token of two minutes, replaced at 80 % of
// its life as the kubelet does it, in real time: the session after it begins before
// the first ends. It takes 100 seconds.
func TestSessionsThatEndWithTheToken(t *testing.T) {
	server, issuer := startMinIO(t)
	const life = 2 * time.Minute
	pod := irsatest.NewPod(t, irsatest.PodOptions{
		Issuer: issuer, RoleARN: server.RoleARN, STS: server.URL,
		Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api", Lifetime: life},
	})
	var mu sync.Mutex
	var exchanges []irsa.Refresh
	l := irsa.Loader{Options: irsa.Options{OnRefresh: func(r irsa.Refresh) {
		mu.Lock()
		defer mu.Unlock()
		exchanges = append(exchanges, r)
	}}}
	cfg, err := l.LoadConfig(t.Context())
	require.NoError(t, err)
	// MinIO serves before it knows its policies, and says of them that there are none.
	require.Eventually(t, func() bool {
		_, err := cfg.Credentials.Retrieve(t.Context())
		return err == nil
	}, time.Minute, 100*time.Millisecond)
	p, ok := irsa.ProviderFrom(cfg)
	require.True(t, ok)
	first := p.Status().Expires

	rotate := time.NewTimer(time.Until(first) - life*2/10)
	defer rotate.Stop()
	read := time.NewTicker(100 * time.Millisecond)
	defer read.Stop()
	for p.Status().Expires.Sub(first) < life/2 {
		select {
		case <-rotate.C:
			require.NoError(t, pod.Rotate())
		case <-read.C:
			c, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			require.True(t, time.Now().Before(c.Expires), "served past its end")
		}
	}
	mu.Lock()
	defer mu.Unlock()
	exchanges = slices.DeleteFunc(exchanges, func(r irsa.Refresh) bool {
		return r.Err != nil && r.Started.Before(first.Add(-life*9/10))
	})
	t.Logf("%d exchanges until the second token's session began, %v before the first's end",
		len(exchanges), time.Until(first).Truncate(time.Second))
	assert.LessOrEqual(t, len(exchanges), 4)
	assert.True(t, time.Now().Before(first), "readers were left without credentials")
	for _, r := range exchanges {
		assert.NoError(t, r.Err)
	}
}
