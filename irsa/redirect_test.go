package irsa_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

func TestARedirectNeverCarriesTheTokenOn(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for name, client := range map[string]aws.HTTPClient{
			"the SDK's client": nil, "the standard library's client": &http.Client{}, "another client": doer(
				func(r *http.Request) (*http.Response, error) { return http.DefaultClient.Do(r) },
			),
		} {
			t.Run(fmt.Sprintf("%d through %s", status, name), func(t *testing.T) {
				w := newTestbed(t)
				var elsewhere []string
				thief := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					assert.NoError(t, r.ParseForm())
					elsewhere = append(elsewhere, r.Form.Get("WebIdentityToken"))
					denied(rw)
				}))
				defer thief.Close()
				s := httptest.NewServer(http.RedirectHandler(thief.URL, status))
				defer s.Close()
				t.Setenv("AWS_ENDPOINT_URL_STS", s.URL)
				options := opts()
				if client != nil {
					options = opts(config.WithHTTPClient(client))
				}
				cfg, err := irsa.LoadConfig(w.ctx, options...)
				require.NoError(t, err)
				_, err = cfg.Credentials.Retrieve(w.ctx)
				require.Error(t, err)
				assert.Empty(t, strings.Join(elsewhere, ""))
				if name != "another client" {
					assert.ErrorContains(t, err, "redirect")
					assert.Empty(t, elsewhere)
				}
			})
		}
	}
}

// doer is an HTTP client made of a function.
type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }
