package irsa_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// A record is a bytes.Buffer for several goroutines: an exchange is reported on its own.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

func TestNoSecretIsEverShown(t *testing.T) {
	for name, fault := range map[string]irsatest.Fault{
		"where all goes well":        {},
		"where STS refuses":          {Code: "AccessDenied", Message: "Not authorized to perform sts:AssumeRoleWithWebIdentity"},
		"where a proxy answers":      {Replace: []byte("<html>no")},
		"where credentials are cut":  {Omit: []string{"SessionToken"}},
		"where an end is missing":    {Omit: []string{"Expiration"}},
		"where STS sends elsewhere":  {Redirect: "https://elsewhere.example.com"},
		"where STS's region is off":  {Code: "RegionDisabledException"},
		"where the token is refused": {Code: "InvalidIdentityToken", Message: "Incorrect token audience"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.sts.SetFault(fault)
			raw, err := os.ReadFile(w.pod.TokenFile())
			require.NoError(t, err)
			var seen record
			show := func(values ...any) {
				for _, v := range values {
					_, _ = fmt.Fprintf(&seen, "%v\n%+v\n%#v\n", v, v, v)
				}
			}
			log := logging.LoggerFunc(func(_ logging.Classification, format string, v ...any) {
				_, _ = fmt.Fprintf(&seen, format+"\n", v...)
			})
			l := &irsa.Loader{Options: irsa.Options{Logger: slog.New(slog.NewTextHandler(&seen, &slog.HandlerOptions{Level: slog.LevelDebug}))}}
			cfg, err := l.LoadConfig(w.ctx, config.WithHTTPClient(w.http), config.WithLogger(log),
				config.WithClientLogMode(aws.LogRequestWithBody|aws.LogResponseWithBody|aws.LogRetries|aws.LogSigning))
			require.NoError(t, err)
			creds, err := cfg.Credentials.Retrieve(w.ctx)
			p, ok := irsa.ProviderFrom(cfg)
			require.True(t, ok)
			env, _ := irsa.Detect()
			token, tokenErr := irsa.ReadToken(w.pod.TokenFile())
			require.NoError(t, tokenErr)
			status := p.Status()
			show(l, p, *p, p.MinLife(0), status, status.Err, env, token, *token, err, irsa.Explain(err))
			if fault.Code == "" && fault.Replace == nil && fault.Omit == nil && fault.Redirect == "" {
				require.NoError(t, err)
			} else {
				require.Error(t, err)
			}
			var e *irsa.Error
			if err != nil {
				require.ErrorAs(t, err, &e)
				show(e, *e, e.Unwrap())
			}

			out := seen.String()
			secrets := []string{strings.TrimSpace(string(raw)), creds.SecretAccessKey, creds.SessionToken}
			secrets = append(secrets, strings.Split(secrets[0], ".")[1:]...)
			for _, s := range secrets {
				if s == "" {
					continue
				}
				assert.False(t, strings.Contains(out, s), "a secret is shown")
				assert.False(t, strings.Contains(out, base64.StdEncoding.EncodeToString([]byte(s))), "a secret is shown, encoded")
				assert.False(t, strings.Contains(out, fmt.Sprintf("%v", []byte(s))), "a secret is shown, as bytes")
			}
		})
	}
}

// Without it the test above could pass for a log that nobody writes.
func TestTheSDKsOwnChainWritesTheTokenIntoItsDebugLog(t *testing.T) {
	w := newWorld(t)
	raw, err := os.ReadFile(w.pod.TokenFile())
	require.NoError(t, err)
	var seen strings.Builder
	cfg, err := config.LoadDefaultConfig(w.ctx, config.WithHTTPClient(w.http), config.WithClientLogMode(aws.LogRequestWithBody),
		config.WithLogger(logging.LoggerFunc(func(_ logging.Classification, format string, v ...any) {
			_, _ = fmt.Fprintf(&seen, format, v...)
		})))
	require.NoError(t, err)
	_, err = cfg.Credentials.Retrieve(w.ctx)
	require.NoError(t, err)
	assert.True(t, strings.Contains(seen.String(), strings.TrimSpace(string(raw))))
}
