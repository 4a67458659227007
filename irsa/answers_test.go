package irsa_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestAnswersThatAreNone(t *testing.T) {
	for name, c := range map[string]struct {
		fault irsatest.Fault
		past  bool
		says  string
	}{
		"garbage": {
			fault: irsatest.Fault{Do: irsatest.Reply(200, "text/html", "\x00\xff garbage <<<")},
			says:  "the answer can't be used: it is not XML",
		},
		"nothing": {
			fault: irsatest.Fault{Do: irsatest.Reply(200, "text/html", "")}, says: "no credentials",
		},
		"HTML from a proxy": {
			fault: irsatest.Fault{
				Do: irsatest.Reply(200, "text/html", "<html><head></head><body>Sign in</body></html>"),
			},
			says: "the answer can't be used: it holds no credentials",
		},
		"HTML from a proxy, with 403": {
			fault: irsatest.Fault{Do: irsatest.Reply(403, "text/html", "<html><body>Forbidden</body></html>")},
			says:  "403",
		},
		"half an answer": {fault: irsatest.Fault{Do: irsatest.Cut(700)}, says: "unexpected EOF"},
		"a redirect": {
			fault: irsatest.Fault{
				Do: irsatest.Status(307).And(irsatest.SetHeader("Location", "https://elsewhere.example.com/")),
			},
			says: "answered with a redirect",
		},
		"HTML from a proxy, with 502": {
			fault: irsatest.Fault{Do: irsatest.Reply(502, "text/html", "<html><body>Bad gateway</body></html>")},
			says:  "502",
		},
		"no credentials": {
			fault: irsatest.Fault{Do: irsatest.Omit("Credentials")}, says: "holds no credentials",
		},
		"no session token": {
			fault: irsatest.Fault{Do: irsatest.Omit("SessionToken")},
			says:  "credentials are incomplete",
		},
		"no secret key": {
			fault: irsatest.Fault{Do: irsatest.Omit("SecretAccessKey")},
			says:  "credentials are incomplete",
		},
		"no Expiration": {
			fault: irsatest.Fault{Do: irsatest.Omit("Expiration")},
			says:  "does not say when the credentials expire",
		},
		"an Expiration in the past": {past: true, says: "its credentials ended before"},
	} {
		t.Run(name+" is a clear error", func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				if c.past {
					w.sts.SessionDuration = -time.Minute
				}
				w.sts.Inject(c.fault)
				p := w.provider(t, irsa.Options{})
				got, err := p.Retrieve(t.Context())
				for _, r := range w.sts.Requests() {
					assert.Equal(t, "sts.test", r.Host)
				}
				require.Error(t, err)
				t.Log(err)
				assert.Zero(t, got)
				assert.ErrorContains(t, err, c.says)
				assert.ErrorContains(t, err, roleARN)
				assert.NotContains(t, err.Error(), "\n")
				assert.ErrorIs(t, err, irsa.ErrUnreachable, "it was another that answered")
				text := irsa.Explain(err)
				assert.NotEmpty(t, text)
				var e *irsa.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, "assume role with web identity", e.Op)
				if !c.past {
					assert.NotZero(t, e.HTTPStatus, "there was an answer")
					assert.Equal(t, "sts.test", e.Endpoint)
					assert.Contains(t, text, fmt.Sprintf("answer      status %d, ", e.HTTPStatus))
					assert.NotContains(t, text, "https://sts.test", "it was asked without TLS")
				}

				w.sts.SessionDuration = 0
				w.sts.ClearFaults()
				time.Sleep(2 * time.Second)
				_, err = p.Retrieve(t.Context())
				assert.NoError(t, err, "and passes when the answer is STS's again")
			})
		})
	}
}

func TestTokensThatAreNone(t *testing.T) {
	for name, token := range map[string]string{
		"empty":             "",
		"nothing but space": " \n\t",
		"no JWT":            "hello",
		"over 20000 bytes":  strings.Repeat("x", 20001),
	} {
		t.Run(name+": nothing is sent, until there is another", func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				require.NoError(t, w.pod.Write(token))
				p := w.provider(t, irsa.Options{})
				_, err := p.Retrieve(t.Context())
				require.ErrorIs(t, err, irsa.ErrToken)
				assert.ErrorContains(t, err, w.pod.TokenFile())
				assert.Empty(t, w.sts.Requests())
				require.NoError(t, w.pod.Rotate())
				time.Sleep(time.Second)
				_, err = p.Retrieve(t.Context())
				assert.NoError(t, err)
			})
		})
	}
	t.Run("space around a token is not sent", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			token, err := os.ReadFile(w.pod.TokenFile())
			require.NoError(t, err)
			require.NoError(t, w.pod.Write(string(token)+" \n"))
			_, err = w.provider(t, irsa.Options{}).Retrieve(t.Context())
			require.NoError(t, err)
		})
	})
	t.Run("the error of a caller's own retriever is found", func(t *testing.T) {
		inBubble(t, func(t *testing.T, w *testbed) {
			none := errors.New("no token today")
			p := w.provider(t, irsa.Options{}, retriever(func() ([]byte, error) { return nil, none }))
			_, err := p.Retrieve(t.Context())
			require.ErrorIs(t, err, none)
			require.ErrorIs(t, err, irsa.ErrToken)
		})
	})
}
