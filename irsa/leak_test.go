package irsa_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// everyLog turns on all of the SDK's debug log.
const everyLog = aws.LogSigning | aws.LogRetries | aws.LogRequest | aws.LogRequestWithBody |
	aws.LogResponse | aws.LogResponseWithBody | aws.LogDeprecatedUsage |
	aws.LogRequestEventMessage | aws.LogResponseEventMessage

// A syncBuffer is a [bytes.Buffer] for several goroutines: an exchange is reported on a goroutine
// of its own.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *syncBuffer) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *syncBuffer) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

// A dump collects everything of a Provider that a person or a log could get to see, so that a test
// can search it for secrets.
type dump struct{ syncBuffer }

// add adds values in all formats, and of errors also what explains and causes them.
func (d *dump) add(values ...any) {
	for _, v := range values {
		_, _ = fmt.Fprintf(d, "%v\n%+v\n%#v\n%q\n", v, v, v, v)
		slog.New(slog.NewTextHandler(d, nil)).Info("shown", "value", v)
		slog.New(slog.NewJSONHandler(d, nil)).Info("shown", "value", v)
		if err, ok := v.(error); ok {
			d.add(irsa.Explain(err))
			d.addCauses(err)
		}
	}
}

// addCauses adds the errors that an error wraps.
func (d *dump) addCauses(err error) {
	causes := []error{errors.Unwrap(err)}
	if joined, ok := any(err).(interface{ Unwrap() []error }); ok {
		causes = joined.Unwrap()
	}
	for _, err := range causes {
		if err != nil {
			_, _ = fmt.Fprintf(d, "%v\n%+v\n%#v\n", err, err, err)
			d.addCauses(err)
		}
	}
}

// holds reports whether a secret is in the dump, also encoded.
func (d *dump) holds(secret string) bool {
	shown := d.String()
	for _, form := range []string{
		secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)),
		fmt.Sprint([]byte(secret)),
	} {
		if strings.Contains(shown, form) {
			return true
		}
	}
	return false
}

// Whatever is shown of an exchange, in the logs, errors and values of this package and in the SDK's
// debug log, holds neither the token nor the credentials.
func TestNothingSecretIsShown(t *testing.T) {
	quotes := func(token string) string {
		return "Value '" + token + "' at 'webIdentityToken' failed to satisfy constraint"
	}
	for name, fault := range map[string]func(token string) irsatest.Fault{
		"a success": func(string) irsatest.Fault { return irsatest.Fault{} },
		"a refusal": func(string) irsatest.Fault { return irsatest.Fault{Do: irsatest.Error("AccessDenied", "")} },
		"an answer with the token": func(token string) irsatest.Fault {
			return irsatest.Fault{Do: irsatest.Error("ValidationError", quotes(token))}
		},
		"half an answer":       func(string) irsatest.Fault { return irsatest.Fault{Do: irsatest.Cut(800)} },
		"an answer that hangs": func(string) irsatest.Fault { return irsatest.Fault{Do: irsatest.Stall(800)} },
		"an answer without an end": func(string) irsatest.Fault {
			return irsatest.Fault{Do: irsatest.Omit("Expiration")}
		},
		"no answer": func(string) irsatest.Fault { return irsatest.Fault{Do: irsatest.Stall(irsatest.Response)} },
		"a page that has the token": func(token string) irsatest.Fault {
			return irsatest.Fault{Do: irsatest.Reply(200, "text/html", "<html>"+token)}
		},
		"a redirect with the token": func(token string) irsatest.Fault {
			return irsatest.Fault{
				Do: irsatest.Status(307).And(irsatest.SetHeader(
					"Location", "https://elsewhere.example.com/?token="+token,
				))}
		},
	} {
		t.Run("of "+name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				token, err := os.ReadFile(w.pod.TokenFile())
				require.NoError(t, err)
				w.sts.Inject(fault(string(token)))
				var d dump
				var log syncBuffer
				options := irsa.Options{
					Logger:    slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 4})),
					OnRefresh: func(r irsa.Refresh) { d.add(r, r.Err) },
				}
				l := &irsa.Loader{Options: options}
				logs := config.WithClientLogMode(everyLog)
				cfg, err := w.load(l, logs, config.WithServiceOptions(func(_ string, o any) {
					if o, ok := o.(*sts.Options); ok {
						o.ClientLogMode = everyLog
					}
				}))
				require.NoError(t, err)
				p, ok := irsa.ProviderFrom(cfg)
				require.True(t, ok)
				c, err := p.Retrieve(t.Context())
				if name == "a success" {
					require.NoError(t, err)
				} else {
					require.Error(t, err)
					d.add(err)
				}
				w.sts.ClearFaults()
				time.Sleep(time.Minute)
				st := p.Status()
				require.NotNil(t, st.Token)
				env, err2 := irsa.Detect()
				require.NoError(t, err2)
				d.add(p, reflect.ValueOf(p).Elem().Interface(), st, st.Token, *st.Token, p.MinLife(time.Minute),
					options, l, env, cfg.Credentials)
				if st.Err != nil {
					d.add(st.Err)
				}

				assert.Contains(t, w.warn.String(), "DEBUG Request\nPOST / HTTP/1.1", "the SDK's debug log is on")
				require.NotEmpty(t, log.String())
				d.add(w.warn.String(), log.String())
				for i, part := range strings.Split(string(token), ".") {
					assert.False(t, d.holds(part), "part %d of the token is shown", i)
				}
				if err == nil {
					assert.False(t, d.holds(c.SecretAccessKey), "the secret key is shown")
					assert.False(t, d.holds(c.SessionToken), "the session token is shown")
				}
				for _, element := range []string{"<SecretAccessKey>", "<SessionToken>"} {
					assert.False(t, d.holds(element), "%s is shown", element)
				}
			})
		})
	}
}

// Without it the test above could pass for a log that nobody writes.
func TestTheSDKsOwnChainWritesTheTokenIntoItsDebugLog(t *testing.T) {
	w := newTestbed(t)
	raw, err := os.ReadFile(w.pod.TokenFile())
	require.NoError(t, err)
	var seen strings.Builder
	cfg, err := config.LoadDefaultConfig(w.ctx, config.WithHTTPClient(w.http),
		config.WithClientLogMode(aws.LogRequestWithBody),
		config.WithLogger(logging.LoggerFunc(func(_ logging.Classification, format string, v ...any) {
			_, _ = fmt.Fprintf(&seen, format, v...)
		})))
	require.NoError(t, err)
	_, err = cfg.Credentials.Retrieve(w.ctx)
	require.NoError(t, err)
	assert.True(t, strings.Contains(seen.String(), strings.TrimSpace(string(raw))))
}
