package irsa

import (
	"context"
	"log/slog"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

// A Status is a snapshot of a Provider, for health checks and reports. It holds
// nothing secret.
type Status struct {
	RoleARN     string
	SessionName string // of the sessions; empty before the first exchange
	Token       *Token // of the last exchange; nil before the first, and where it could not be read

	Expires   time.Time // true end of the credentials, by STS's clock; zero without any
	Refreshed time.Time // last success
	Next      time.Time // next exchange, or look at the token file where sessions end with it; zero: none before somebody asks
	Failures  int       // exchanges failed in a row
	Err       error     // of the last exchange; nil where it succeeded
}

// Status tells how the Provider does. It makes no exchange.
func (p *Provider) Status() Status {
	s := p.engine.Status()
	st := Status{RoleARN: p.exchanger.id.roleARN, Expires: s.Expires, Refreshed: s.Refreshed, Next: s.Next, Failures: s.Failures}
	if s.Err != nil {
		st.Err = p.exchanger.failed(s.Err)
	}
	st.SessionName, st.Token = p.exchanger.last()
	return st
}

// report tells the logger and OnRefresh of an exchange, in order and off every
// caller's path.
func (x *exchanger) report(e refresh.Event) {
	r := Refresh{Started: e.Started, Took: e.Took, Expires: e.Expires}
	next := e.Next
	if next.IsZero() { // then it's when somebody asks, and not before
		next = e.Started.Add(e.Took + e.Held)
	}
	attrs := []slog.Attr{slog.String("role", x.id.roleARN), slog.Duration("took", e.Took), slog.Time("next", next)}
	if e.Err == nil {
		x.expires = e.Expires
	}
	if !x.expires.IsZero() {
		attrs = append(attrs, slog.Time("expires", x.expires))
	}
	switch {
	case e.Err != nil:
		r.Err = x.failed(e.Err)
		if e.Held > 0 && x.id.warner.slog == nil {
			break // callers are told
		}
		x.id.warner.warn(context.Background(), "the exchange failed", append(attrs,
			slog.Int("attempts", e.Attempts), slog.Int("failures", e.Failures), slog.String("error", r.Err.Error()))...)
	case x.id.warner.slog != nil:
		x.id.warner.slog.LogAttrs(context.Background(), slog.LevelInfo, "irsa: refreshed", attrs...)
	}
	if x.id.onRefresh != nil {
		x.id.onRefresh(r)
	}
}
