package irsa

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/aws/smithy-go/logging"
)

// A warner tells what people should know though nothing failed: to Options.Logger
// where there is one, else to the config's own logger. The zero warner is silent.
type warner struct {
	slog   *slog.Logger
	config logging.Logger
	first  func(msg string) bool // reports whether msg is new; nil: it always is
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
