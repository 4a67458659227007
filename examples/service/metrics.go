package main

import (
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// metrics are what Prometheus is told.
type metrics struct {
	registry *prometheus.Registry
	duration prometheus.Histogram
	failed   *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "irsa_exchange_duration_seconds",
			Help: "How long exchanges of the pod's token for credentials took, failed ones included.",
			// An exchange ends after 20 seconds at most.
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20},
		}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "irsa_exchange_failures_total",
			Help: "Exchanges of the pod's token that failed, by reason.",
		}, []string{"reason"}),
	}
	// A counter that is there from the beginning shows its first failure as an increase.
	for _, reason := range irsa.Labels() {
		m.failed.WithLabelValues(reason)
	}
	m.registry.MustRegister(m.duration, m.failed,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe is told of each exchange.
func (m *metrics) observe(r irsa.Refresh) {
	m.duration.Observe(r.Took.Seconds())
	if r.Err != nil {
		m.failed.WithLabelValues(irsa.Label(r.Err)).Inc()
	}
}

// watch adds what a config's Provider says of itself; on a laptop there may be none.
func (m *metrics) watch(cfg aws.Config) {
	if p, ok := irsa.ProviderFrom(cfg); ok {
		m.registry.MustRegister(identity{p})
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

var (
	expiry = prometheus.NewDesc("irsa_credentials_expiry_seconds",
		"Seconds until the credentials at hand end. Absent without any.", nil, nil)
	role = prometheus.NewDesc("irsa_role_info",
		"Whose credentials they are. Always 1.",
		[]string{"role_arn", "session_name", "namespace", "service_account"}, nil)
)

// identity collects the metrics of a Provider's Status, which makes no exchange: scrapes leave an
// idle Provider idle.
type identity struct{ provider *irsa.Provider }

func (identity) Describe(descs chan<- *prometheus.Desc) {
	descs <- expiry
	descs <- role
}

func (i identity) Collect(samples chan<- prometheus.Metric) {
	s := i.provider.Status()
	if !s.Expires.IsZero() {
		samples <- prometheus.MustNewConstMetric(expiry, prometheus.GaugeValue, time.Until(s.Expires).Seconds())
	}
	var token irsa.Token
	if s.Token != nil {
		token = *s.Token
	}
	samples <- prometheus.MustNewConstMetric(role, prometheus.GaugeValue, 1,
		s.RoleARN, s.SessionName, token.Namespace, token.ServiceAccount)
}
