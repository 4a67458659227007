package irsatest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// An outcome looks at what became of one exchange.
type outcome func(t *testing.T, out *sts.AssumeRoleWithWebIdentityOutput, err error, took time.Duration)

// under runs one exchange under an effect, in a bubble, with a limit of 7 s, and one after it.
func under(t *testing.T, effect irsatest.Effect, check outcome) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := trusting(t, issuer)
		s.Inject(irsatest.Fault{Do: effect})
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		began := time.Now()
		out, err := client(s).AssumeRoleWithWebIdentity(ctx, exchange(issuer.Token(apiPod)))
		check(t, out, err, time.Since(began))
		s.ClearFaults()
		s.Wait()
		_, err = client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(issuer.Token(apiPod)))
		require.NoError(t, err, "when the fault is over")
	})
}

// failsWith checks the error of an exchange alone.
func failsWith(check func(t *testing.T, err error)) outcome {
	return func(t *testing.T, _ *sts.AssumeRoleWithWebIdentityOutput, err error, _ time.Duration) { check(t, err) }
}

// failsWithStatus checks that an exchange fails with this status.
func failsWithStatus(status int) outcome {
	return failsWith(func(t *testing.T, err error) {
		var response *awshttp.ResponseError
		require.ErrorAs(t, err, &response)
		assert.Equal(t, status, response.HTTPStatusCode())
	})
}

func TestAnErrorIsAnsweredOnDemand(t *testing.T) {
	for code, want := range map[string]struct {
		status  int
		message string
	}{
		"Throttling":   {400, "Rate exceeded"},
		"AccessDenied": {403, "Not authorized to perform sts:AssumeRoleWithWebIdentity"},
		"RegionDisabledException": {403, "STS is not activated in this region for account:111122223333. Your " +
			"account administrator can activate STS in this region using the IAM Console."},
		"IDPRejectedClaim":     {403, "The identity provider (IdP) reported that authentication failed."},
		"ServiceUnavailable":   {503, "The request has failed due to a temporary failure of the server."},
		"InvalidClientTokenId": {403, "The security token included in the request is invalid."},
		"MadeUpByATest":        {400, "UnknownError"}, // the SDK's word for no message
	} {
		t.Run(code, func(t *testing.T) {
			under(t, irsatest.Error(code, ""), failsWith(func(t *testing.T, err error) {
				requireAPIError(t, err, code, want.status, want.message)
			}))
		})
	}
	t.Run("in words of the test's own, with another status", func(t *testing.T) {
		const text = "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
		effect := irsatest.Error("InvalidIdentityToken", text).And(irsatest.Status(418))
		under(t, effect, failsWith(func(t *testing.T, err error) {
			requireAPIError(t, err, "InvalidIdentityToken", 418, text)
		}))
	})
	t.Run("a status alone", func(t *testing.T) { under(t, irsatest.Status(502), failsWithStatus(502)) })
}

// places are those where an exchange stalls or is cut, and how the latter shows.
var places = map[string]struct {
	at   int64
	cuts func(error) bool
}{
	"resolve": {irsatest.Resolve, func(err error) bool {
		var dns *net.DNSError
		return errors.As(err, &dns) && dns.IsNotFound
	}},
	"connect":  {irsatest.Connect, func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }},
	"tls":      {irsatest.TLS, func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
	"response": {irsatest.Response, func(err error) bool { return strings.Contains(err.Error(), "EOF") }},
	"body":     {800, func(err error) bool { return strings.Contains(err.Error(), "unexpected EOF") }},
}

func TestAnExchangeFailsAtEachPlace(t *testing.T) {
	for name, place := range places {
		t.Run("stalled: "+name, func(t *testing.T) {
			under(t, irsatest.Stall(place.at), func(t *testing.T, _ *output, err error, took time.Duration) {
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, 7*time.Second, took)
			})
		})
		t.Run("cut: "+name, func(t *testing.T) {
			under(t, irsatest.Cut(place.at), func(t *testing.T, _ *output, err error, took time.Duration) {
				require.Error(t, err)
				assert.True(t, place.cuts(err), "%v", err)
				assert.Zero(t, took)
			})
		})
	}
	t.Run("a certificate that nobody trusts", func(t *testing.T) {
		under(t, irsatest.Untrusted(), failsWith(func(t *testing.T, err error) {
			require.ErrorContains(t, err, "certificate")
		}))
	})
	for name, place := range places {
		t.Run("over a listener a connection ends when the request has come: "+name, func(t *testing.T) {
			s := trusting(t, issuer)
			server := httptest.NewServer(s)
			defer server.Close()
			s.Inject(irsatest.Fault{Times: 1, Do: irsatest.Cut(min(place.at, 50))})
			_, err := http.Get(server.URL)
			if place.at > 0 {
				require.NoError(t, err, "headers come")
			} else {
				require.Error(t, err)
			}
			_, err = http.Get(server.URL)
			require.NoError(t, err, "it is counted once")
		})
	}
	t.Run("a fault of one operation waits for its request", func(t *testing.T) {
		s := trusting(t, issuer)
		s.Inject(irsatest.Fault{Op: "AssumeRoleWithWebIdentity", Times: 1, Do: irsatest.Cut(irsatest.Connect)})
		_, err := client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(issuer.Token(apiPod)))
		require.ErrorContains(t, err, "EOF")
		assert.Len(t, s.Requests("AssumeRoleWithWebIdentity"), 1)
		_, err = client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(issuer.Token(apiPod)))
		require.NoError(t, err)
	})
}

type output = sts.AssumeRoleWithWebIdentityOutput

func TestAnAnswerIsSpoiledOnDemand(t *testing.T) {
	noCredentials := func(t *testing.T, out *output, err error, _ time.Duration) {
		if err == nil {
			assert.Nil(t, out.Credentials)
		}
	}
	for name, tc := range map[string]struct {
		effect irsatest.Effect
		check  outcome
	}{
		"slow": {irsatest.Delay(800 * time.Millisecond), func(t *testing.T, _ *output, err error, took time.Duration) {
			require.NoError(t, err)
			assert.Equal(t, 800*time.Millisecond, took)
		}},
		"slower than the client waits": {irsatest.Delay(time.Minute),
			func(t *testing.T, _ *output, err error, took time.Duration) {
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, 7*time.Second, took)
			}},
		"without credentials": {irsatest.Omit("Credentials"),
			func(t *testing.T, out *output, err error, _ time.Duration) {
				require.NoError(t, err)
				assert.Nil(t, out.Credentials)
				assert.NotNil(t, out.AssumedRoleUser)
			}},
		"without expiration": {irsatest.Omit("Expiration"),
			func(t *testing.T, out *output, err error, _ time.Duration) {
				require.NoError(t, err)
				require.NotNil(t, out.Credentials)
				assert.Nil(t, out.Credentials.Expiration)
				assert.NotNil(t, out.Credentials.SessionToken)
			}},
		"without date": {irsatest.SetHeader("Date", ""), func(t *testing.T, out *output, err error, _ time.Duration) {
			require.NoError(t, err)
			_, dated := awsmiddleware.GetServerTime(out.ResultMetadata)
			assert.False(t, dated)
		}},
		"of a clock an hour ahead": {irsatest.Skew(time.Hour),
			func(t *testing.T, out *output, err error, _ time.Duration) {
				require.NoError(t, err)
				at, dated := awsmiddleware.GetServerTime(out.ResultMetadata)
				assert.True(t, dated)
				assert.Equal(t, time.Hour, at.Sub(time.Now().UTC()))
				assert.Equal(t, 2*time.Hour, out.Credentials.Expiration.Sub(time.Now().UTC()))
			}},
		"of a clock a day behind": {irsatest.Skew(-24 * time.Hour),
			func(t *testing.T, out *output, err error, _ time.Duration) {
				require.NoError(t, err, "the issuer's clock is as wrong")
				at, _ := awsmiddleware.GetServerTime(out.ResultMetadata)
				assert.Equal(t, -24*time.Hour, at.Sub(time.Now().UTC()))
				assert.Equal(t, -23*time.Hour, out.Credentials.Expiration.Sub(time.Now().UTC()))
			}},
		"a proxy's page": {irsatest.Reply(200, "text/html",
			"<html><body>Access to this site is blocked</body></html>"), noCredentials},
		"a proxy's refusal": {irsatest.Reply(403, "text/html", "<html>no</html>"), failsWithStatus(403)},
		"garbage": {irsatest.Reply(200, "text/html", "\x00\xff garbage <"),
			failsWith(func(t *testing.T, err error) { require.Error(t, err) })},
		"nothing": {irsatest.Reply(200, "text/html", ""), noCredentials},
	} {
		t.Run("an answer "+name, func(t *testing.T) { under(t, tc.effect, tc.check) })
	}
}

func TestAnAnswerRedirects(t *testing.T) {
	s := trusting(t, issuer)
	var got []string
	elsewhere := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+string(body))
	})
	h := irsatest.Client(map[string]http.Handler{"sts.eu-west-1.amazonaws.com": s, "elsewhere.example": elsewhere})
	for _, status := range []int{http.StatusTemporaryRedirect, http.StatusFound} {
		remove := s.Inject(irsatest.Fault{
			Do: irsatest.Status(status).And(irsatest.SetHeader("Location", "https://elsewhere.example/")),
		})
		resp, err := h.Post("https://sts.eu-west-1.amazonaws.com/", form, strings.NewReader("Action=x"))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		remove()
	}
	assert.Equal(t, []string{"POST Action=x", "GET "}, got)
}
