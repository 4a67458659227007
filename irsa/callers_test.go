package irsa_test

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// A caller is what calls a caller's own code, whose mood a test changes.
type caller struct{ mood atomic.Pointer[func()] }

func (c *caller) be(mood func()) { c.mood.Store(&mood) }

func (c *caller) called() {
	if mood := c.mood.Load(); mood != nil && *mood != nil {
		(*mood)()
	}
}

// A clientFunc is an exchange's Client of a caller's own.
type clientFunc func(
	context.Context, *sts.AssumeRoleWithWebIdentityInput, ...func(*sts.Options),
) (*sts.AssumeRoleWithWebIdentityOutput, error)

func (f clientFunc) AssumeRoleWithWebIdentity(
	ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput, optFns ...func(*sts.Options),
) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	return f(ctx, in, optFns...)
}

// doerFunc is an HTTP client of a caller's own.
type doerFunc func(*http.Request) (*http.Response, error)

func (f doerFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

// handlerFunc is a slog.Handler of a caller's own.
type handlerFunc func()

func (f handlerFunc) Enabled(context.Context, slog.Level) bool  { return true }
func (f handlerFunc) Handle(context.Context, slog.Record) error { f(); return nil }
func (f handlerFunc) WithAttrs([]slog.Attr) slog.Handler        { return f }
func (f handlerFunc) WithGroup(string) slog.Handler             { return f }

// callersCode are the ways in which code of a caller takes part in exchanges.
var callersCode = map[string]struct {
	told bool // it is told of an exchange, which doesn't need it
	load func(*testing.T, *testbed, *caller) *irsa.Provider
}{
	"a Client": {load: func(t *testing.T, w *testbed, c *caller) *irsa.Provider {
		client := sts.New(sts.Options{Region: "eu-west-1", HTTPClient: w.http})
		return w.provider(t, irsa.Options{Client: clientFunc(func(
			ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput, optFns ...func(*sts.Options),
		) (*sts.AssumeRoleWithWebIdentityOutput, error) {
			c.called()
			return client.AssumeRoleWithWebIdentity(ctx, in, optFns...)
		})})
	}},
	"a TokenRetriever": {load: func(t *testing.T, w *testbed, c *caller) *irsa.Provider {
		return w.provider(t, irsa.Options{}, retriever(func() ([]byte, error) {
			c.called()
			return os.ReadFile(w.pod.TokenFile())
		}))
	}},
	"an HTTPClient": {load: func(t *testing.T, w *testbed, c *caller) *irsa.Provider {
		return w.provider(t, irsa.Options{}, config.WithHTTPClient(doerFunc(func(r *http.Request) (*http.Response, error) {
			c.called()
			return w.http.Do(r)
		})))
	}},
	"an OnRefresh": {told: true, load: func(t *testing.T, w *testbed, c *caller) *irsa.Provider {
		return w.provider(t, irsa.Options{OnRefresh: func(irsa.Refresh) { c.called() }})
	}},
	"a Logger": {told: true, load: func(t *testing.T, w *testbed, c *caller) *irsa.Provider {
		return w.provider(t, irsa.Options{Logger: slog.New(handlerFunc(c.called))})
	}},
	"the config's logger": {told: true, load: func(t *testing.T, w *testbed, c *caller) *irsa.Provider {
		log := logging.LoggerFunc(func(logging.Classification, string, ...any) { c.called() })
		return w.provider(t, irsa.Options{}, config.WithLogger(log))
	}},
}

// Code that is the caller's panics, ends its goroutine or never returns: nobody waits for longer
// than an exchange may take, nobody whom the session still serves waits at all, and all is well
// when the code is.
func TestACallersCodeCantTakeOthersAlong(t *testing.T) {
	boom := errors.New("index out of range")
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	for name, code := range callersCode {
		for what, mood := range map[string]func(released chan struct{}) func(){
			"panics":             func(chan struct{}) func() { return func() { panic(boom) } },
			"ends its goroutine": func(chan struct{}) func() { return runtime.Goexit },
			"blocks for hours":   func(released chan struct{}) func() { return func() { <-released } },
		} {
			t.Run(name+" that "+what, func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *testbed) {
					standard := new(syncBuffer)
					log.SetOutput(standard)
					c := new(caller)
					p := code.load(t, w, c)
					_, err := p.Retrieve(t.Context())
					require.NoError(t, err)
					released := make(chan struct{})
					c.be(mood(released))

					served := read(p, 8, time.Minute, 59*time.Minute, notExpired(t, 0))
					assert.Zero(t, served.failed, served.lastErr)
					assert.Zero(t, served.waits, "the session is there")

					w.sts.Inject(irsatest.Fault{Do: irsatest.Status(http.StatusServiceUnavailable)}) // is warned of
					worse := read(p, 8, 10*time.Minute, 5*time.Hour, notExpired(t, 0))
					assert.LessOrEqual(t, worse.worst, 20*time.Second)
					w.sts.ClearFaults()
					time.Sleep(5 * time.Minute)
					later := read(p, 8, 10*time.Minute, time.Hour, notExpired(t, 0))
					assert.LessOrEqual(t, later.worst, 20*time.Second)
					switch {
					case code.told:
						warned := w.warn.String() + standard.String()
						assert.Equal(t, what == "panics", strings.Contains(warned, "panicked"), warned)
						assert.Zero(t, later.failed, later.lastErr)
					case what == "panics":
						require.ErrorIs(t, later.lastErr, boom)
						assert.ErrorContains(t, later.lastErr, "panic: index out of range")
					default:
						require.Error(t, later.lastErr)
					}

					c.be(nil)
					close(released)
					time.Sleep(10 * time.Minute)
					well := read(p, 8, time.Minute, 3*time.Hour, notExpired(t, 0))
					assert.Zero(t, well.failed, well.lastErr)
					assert.Zero(t, well.waits)
				})
			})
		}
	}
	t.Run("a Client that returns nothing", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			p := w.provider(t, irsa.Options{Client: clientFunc(func(
				context.Context, *sts.AssumeRoleWithWebIdentityInput, ...func(*sts.Options),
			) (*sts.AssumeRoleWithWebIdentityOutput, error) {
				return nil, nil
			})})
			_, err := p.Retrieve(t.Context())
			require.ErrorIs(t, err, irsa.ErrUnreachable)
			assert.ErrorContains(t, err, "holds no credentials")
		})
	})
	t.Run("an HTTPClient that returns nothing", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			nothing := doerFunc(func(*http.Request) (*http.Response, error) { return nil, nil })
			_, err := w.provider(t, irsa.Options{}, config.WithHTTPClient(nothing)).Retrieve(t.Context())
			require.ErrorIs(t, err, irsa.ErrUnreachable)
		})
	})
	t.Run("a TokenRetriever that returns nothing", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			p := w.provider(t, irsa.Options{}, retriever(func() ([]byte, error) { return nil, nil }))
			_, err := p.Retrieve(t.Context())
			require.ErrorIs(t, err, irsa.ErrToken)
		})
	})
}
