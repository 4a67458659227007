package irsa_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

func TestAnErrorIsOneLineAndShowsWhatCannotBeSeen(t *testing.T) {
	for role, want := range map[string]string{
		"arn:aws:iam::111122223333:role/reader": "irsa: load config arn:aws:iam::111122223333:role/reader: no",
		"arn:aws:iam::111122223333:role/reader\n": `irsa: load config "arn:aws:iam::111122223333:role/reader\n` +
			`": no`,
		" arn:aws:iam::111122223333:role/reader": `irsa: load config " arn:aws:iam::111122223333:role/reader": no`,
		"arn:aws:iam::111122223333:role/rea\u200bder": `irsa: load config ` +
			`"arn:aws:iam::111122223333:role/rea\u200bder": no`,
		"": "irsa: load config: no",
	} {
		e := &irsa.Error{Op: "load config", RoleARN: role, Err: errors.New("no")}
		assert.Equal(t, want, e.Error())
	}
	e := &irsa.Error{Op: "read token", Err: errors.New("two\nlines\u2028or\u202e three"), Reason: irsa.ErrToken}
	assert.EqualError(t, e, "irsa: read token: two lines or  three")
	assert.ErrorIs(t, e, irsa.ErrToken)
}

// whole has all fields; its token has times that JSON can't express.
func whole() *irsa.Error {
	return &irsa.Error{
		Op: "assume role with web identity", RoleARN: roleARN, Reason: irsa.ErrTrust, Err: errors.New("denied"),
		Token: &irsa.Token{
			Issuer: "https://issuer.example.com", Subject: subject, Audience: []string{"sts.amazonaws.com"},
			IssuedAt: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC), ExpiresAt: time.Unix(1<<55, 0), Pod: "reader-7c",
		},
		Endpoint: "sts.eu-west-1.amazonaws.com", Code: "AccessDenied", HTTPStatus: 403, RequestID: "id-1",
		Temporary: true,
	}
}

const wholeJSON = `{"message": "irsa: assume role with web identity arn:aws:iam::111122223333:role/reader: denied",
	"reason": "trust", "op": "assume role with web identity", "role": "arn:aws:iam::111122223333:role/reader",
	"endpoint": "sts.eu-west-1.amazonaws.com", "code": "AccessDenied", "status": 403, "request_id": "id-1",
	"temporary": true, "token": {"issuer": "https://issuer.example.com", "pod": "reader-7c",
		"subject": "system:serviceaccount:payments:reader", "audience": ["sts.amazonaws.com"],
		"issued": "2026-11-01T12:00:00Z"}}`

func TestAnErrorIsWholeAsJSON(t *testing.T) {
	for _, c := range []struct {
		err  *irsa.Error
		want string
	}{
		{whole(), wholeJSON},
		{&irsa.Error{Op: "load config"}, `{"message": "irsa: load config", "op": "load config"}`},
		{&irsa.Error{Op: "\xff", Reason: errors.New("mine")},
			`{"message": "irsa: ` + "\ufffd" + `: mine", "op": "` + "\ufffd" + `", "reason": "other"}`},
		{nil, "null"},
	} {
		got, err := json.Marshal(c.err)
		require.NoError(t, err)
		assert.JSONEq(t, c.want, string(got))
	}
}

func TestAnErrorIsLoggedWhole(t *testing.T) {
	var log bytes.Buffer
	plain := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key != "error" {
			return slog.Attr{}
		}
		return a
	}}
	slog.New(slog.NewJSONHandler(&log, plain)).Error("failed", "error", whole())
	assert.JSONEq(t, `{"error": `+wholeJSON+`}`, log.String())

	log.Reset()
	slog.New(slog.NewTextHandler(&log, plain)).Error("failed", "error", whole())
	assert.Contains(t, log.String(), `error.message="irsa: assume role with web identity `)
	assert.Contains(t, log.String(), "error.reason=trust ")
	assert.Contains(t, log.String(), "error.token.pod=reader-7c")
}

func TestEachReasonHasALabelOfItsOwn(t *testing.T) {
	known := irsa.Labels()
	for i, label := range known {
		assert.Regexp(t, "^[a-z_]+$", label)
		assert.NotContains(t, known[:i], label)
	}
	for reason, want := range map[error]string{
		irsa.ErrNotConfigured: "not_configured", irsa.ErrNodeRole: "node_role", irsa.ErrShadowed: "shadowed",
		irsa.ErrToken: "token", irsa.ErrTokenExpired: "token_expired", irsa.ErrAudience: "audience",
		irsa.ErrIssuer: "issuer", irsa.ErrTrust: "trust", irsa.ErrRegion: "region", irsa.ErrThrottled: "throttled",
		irsa.ErrUnreachable: "unreachable", context.DeadlineExceeded: "timeout", errors.New("else"): "other",
	} {
		assert.Equal(t, want, irsa.Label(fmt.Errorf("wrapped: %w", reason)))
		assert.Contains(t, known, want)
	}
	assert.Len(t, known, 13)
	assert.Empty(t, irsa.Label(nil))
	late := &irsa.Error{Op: "retrieve", Reason: irsa.ErrUnreachable, Err: context.DeadlineExceeded}
	assert.Equal(t, "unreachable", irsa.Label(late), "the Reason says more than the deadline")
}

// Each Err value that the package exports has a label: the list of names is read from its source.
func TestNoReasonIsWithoutALabel(t *testing.T) {
	source, err := os.ReadFile("errors.go")
	require.NoError(t, err)
	declared := regexp.MustCompile(`(?m)^\t(Err\w+) += errors\.New`).FindAllSubmatch(source, -1)
	assert.Len(t, declared, len(irsa.Labels())-2, "all but timeout and other")
}
