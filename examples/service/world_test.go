package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

const roleARN = "arn:aws:iam::111122223333:role/payments-reader"

// A world is AWS in memory, and the service in a pod of it.
type world struct {
	sts     *irsatest.STS
	s3      *s3readtest.Server
	handler http.Handler
	metrics *metrics
	logged  *log
}

// newWorld makes the service as main does. The service account is the one that the role trusts;
// the observers are told of exchanges, after the metrics.
func newWorld(t *testing.T, serviceAccount string, observers ...func(irsa.Refresh)) *world {
	t.Helper()
	issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
	w := &world{sts: new(irsatest.STS), metrics: newMetrics(), logged: new(log)}
	require.NoError(t, w.sts.Trust(roleARN, issuer, "system:serviceaccount:payments:api"))
	w.s3 = &s3readtest.Server{Authorize: w.sts.Authorize}
	w.s3.CreateBucket(s3readtest.Bucket{Name: "invoices", Region: "eu-west-1"})
	irsatest.NewPod(t, irsatest.PodOptions{
		Issuer: issuer, RoleARN: roleARN,
		Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: serviceAccount},
	})
	aws := irsatest.Client(map[string]http.Handler{
		"sts.eu-west-1.amazonaws.com": w.sts, "*.amazonaws.com": w.s3,
	})
	logger := slog.New(slog.NewJSONHandler(w.logged, nil))
	observers = append([]func(irsa.Refresh){w.metrics.observe}, observers...)
	cfg, err := loadConfig(t.Context(), logger, observers, config.WithHTTPClient(aws))
	require.NoError(t, err)
	w.metrics.watch(cfg)
	w.handler = newHandler(cfg, "invoices", w.metrics, logger)
	return w
}

// get asks the service.
func (w *world) get(t *testing.T, path string) (status int, body string) {
	t.Helper()
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return recorder.Code, recorder.Body.String()
}

// A log keeps what is logged, also by the goroutine of an exchange.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
