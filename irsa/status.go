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

// A Refresh is one exchange, as OnRefresh is told of it.
type Refresh struct {
	Started time.Time
	Took    time.Duration
	Expires time.Time // zero where Err is set
	Err     error
}

// Status tells how the Provider does. It makes no exchange.
func (p *Provider) Status() Status {
	e, s := p.engine.Status(), p.exchange.self()
	st := Status{RoleARN: s.roleARN, Expires: e.Expires, Refreshed: e.Refreshed, Next: e.Next, Failures: e.Failures}
	if e.Err != nil {
		st.Err = s.failed(e.Err)
	}
	st.SessionName, st.Token = s.last()
	return st
}

// report tells the logger and OnRefresh of an exchange, in order and off every
// caller's path.
func (s *session) report(e refresh.Event) {
	r := Refresh{Started: e.Started, Took: e.Took, Expires: e.Expires}
	next := e.Next
	if next.IsZero() { // then it's when somebody asks, and not before
		next = e.Started.Add(e.Took + e.Held)
	}
	attrs := []slog.Attr{slog.String("role", s.roleARN), slog.Duration("took", e.Took), slog.Time("next", next)}
	if e.Err == nil {
		s.expires = e.Expires
	}
	if !s.expires.IsZero() {
		attrs = append(attrs, slog.Time("expires", s.expires))
	}
	switch {
	case e.Err != nil:
		r.Err = s.failed(e.Err)
		if e.Held > 0 && s.warner.slog == nil {
			break // callers are told
		}
		s.warner.warn(context.Background(), "the exchange failed", append(attrs,
			slog.Int("attempts", e.Attempts), slog.Int("failures", e.Failures), slog.String("error", r.Err.Error()))...)
	case s.warner.slog != nil:
		s.warner.slog.LogAttrs(context.Background(), slog.LevelInfo, "irsa: refreshed", attrs...)
	}
	if s.onRefresh != nil {
		s.onRefresh(r)
	}
}
