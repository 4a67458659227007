package main

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestAServiceWithCredentialsIsReady(t *testing.T) {
	w := newWorld(t, "api")
	status, body := w.get(t, "/readyz")
	assert.Equal(t, http.StatusOK, status, body)
	assert.Equal(t, "ready\n", body)
}

// The pod's first probe comes before its first request.
func TestReadinessMakesTheFirstExchangeAndNoOther(t *testing.T) {
	w := newWorld(t, "api")
	w.get(t, "/healthz")
	assert.Empty(t, w.sts.Requests(), "liveness asks nobody")
	for range 10 {
		w.get(t, "/readyz")
	}
	assert.Len(t, w.sts.Requests(), 1)
}

func TestAnSTSThatFailsMakesItUnreadyAndLeavesItAlive(t *testing.T) {
	for name, c := range map[string]struct {
		serviceAccount string
		fault          irsatest.Effect
		reason         string
	}{
		"the role does not trust it": {"other", irsatest.Effect{}, "trust"},
		"STS throttles":              {"api", irsatest.Error("Throttling", ""), "throttled"},
		"no connection":              {"api", irsatest.Cut(irsatest.Connect), "unreachable"},
		"no answer":                  {"api", irsatest.Stall(irsatest.Response), "timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, c.serviceAccount)
				w.sts.Inject(irsatest.Fault{Do: c.fault})
				began := time.Now()
				status, body := w.get(t, "/readyz")
				assert.Equal(t, http.StatusServiceUnavailable, status)
				assert.Equal(t, "not ready: "+c.reason+"\n", body)
				assert.LessOrEqual(t, time.Since(began), readyWithin)

				status, _ = w.get(t, "/healthz")
				assert.Equal(t, http.StatusOK, status)
				endExchange(w)
			})
		})
	}
}

func TestItGetsReadyWhenSTSIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "api")
		w.sts.Inject(irsatest.Fault{Do: irsatest.Error("ServiceUnavailable", "")})
		for range 3 {
			status, _ := w.get(t, "/readyz")
			assert.Equal(t, http.StatusServiceUnavailable, status)
			time.Sleep(10 * time.Second)
		}
		w.sts.ClearFaults()
		time.Sleep(time.Minute)
		status, body := w.get(t, "/readyz")
		assert.Equal(t, http.StatusOK, status, body)
		endExchange(w)
	})
}

func TestAReasonIsLoggedOnceWithWhatMendsIt(t *testing.T) {
	w := newWorld(t, "other")
	for range 3 {
		w.get(t, "/readyz")
	}
	assert.Equal(t, 1, strings.Count(w.logged.String(), `"msg":"not ready"`))
	assert.Contains(t, w.logged.String(), `"reason":"trust"`)
	assert.Contains(t, w.logged.String(), "system:serviceaccount:payments:other", "what Explain says")
}

// endExchange lets an exchange in flight end: a bubble must not end before it.
func endExchange(w *world) {
	w.sts.ClearFaults()
	time.Sleep(time.Minute)
	w.sts.Wait()
}
