package irsa

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// A Status is a snapshot of a [Provider], for health checks and reports. It holds no secret. Where
// Expires is in the future the Provider has credentials, whatever Err is.
type Status struct {
	RoleARN     string
	SessionName string // of the sessions; empty before the first exchange
	Token       *Token // of the last exchange; nil before the first, and where it could not be read

	Expires   time.Time // when the credentials expire, by STS's clock; zero without any
	Refreshed time.Time // last successful exchange; zero before one

	// Region is the one whose STS gave the credentials, which may be one of
	// Options.FailoverRegions. It is empty before the first exchange, and where a client or an
	// endpoint that was configured decides who is asked.
	Region string

	// Next is the next exchange, or the next look at the token file where sessions end with the
	// token. Zero: none is due, because nobody uses the credentials or because there are none; the
	// next Retrieve starts one.
	Next time.Time

	Failures int   // exchanges that failed in a row; zero after a success
	Err      error // of the last exchange, an *Error; nil where it succeeded
}

// LogValue returns the fields of MarshalJSON as a group, for [slog.Any].
func (s Status) LogValue() slog.Value {
	return slog.GroupValue(present(
		slog.String("role", s.RoleARN),
		slog.String("session", s.SessionName),
		slog.Attr{Key: "token", Value: slog.GroupValue(s.Token.attrs()...)},
		slog.Time("expires", s.Expires),
		slog.Time("refreshed", s.Refreshed),
		slog.String("region", s.Region),
		slog.Time("next", s.Next),
		slog.Int("failures", s.Failures),
		slog.Any("error", s.Err),
	)...)
}

// MarshalJSON returns an object of the fields, less those that are empty. It never fails:
//
//	{"role": "…", "session": "…", "token": {"issuer": "…", …}, "expires": "…", "refreshed": "…",
//	 "region": "…", "next": "…", "failures": 1, "error": {"message": "irsa: …", …}}
func (s Status) MarshalJSON() ([]byte, error) { return json.Marshal(object(s.LogValue())) }

// A Refresh is one exchange, as Options.OnRefresh is told of it.
type Refresh struct {
	RoleARN string // empty where the agent of EKS Pod Identity decides
	Started time.Time
	Took    time.Duration // all attempts of the exchange and the pauses between them
	Expires time.Time     // of the new credentials; zero where Err is set
	Region  string        // whose STS gave them, as in Status; empty where Err is set
	Err     error         // an *Error, of which [Label] makes a metric's label; nil where the exchange succeeded
}

// Status returns the Provider's state. It makes no exchange and does not wait: before the first
// Retrieve the times are zero.
func (p *Provider) Status() Status {
	e, s := p.engine.Status(), p.exchange.self()
	st := Status{
		RoleARN: s.roleARN, Expires: e.Expires, Refreshed: e.Refreshed, Region: e.From,
		Next: e.Next, Failures: e.Failures,
	}
	if e.Err != nil {
		st.Err = s.failed(e.Err)
	}
	st.SessionName, st.Token = s.last()
	return st
}

// report tells the logger and OnRefresh of an exchange. The Engine calls it for one exchange after
// the other, on a goroutine that no caller waits for.
func (s *session) report(e refresh.Event) {
	r := Refresh{RoleARN: s.roleARN, Started: e.Started, Took: e.Took, Expires: e.Expires, Region: e.From}
	next := e.Next
	if next.IsZero() { // no timer is set: the next Retrieve starts an exchange, but not during the negative cache
		next = e.Started.Add(e.Took + e.Held)
	}
	attrs := []slog.Attr{slog.String("role", s.roleARN), slog.Duration("took", e.Took), slog.Time("next", next)}
	if e.Err == nil {
		s.expires = e.Expires
		clear(s.warned)
	} else {
		r.Err = s.failed(e.Err)
	}
	if !s.expires.IsZero() {
		attrs = append(attrs, slog.Time("expires", s.expires))
	}
	if e.From != "" {
		attrs = append(attrs, slog.String("region", e.From))
	}
	logged(func() {
		for _, warn := range s.heldBack() {
			warn()
		}
		switch {
		case e.Err != nil:
			s.warnFailed(e, r.Err, attrs)
		case s.warner.slog != nil:
			s.warner.record(context.Background(), slog.LevelInfo, "refreshed", attrs...)
		}
	})
	if s.onRefresh != nil {
		if v := panicOf(func() { s.onRefresh.call(r) }); v != "" {
			logged(func() { s.warner.warn(context.Background(), "OnRefresh panicked", slog.String("panic", v)) })
		}
	}
}

// logged calls f, which writes to a logger. What that panics with goes to the standard logger, as
// what an http.Handler panics with does: the process and its exchanges go on.
func logged(f func()) {
	if v := panicOf(f); v != "" {
		log.Printf("irsa: the logger panicked: %s", v)
	}
}

// panicOf calls f, which calls a caller's code of which nobody waits for a result, and returns what
// it panics with, "" if it does not.
func panicOf(f func()) (v string) {
	defer func() {
		if r := recover(); r != nil {
			v = text.Line(fmt.Sprint(r))
		}
	}()
	f()
	return ""
}

// warnFailed warns of a failed exchange, once for each state until an exchange succeeds: a token
// file that is missing for a night is one warning. A Logger gets the repeats too, as debug records.
func (s *session) warnFailed(e refresh.Event, err error, attrs []slog.Attr) {
	const msg = "the exchange failed"
	attrs = append(attrs,
		slog.Int("attempts", e.Attempts), slog.Int("failures", e.Failures), slog.String("error", err.Error()))
	state := fmt.Sprint(stateOf(err), e.Held > 0)
	_, told := s.warned[state]
	switch {
	case told && s.warner.slog != nil:
		s.warner.record(context.Background(), slog.LevelDebug, msg, attrs...)
		return
	case told, e.Held > 0 && s.warner.slog == nil: // without credentials the callers of Retrieve get the error
		return
	}
	if s.warned == nil {
		s.warned = make(map[string]struct{})
	}
	s.warned[state] = struct{}{}
	s.warner.warn(context.Background(), msg, attrs...)
}

// An observer is Options.OnRefresh. The hops behind a Provider have the same one, which is called
// once at a time.
type observer struct {
	tell func(Refresh)
	turn chan struct{} // holds one; where a caller's test of time has a bubble, a mutex would stop its clock
}

func (o *observer) call(r Refresh) {
	o.turn <- struct{}{}
	defer func() { <-o.turn }()
	o.tell(r)
}

// newObserver returns nil for nil.
func newObserver(tell func(Refresh)) *observer {
	if tell == nil {
		return nil
	}
	return &observer{tell, make(chan struct{}, 1)}
}
