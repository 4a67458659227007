package irsa_test

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestAnswersThatAreNone(t *testing.T) {
	for name, fault := range map[string]irsatest.Fault{
		"garbage":                      {Replace: []byte("\x00\x01 garbage <<<")},
		"nothing":                      {Replace: []byte{}},
		"HTML from a proxy":            {Replace: []byte("<html><body>Please log in</body></html>")},
		"HTML from a proxy with a 403": {Replace: []byte("<html><body>Forbidden</body></html>"), Status: 403},
		"HTML from a proxy with a 502": {Replace: []byte("<html><body>Bad gateway</body></html>"), Status: 502},
		"no credentials":               {Omit: []string{"Credentials"}},
		"no session token":             {Omit: []string{"SessionToken"}},
		"no Expiration":                {Omit: []string{"Expiration"}},
		"half an answer":               {Cut: irsatest.Body},
		"a redirect":                   {Redirect: "https://elsewhere.example.com/"},
	} {
		t.Run(name, func(t *testing.T) {
			live(t, 0, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
				l.sts.SetFault(fault)
				c, err := l.p.Retrieve(t.Context())
				t.Log(err)
				var e *irsa.Error
				require.ErrorAs(t, err, &e)
				assert.NotContains(t, err.Error(), "\n")
				assert.Equal(t, aws.Credentials{}, c)
				for _, r := range l.sts.Requests() {
					assert.Equal(t, "sts.eu-west-1.amazonaws.com", r.Host)
				}
			})
		})
	}
	t.Run("an Expiration in the past", func(t *testing.T) {
		live(t, 0, &irsatest.STS{SessionDuration: -time.Minute}, irsa.Options{}, func(t *testing.T, l *life) {
			_, err := l.p.Retrieve(t.Context())
			t.Log(err)
			assert.ErrorContains(t, err, "ended before it came")
		})
	})
	t.Run("no Date, and the local clock serves", func(t *testing.T) {
		live(t, 0, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
			l.sts.SetFault(irsatest.Fault{Omit: []string{"Date"}})
			_, err := l.p.Retrieve(t.Context())
			require.NoError(t, err)
		})
	})
}

func TestTokensThatAreNone(t *testing.T) {
	for name, token := range map[string]string{
		"empty":             "",
		"not a JWT":         "hello",
		"over 20000 bytes":  strings.Repeat("x", 20001),
		"nothing but space": " \n\t",
	} {
		t.Run(name, func(t *testing.T) {
			live(t, 0, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
				require.NoError(t, l.pod.Write(token))
				_, err := l.p.Retrieve(t.Context())
				require.ErrorIs(t, err, irsa.ErrToken)
				assert.Empty(t, l.sts.Requests(), "it was sent")
				require.NoError(t, l.pod.Rotate())
				time.Sleep(time.Second)
				_, err = l.p.Retrieve(t.Context())
				require.NoError(t, err)
			})
		})
	}
	t.Run("a newline at the end is not sent", func(t *testing.T) {
		live(t, 0, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
			token, err := os.ReadFile(l.pod.TokenFile())
			require.NoError(t, err)
			require.NoError(t, l.pod.Write(string(token)+" \n"))
			_, err = l.p.Retrieve(t.Context())
			require.NoError(t, err)
		})
	})
}

func TestADroppedProviderIsCollected(t *testing.T) {
	live(t, 0, new(irsatest.STS), irsa.Options{}, func(t *testing.T, l *life) {
		_, err := l.p.Retrieve(t.Context())
		require.NoError(t, err)
		synctest.Wait() // for the exchange's goroutine, which holds what it works for
		w := weak.Make(l.p)
		l.p, l.cfg = nil, aws.Config{}
		for range 5 {
			runtime.GC()
		}
		assert.Nil(t, w.Value())
		time.Sleep(24 * time.Hour)
		assert.Len(t, l.sts.Requests(), 1, "its timer works on")
	})
}
