package irsa

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/aws/smithy-go/logging"
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
		w.slog.LogAttrs(ctx, slog.LevelWarn, "irsa: "+msg, attrs...)
		return
	}
	if w.config == nil {
		return
	}
	var b strings.Builder
	b.WriteString("irsa: " + msg)
	for _, a := range attrs {
		fmt.Fprintf(&b, " %s=%q", a.Key, a.Value)
	}
	logging.WithContext(ctx, w.config).Logf(logging.Warn, "%s", b.String())
}
