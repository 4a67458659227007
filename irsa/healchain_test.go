package irsa_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestAChainHealsFromItsBeginning(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		store, l := withStore(t, w, "InvalidAccessKeyId")
		l.addRole(t, hop1Role, roleARN, assumeOnly, "")
		cfg, p := hop(t, l.cfg, hop1Role)
		client := s3.NewFromConfig(cfg)
		require.NoError(t, getObject(t, client))
		first, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		store.recreateRole()
		require.NoError(t, getObject(t, client))
		second, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.NotEqual(t, first.AccessKeyID, second.AccessKeyID)
		assert.Equal(t, 1, exchangesOf(l), "the pod's own session was not rejected")
	})
}

// Each session of the chain has its step, and no request is sent more often for it.
func TestAChainsRequestsAreSentAsOftenAsThoseOfOneRole(t *testing.T) {
	for _, hops := range []int{0, 1, 2} {
		inBubble(t, func(t *testing.T, w *testbed) {
			store, l := withStore(t, w, "InvalidAccessKeyId")
			roles := []string{roleARN, hop1Role, hop2Role}
			cfg := l.cfg
			for n := range hops {
				l.addRole(t, roles[n+1], roles[n], assumeOnly, "")
				cfg, _ = hop(t, cfg, roles[n+1])
			}
			store.all = true
			require.Error(t, getObject(t, s3.NewFromConfig(cfg, func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })))
			assert.Equal(t, 1, store.requests, "%d hops", hops)
		})
	}
}

// STS itself says so of the session that a hop is made with.
func TestAHopHealsTheSessionBeforeIt(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		l := w.loadBed(t, irsa.Options{})
		l.addRole(t, hop1Role, roleARN, assumeOnly, "")
		_, p := hop(t, l.cfg, hop1Role)
		_, err := l.p.Retrieve(t.Context())
		require.NoError(t, err)
		w.sts.Inject(irsatest.Fault{
			Op: "AssumeRole", Times: 1, Do: irsatest.Error("InvalidClientTokenId", ""),
		})
		_, err = p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 2, exchangesOf(l))
		assert.Len(t, w.requestsFor(hop1Role), 2)
	})
}
