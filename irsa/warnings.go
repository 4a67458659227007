package irsa

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go/logging"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// A warner writes warnings: to Options.Logger where there is one, else to the config's own logger,
// which is standard error by default. The zero warner is silent.
type warner struct {
	slog   *slog.Logger
	config logging.Logger
	first  func(msg string) bool // reports whether msg has not been given yet; nil: give each
}

func (w warner) warn(ctx context.Context, msg string, attrs ...slog.Attr) {
	if w.first != nil && !w.first(msg) {
		return
	}
	if w.slog != nil {
		w.record(ctx, slog.LevelWarn, msg, attrs...)
		return
	}
	if w.config == nil {
		return
	}
	var b strings.Builder
	b.WriteString("irsa: " + text.Line(msg))
	for _, a := range attrs {
		fmt.Fprintf(&b, " %s=%q", a.Key, text.Line(a.Value.String()))
	}
	logging.WithContext(ctx, w.config).Logf(logging.Warn, "%s", b.String())
}

// record writes to Options.Logger, which there must be. A token, a variable or a server may hold
// line breaks and control characters, and not every handler escapes them.
func (w warner) record(ctx context.Context, level slog.Level, msg string, attrs ...slog.Attr) {
	for i, a := range attrs {
		if a.Value.Kind() == slog.KindString {
			attrs[i].Value = slog.StringValue(text.Line(a.Value.String()))
		}
	}
	w.slog.LogAttrs(ctx, level, "irsa: "+text.Line(msg), attrs...)
}

// observe warns of what STS will probably refuse. It is no error, since STS decides: by its own
// clock, which may be right where the node's is wrong, and by the audiences that the role's account
// lists, which may be others than the EKS webhook's default.
func (id *identity) observe(ctx context.Context, t *Token) {
	now := time.Now()
	switch {
	case !t.ExpiresAt.IsZero() && now.After(t.ExpiresAt):
		id.warner.warn(ctx, "the token has expired by this machine's clock", slog.Time("expired", t.ExpiresAt))
	case now.Before(t.NotBefore):
		id.warner.warn(ctx, "the token is not valid yet by this machine's clock", slog.Time("notBefore", t.NotBefore))
	}
	if !slices.Contains(t.Audience, advice.DefaultAudience) {
		id.warner.warn(ctx, "the token's audience is not sts.amazonaws.com: "+
			"it is accepted only where the role's account lists it as a client id",
			slog.String("audience", strings.Join(t.Audience, ", ")))
	}
}

func (id *identity) warnForeignIssuer(ctx context.Context, role partition.RoleARN, issuer partition.Issuer) {
	known, _ := partition.ByID(role.Partition)
	if known.ID == "" || issuer.Region == "" || known.ID == issuer.Partition.ID {
		return
	}
	id.warner.warn(ctx, "the role is in another partition than the cluster that issued the token: "+
		"its account must have that issuer as an identity provider, and STS of a region of its own partition is asked",
		slog.String("role", id.roleARN), slog.String("issuerRegion", issuer.Region))
}

// warnWithheld warns of a general endpoint that the token does not follow. In the SDK's own chain
// WithBaseEndpoint, which is usually meant for S3, also gets the token, and AWS_ENDPOINT_URL does
// not (measured with config v1.33.15).
func (id *identity) warnWithheld(ctx context.Context, client *stsclient.Client, t *Token) {
	if t != nil && client.Withholds(originOfToken(t)) {
		id.warner.warn(ctx, "the general endpoint is not used for the exchange: a token that EKS issued is sent only "+
			"to AWS's own STS, or to an endpoint named for STS (AWS_ENDPOINT_URL_STS)",
			slog.String("endpoint", client.General()))
	}
}

// stateOf is what tells one state of an exchange from another: an STS that is away may be refused
// at one time and hang at another.
func stateOf(err error) string {
	var e *Error
	switch {
	case !errors.As(err, &e):
		return ""
	case away(e):
		return "away"
	}
	return fmt.Sprintf("%v %s %p", e.Reason, e.Code, e.topic)
}
