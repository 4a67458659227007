package irsa_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// An agentBed is a testbed in a pod with an EKS Pod Identity association.
type agentBed struct {
	*testbed
	agent *irsatest.PodIdentity
}

// inAgentBubble runs a test in virtual time, in a pod whose sessions last for life; 0: as EKS's do.
func inAgentBubble(t *testing.T, life time.Duration, test func(*testing.T, *agentBed)) {
	t.Helper()
	inBubble(t, func(t *testing.T, w *testbed) {
		agent := &irsatest.PodIdentity{STS: w.sts, Issuer: podIssuer, SessionDuration: life}
		require.NoError(t, agent.Associate(irsatest.Association{
			Namespace: "payments", ServiceAccount: "reader", RoleARN: hop1Role,
		}))
		w.pod = irsatest.NewPod(t, irsatest.PodOptions{
			Issuer: podIssuer, PodIdentity: true,
			Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "reader", Pod: "reader-7c"},
		})
		defer func() {
			agent.ClearFaults()
			time.Sleep(time.Minute)
			agent.Wait()
		}()
		test(t, &agentBed{w, agent})
	})
}

// through lets the config ask the agent over a client.
func through(client *http.Client) func(*config.LoadOptions) error {
	return config.WithEndpointCredentialOptions(func(o *endpointcreds.Options) { o.HTTPClient = client })
}

func (w *agentBed) provider(t *testing.T, o irsa.Options) *irsa.Provider {
	t.Helper()
	return w.loadBed(t, o, through(w.agent.Client())).p
}

// Sessions with a target role last for 59 minutes, which the agent repeats until 15 seconds before
// their end.
func TestSessionsOfPodIdentityStallNobody(t *testing.T) {
	for _, life := range []time.Duration{6 * time.Hour, 59 * time.Minute} {
		t.Run(life.String(), func(t *testing.T) {
			inAgentBubble(t, life, func(t *testing.T, w *agentBed) {
				w.agent.Inject(irsatest.Fault{Do: irsatest.Delay(6 * time.Second)})
				p := w.provider(t, irsa.Options{})
				_, err := p.Retrieve(t.Context())
				require.NoError(t, err)
				w.rotate(t, 24*time.Hour)
				got := read(p, 4, 10*time.Second, 24*time.Hour, notExpired(t, 0))
				require.NoError(t, got.lastErr)
				assert.Zero(t, got.waits)
				t.Logf("%d requests in a day", len(w.agent.Requests()))
			})
		})
	}
}

func TestTenMinutesWithoutTheAgentFailNobody(t *testing.T) {
	for name, do := range map[string]irsatest.Effect{
		"429": irsatest.Status(429), "500": irsatest.Status(500), "silence": irsatest.Stall(irsatest.Response),
		"refused": irsatest.Cut(irsatest.Connect),
	} {
		for minute := 0; minute < 180; minute += 20 {
			t.Run(fmt.Sprintf("%s from minute %d", name, minute), func(t *testing.T) {
				inAgentBubble(t, 6*time.Hour, func(t *testing.T, w *agentBed) {
					p := w.provider(t, irsa.Options{})
					_, err := p.Retrieve(t.Context())
					require.NoError(t, err)
					time.Sleep(time.Duration(minute)*time.Minute + 3*time.Hour)
					w.agent.Inject(irsatest.Fault{Do: do})
					got := read(p, 4, time.Second, 10*time.Minute, notExpired(t, 0))
					w.agent.ClearFaults()
					after := read(p, 4, 10*time.Second, time.Hour, notExpired(t, 0))
					require.NoError(t, errors.Join(got.lastErr, after.lastErr))
					assert.Zero(t, got.waits+after.waits)
				})
			})
		}
	}
}

func TestALateAgentIsWaitedFor(t *testing.T) {
	inAgentBubble(t, 0, func(t *testing.T, w *agentBed) {
		time.AfterFunc(15*time.Second, w.agent.Inject(irsatest.Fault{Do: irsatest.Cut(irsatest.Connect)}))
		p, begin := w.provider(t, irsa.Options{}), time.Now()
		_, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Less(t, time.Since(begin), 17*time.Second)
	})
}
