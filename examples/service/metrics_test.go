package main

import (
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

func TestTheMetricsSayHowTheCredentialsAre(t *testing.T) {
	exchanged := make(chan irsa.Refresh, 1)
	w := newWorld(t, "api", func(r irsa.Refresh) { exchanged <- r })
	_, body := w.get(t, "/metrics")
	assert.NotContains(t, body, "irsa_credentials_expiry_seconds", "there are none yet")
	assert.Contains(t, body, `irsa_exchange_failures_total{reason="trust"} 0`)
	assert.Empty(t, w.sts.Requests(), "a scrape makes no exchange")

	w.get(t, "/readyz")
	<-exchanged
	_, body = w.get(t, "/metrics")
	assert.Contains(t, body, "irsa_exchange_duration_seconds_count 1\n")
	assert.Contains(t, body, `irsa_role_info{namespace="payments",role_arn="`+roleARN+
		`",service_account="api",session_name="payments.api-0"} 1`)
	left := regexp.MustCompile(`irsa_credentials_expiry_seconds ([0-9.e+]+)\n`).FindStringSubmatch(body)
	require.NotNil(t, left, body)
	seconds, err := strconv.ParseFloat(left[1], 64)
	require.NoError(t, err)
	assert.InDelta(t, time.Hour.Seconds(), seconds, 60)
	assert.Contains(t, body, "go_goroutines")
}

func TestAFailedExchangeIsCountedByItsReason(t *testing.T) {
	exchanged := make(chan irsa.Refresh, 1)
	w := newWorld(t, "other", func(r irsa.Refresh) { exchanged <- r })
	status, _ := w.get(t, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	<-exchanged
	assert.EqualValues(t, 1, testutil.ToFloat64(w.metrics.failed.WithLabelValues("trust")))
	assert.Zero(t, testutil.ToFloat64(w.metrics.failed.WithLabelValues("throttled")))
}

func TestTheMetricsAreNamedAsPrometheusWants(t *testing.T) {
	w := newWorld(t, "api")
	w.get(t, "/readyz")
	problems, err := testutil.GatherAndLint(w.metrics.registry, "irsa_exchange_duration_seconds",
		"irsa_exchange_failures_total", "irsa_credentials_expiry_seconds", "irsa_role_info")
	require.NoError(t, err)
	assert.Empty(t, problems)
}
