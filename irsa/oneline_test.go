package irsa_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/pastetest"
	"github.com/seed-15cba5db/irsa-go/internal/text"
	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// A plainHandler writes records as they are, which slog's own handlers do not.
type plainHandler struct{ records *[]string }

func (h plainHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h plainHandler) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h plainHandler) WithGroup(string) slog.Handler            { return h }

func (h plainHandler) Handle(_ context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(a slog.Attr) bool {
		line += " " + a.Key + "=" + a.Value.String()
		return true
	})
	*h.records = append(*h.records, line)
	return nil
}

// A token, a variable, a profile or a server breaks no log and drives no terminal.
func TestEachRecordIsOneLine(t *testing.T) {
	const bad = "zZ\x1b[2J\u202e\u200b\u2028\u0085\nat 12:00 all is well\r"
	for name, prepare := range map[string]func(*testing.T, *testbed, *irsa.Options){
		"the audience": func(t *testing.T, w *testbed, _ *irsa.Options) {
			require.NoError(t, w.pod.Write(podIssuer.Token(irsatest.Claims{
				Namespace: "payments", ServiceAccount: "reader", Audience: []string{bad, "sts.amazonaws.com" + bad},
			})))
		},
		"the namespace": func(t *testing.T, w *testbed, _ *irsa.Options) {
			require.NoError(t, w.pod.Write(podIssuer.Token(irsatest.Claims{Namespace: bad, ServiceAccount: bad, Pod: bad})))
		},
		"a profile's name": func(t *testing.T, w *testbed, _ *irsa.Options) {
			file := w.root + "/config"
			require.NoError(t, os.WriteFile(file, []byte("[profile "+text.Line(bad)+"]\naws_access_key_id = A\n"+
				"aws_secret_access_key = B\n"), 0o600))
			t.Setenv("AWS_CONFIG_FILE", file)
			t.Setenv("AWS_PROFILE", text.Line(bad))
		},
		"the endpoint of all services": func(t *testing.T, w *testbed, _ *irsa.Options) {
			t.Setenv("AWS_ENDPOINT_URL_STS", "")
			t.Setenv("AWS_ENDPOINT_URL", "https://minio.example.com/"+bad)
		},
		"STS's message": func(_ *testing.T, w *testbed, _ *irsa.Options) {
			w.sts.Inject(irsatest.Fault{Do: irsatest.Error("AccessDenied", bad)})
		},
		"STS's code": func(_ *testing.T, w *testbed, _ *irsa.Options) {
			w.sts.Inject(irsatest.Fault{Do: irsatest.Error(bad, bad)})
		},
		"a page of somebody's": func(_ *testing.T, w *testbed, _ *irsa.Options) {
			w.sts.Inject(irsatest.Fault{Do: irsatest.Reply(http.StatusBadGateway, "text/html", "<p>"+bad+"</p>")})
		},
		"what OnRefresh panics with": func(_ *testing.T, _ *testbed, o *irsa.Options) {
			o.OnRefresh = func(irsa.Refresh) { panic(bad) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, own := range []bool{true, false} {
				inBubble(t, func(t *testing.T, w *testbed) {
					var records []string
					var o irsa.Options
					prepare(t, w, &o)
					if own {
						o.Logger = slog.New(plainHandler{&records})
					}
					log := logging.LoggerFunc(func(_ logging.Classification, format string, args ...any) {
						records = append(records, fmt.Sprintf(format, args...))
					})
					cfg, err := w.load(&irsa.Loader{Options: o}, config.WithLogger(log))
					if err == nil {
						_, err = cfg.Credentials.Retrieve(t.Context())
					}
					if err != nil {
						assert.Equal(t, text.Line(err.Error()), err.Error())
					}
					time.Sleep(time.Minute)
					synctest.Wait()
					for _, r := range records {
						assert.Equal(t, text.Line(r), r)
					}
					if own {
						assert.True(t, err != nil || strings.Contains(strings.Join(records, ""), pastetest.Mark), records)
					}
				})
			}
		})
	}
}
