package irsa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// The conditions under which an exchange, or the loading of a config, fails: the Reason of an
// [Error]. An error of this package matches at most one of them with [errors.Is].
var (
	// ErrNotConfigured: neither role nor token file is configured, or only one of them.
	ErrNotConfigured = errors.New("no web identity is configured")

	// ErrNodeRole: the SDK would take the role of the node, which every pod on it can get.
	ErrNodeRole = errors.New("the credentials would be the node's")

	// ErrShadowed: credentials in code, static keys in the environment or a profile take precedence
	// over a web identity that was asked for.
	ErrShadowed = errors.New("other credentials take precedence over the web identity")

	// ErrToken: the token can't be read, is not a JWT, or lacks a claim that STS requires.
	ErrToken = errors.New("the token is unusable")

	// ErrTokenExpired: STS refuses the token as expired, or as issued too long ago. By default the
	// kubelet replaces it long before, so the file is not the one it keeps, or a clock is wrong.
	ErrTokenExpired = errors.New("the token has expired")

	// ErrAudience: the role's account has no provider with this issuer and this audience.
	ErrAudience = errors.New("the token's audience is not accepted")

	// ErrIssuer: the role's account has no OIDC provider for the cluster, or STS can't verify the
	// issuer's keys.
	ErrIssuer = errors.New("the token's issuer is not accepted")

	// ErrTrust: STS denies the role. It does not tell whether by the role's trust policy, an
	// organization's policy, or because there is no such role.
	ErrTrust = errors.New("the role does not trust this service account")

	// ErrRegion: there is no region, one of another partition, or one in which the account has not
	// activated STS.
	ErrRegion = errors.New("the region is missing or not usable")

	// ErrThrottled: STS, the EKS Pod Identity agent, or a proxy on the way limits the rate of
	// requests.
	ErrThrottled = errors.New("requests for credentials are throttled")

	// ErrUnreachable: STS, or the EKS Pod Identity agent, gave no answer, or something else
	// answered in its place.
	ErrUnreachable = errors.New("what gives out credentials can't be reached")
)

// labels are the short names of the Err values.
var labels = []struct {
	reason error
	label  string
}{
	{ErrNotConfigured, "not_configured"},
	{ErrNodeRole, "node_role"},
	{ErrShadowed, "shadowed"},
	{ErrToken, "token"},
	{ErrTokenExpired, "token_expired"},
	{ErrAudience, "audience"},
	{ErrIssuer, "issuer"},
	{ErrTrust, "trust"},
	{ErrRegion, "region"},
	{ErrThrottled, "throttled"},
	{ErrUnreachable, "unreachable"},
	{context.DeadlineExceeded, "timeout"}, // a caller's own, of an error without a Reason
}

const otherLabel = "other"

// Label returns a short name of what an error means, in lower case with underscores, for a metric
// or a trace: that of its Reason, as "trust" of [ErrTrust] and "token_expired" of
// [ErrTokenExpired]; "timeout" where a deadline ended and nothing else is known, "other" for any
// other error, and "" for nil.
func Label(err error) string {
	if err == nil {
		return ""
	}
	for _, l := range labels {
		if errors.Is(err, l.reason) {
			return l.label
		}
	}
	return otherLabel
}

// Labels returns all that [Label] can return for an error, so that a counter may have each of them
// from the beginning: only then is the first failure an increase. Later versions may add some.
func Labels() []string {
	var all []string
	for _, l := range labels {
		all = append(all, l.label)
	}
	return append(all, otherLabel)
}

// An Error says what failed, for which role, with which token, and why.
//
// Its message is one line, and holds no secret; as JSON, and where it is logged itself, it has its
// fields as well. [errors.Is] finds its Reason, [errors.As] the SDK's own errors; [Explain] says
// what to change. A Provider returns the same *Error to all callers that waited for the exchange:
// don't change its fields.
type Error struct {
	// Op is what failed: "load config", "read token", "assume role with web identity", "assume
	// role", "retrieve", …
	Op      string
	RoleARN string // empty where none was known yet
	Token   *Token // claims of the token; nil where none could be read
	Reason  error  // one of this package's Err values; nil where none of them fits
	Err     error  // the cause

	Endpoint   string // host that was asked, with a port other than 443; empty where no request was made
	Code       string // STS's error code, such as "AccessDenied"; empty where STS gave none
	HTTPStatus int    // of the answer; 0 without one
	RequestID  string // of the answer, for AWS Support; empty without one
	Temporary  bool   // whether the same exchange may succeed later with nothing changed

	unwaited error         // why the caller's context ended before the next attempt; nil where it didn't
	class    refresh.Class // by which the Engine retries
	pause    time.Duration // that the answer asked for before the next attempt; 0: none
	topic    *advice.Topic // by which Explain explains it; nil: the one of its Reason
	facts    advice.Facts  // what else was learned; Explain takes the exported fields over those in it
}

// Error returns the one-line message "irsa: op role: cause". Where there was no answer the cause
// names the host and the step at which the request stood: resolve, connect, TLS or waiting.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("irsa: ")
	b.WriteString(e.Op)
	if e.RoleARN != "" {
		b.WriteString(" " + quotedARN(e.RoleARN))
	}
	if e.facts.Hop != nil {
		fmt.Fprintf(&b, " (hop %d)", e.facts.Hop.Number)
	}
	switch {
	case e.Err != nil:
		b.WriteString(": " + text.Line(e.Err.Error()))
	case e.Reason != nil:
		b.WriteString(": " + e.Reason.Error())
	}
	if e.unwaited != nil {
		b.WriteString("; the caller's context ended before the next attempt: " + text.Line(e.unwaited.Error()))
	}
	return b.String()
}

// LogValue returns the fields of MarshalJSON as a group, for [slog.Any]. An error that wraps this
// one is logged by its message.
func (e *Error) LogValue() slog.Value {
	return slog.GroupValue(present(
		slog.String("message", e.Error()),
		slog.String("reason", e.reasonLabel()),
		slog.String("op", e.Op),
		slog.String("role", e.RoleARN),
		slog.String("endpoint", e.Endpoint),
		slog.String("code", e.Code),
		slog.Int("status", e.HTTPStatus),
		slog.String("request_id", e.RequestID),
		slog.Bool("temporary", e.Temporary),
		slog.Attr{Key: "token", Value: slog.GroupValue(e.Token.attrs()...)},
	)...)
}

// MarshalJSON returns an object of the message and the fields, less those that are empty:
//
//	{"message": "irsa: …", "reason": "trust", "op": "…", "role": "…", "endpoint": "…", "code": "…",
//	 "status": 403, "request_id": "…", "temporary": true, "token": {"issuer": "…", …}}
//
// The reason is its [Label]. It never fails.
func (e *Error) MarshalJSON() ([]byte, error) { return json.Marshal(object(e.LogValue())) }

// reasonLabel returns the label of the Reason; empty where there is none.
func (e *Error) reasonLabel() string {
	if e.Reason == nil {
		return ""
	}
	return Label(e.Reason)
}

// present returns the attributes that are not empty. A time that JSON can't express, which a token
// or a server may name, is as good as none.
func present(attrs ...slog.Attr) []slog.Attr {
	return slices.DeleteFunc(attrs, func(a slog.Attr) bool {
		switch v := a.Value; v.Kind() {
		case slog.KindGroup:
			return len(v.Group()) == 0
		case slog.KindTime:
			return v.Time().IsZero() || v.Time().Year() < 0 || v.Time().Year() > 9999
		default:
			return v.Any() == nil || reflect.ValueOf(v.Any()).IsZero()
		}
	})
}

// object returns what is logged as a group for [json.Marshal], so that both have the same fields.
func object(group slog.Value) map[string]any {
	o := make(map[string]any)
	for _, a := range group.Group() {
		v := a.Value.Resolve()
		o[a.Key] = v.Any()
		if err, ok := v.Any().(error); ok {
			o[a.Key] = err.Error()
		}
		if v.Kind() == slog.KindGroup {
			o[a.Key] = object(v)
		}
	}
	return o
}

// quotedARN returns a role's ARN, in quotes where it has characters that a reader would not see: a
// line feed from a file, a space in front.
func quotedARN(role string) string {
	if q := strconv.Quote(role); q != `"`+role+`"` || strings.Contains(role, " ") {
		return q
	}
	return role
}

// Unwrap returns Reason and Err where they are set, and the cause of the caller's context where
// that ended first.
func (e *Error) Unwrap() []error {
	var errs []error
	if e.Reason != nil {
		errs = append(errs, e.Reason)
	}
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	if e.unwaited != nil {
		errs = append(errs, e.unwaited)
	}
	return errs
}
