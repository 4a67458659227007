package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/s3read"
)

// newHandler makes the clients, once for all requests, and says which path leads where.
func newHandler(cfg aws.Config, bucket string, m *metrics, log *slog.Logger) http.Handler {
	o := objects{s3read.NewBucket(s3.NewFromConfig(cfg), bucket), log}
	c := caller{sts.NewFromConfig(cfg), log}
	r := readiness{credentials: cfg.Credentials, log: log}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /objects", o.list)
	mux.HandleFunc("GET /objects/{key...}", o.get)
	mux.HandleFunc("GET /whoami", c.identity)
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", r.ready)
	mux.Handle("GET /metrics", m.handler())
	return mux
}

// fail answers with the status that an error of AWS is to this service's clients, and logs the
// rest, which is not theirs to know.
func fail(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	status := http.StatusBadGateway
	var identity *irsa.Error
	switch {
	case errors.As(err, &identity), errors.Is(err, s3read.ErrThrottled):
		status = http.StatusServiceUnavailable
	case errors.Is(err, fs.ErrNotExist):
		status = http.StatusNotFound
	}
	if status != http.StatusNotFound {
		log.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
	}
	http.Error(w, http.StatusText(status), status)
}

func answer(w http.ResponseWriter, r *http.Request, log *slog.Logger, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.WarnContext(r.Context(), "answer not sent", "path", r.URL.Path, "error", err)
	}
}
