package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// readyWithin is how long readiness waits for credentials: less than the probe's timeoutSeconds,
// so that the kubelet gets the answer and not nothing.
const readyWithin = 2 * time.Second

// alive asks nobody. A restart mends neither a trust policy nor an outage of STS; it would take
// away the credentials that are still valid, and ask STS for more.
func alive(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(w, "alive")
}

// readiness is that of the credentials. What S3 answers is no part of it: all pods would turn
// unready at once, and clients had nobody left to tell them why.
type readiness struct {
	credentials aws.CredentialsProvider
	log         *slog.Logger

	mu   sync.Mutex
	last string // the reason that was logged last
}

// ready asks for credentials as a request would. Retrieve costs an atomic load while there are
// any. Provider.Status would not do: it exchanges nothing, so that a new pod, which gets no
// request before it is ready, would never be. The end of the deadline does not end the exchange:
// a later probe finds its result.
func (r *readiness) ready(w http.ResponseWriter, request *http.Request) {
	ctx, cancel := context.WithTimeout(request.Context(), readyWithin)
	defer cancel()
	_, err := r.credentials.Retrieve(ctx)
	r.logChange(err)
	if err != nil {
		http.Error(w, "not ready: "+irsa.Label(err), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

// logChange logs a reason once, and not with each probe.
func (r *readiness) logChange(err error) {
	reason := irsa.Label(err)
	r.mu.Lock()
	defer r.mu.Unlock()
	if reason == r.last {
		return
	}
	r.last = reason
	if err != nil {
		r.log.Error("not ready", "reason", reason, "error", err, "fix", irsa.Explain(err))
		return
	}
	r.log.Info("ready")
}
