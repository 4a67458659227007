package irsatest_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// faulty runs one exchange under a fault, in a bubble, with a limit of 7 s.
func faulty(t *testing.T, f irsatest.Fault, check func(t *testing.T, out *sts.AssumeRoleWithWebIdentityOutput, err error, took time.Duration)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := trusting(t, issuer)
		s.SetFault(f)
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		began := time.Now()
		out, err := client(s).AssumeRoleWithWebIdentity(ctx, exchange(issuer.Token(apiPod)))
		check(t, out, err, time.Since(began))
		s.SetFault(irsatest.Fault{})
		s.Wait()
		_, err = client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(issuer.Token(apiPod)))
		require.NoError(t, err, "when the fault is over")
	})
}

func TestAnErrorIsAnsweredOnDemand(t *testing.T) {
	for code, want := range map[string]struct {
		status  int
		message string
	}{
		"Throttling":              {400, "Rate exceeded"},
		"AccessDenied":            {403, "Not authorized to perform sts:AssumeRoleWithWebIdentity"},
		"RegionDisabledException": {403, "STS is not activated in this region for account:111122223333. Your account administrator can activate STS in this region using the IAM Console."},
		"IDPRejectedClaim":        {403, "The identity provider (IdP) reported that authentication failed."},
		"ServiceUnavailable":      {503, "The request has failed due to a temporary failure of the server."},
		"MadeUpByATest":           {400, "UnknownError"}, // the SDK's word for no message
	} {
		t.Run(code, func(t *testing.T) {
			faulty(t, irsatest.Fault{Code: code}, func(t *testing.T, _ *sts.AssumeRoleWithWebIdentityOutput, err error, _ time.Duration) {
				requireAPIError(t, err, code, want.status, want.message)
			})
		})
	}
	t.Run("in words of the test's own", func(t *testing.T) {
		const thumbprint = "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
		faulty(t, irsatest.Fault{Code: "InvalidIdentityToken", Message: thumbprint, Status: 418}, func(t *testing.T, _ *sts.AssumeRoleWithWebIdentityOutput, err error, _ time.Duration) {
			requireAPIError(t, err, "InvalidIdentityToken", 418, thumbprint)
		})
	})
	t.Run("a status alone", func(t *testing.T) {
		faulty(t, irsatest.Fault{Status: 502}, func(t *testing.T, _ *sts.AssumeRoleWithWebIdentityOutput, err error, _ time.Duration) {
			var response *awshttp.ResponseError
			require.ErrorAs(t, err, &response)
			assert.Equal(t, 502, response.HTTPStatusCode())
		})
	})
}

func TestAnExchangeFailsInEachPhase(t *testing.T) {
	hangs := func(t *testing.T, _ *sts.AssumeRoleWithWebIdentityOutput, err error, took time.Duration) {
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 7*time.Second, took)
	}
	for _, phase := range []irsatest.Phase{irsatest.Resolve, irsatest.Connect, irsatest.TLS, irsatest.Response, irsatest.Body} {
		t.Run("hanging: "+string(phase), func(t *testing.T) { faulty(t, irsatest.Fault{Hang: phase}, hangs) })
	}
	for phase, check := range map[irsatest.Phase]func(error) bool{
		irsatest.Resolve:  func(err error) bool { var dns *net.DNSError; return errors.As(err, &dns) && dns.IsNotFound },
		irsatest.Connect:  func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) },
		irsatest.TLS:      func(err error) bool { return errors.Is(err, syscall.ECONNRESET) },
		irsatest.Response: func(err error) bool { return strings.Contains(err.Error(), "EOF") },
		irsatest.Body:     func(err error) bool { return strings.Contains(err.Error(), "unexpected EOF") },
	} {
		t.Run("cut: "+string(phase), func(t *testing.T) {
			faulty(t, irsatest.Fault{Cut: phase}, func(t *testing.T, _ *sts.AssumeRoleWithWebIdentityOutput, err error, took time.Duration) {
				require.Error(t, err)
				assert.True(t, check(err), "%v", err)
				assert.Zero(t, took)
			})
		})
	}
	t.Run("a certificate that nobody trusts", func(t *testing.T) {
		faulty(t, irsatest.Fault{Untrusted: true}, func(t *testing.T, _ *sts.AssumeRoleWithWebIdentityOutput, err error, _ time.Duration) {
			require.ErrorContains(t, err, "certificate")
		})
	})
	t.Run("over a listener, a fault of the connection ends it when the request has come", func(t *testing.T) {
		s := trusting(t, issuer)
		server := httptest.NewServer(s)
		defer server.Close()
		for _, phase := range []irsatest.Phase{irsatest.Resolve, irsatest.Connect, irsatest.TLS, irsatest.Response, irsatest.Body} {
			s.SetFault(irsatest.Fault{Times: 1, Cut: phase})
			_, err := http.Get(server.URL)
			if phase == irsatest.Body {
				require.NoError(t, err, "headers come")
				continue
			}
			require.Error(t, err, phase)
		}
	})
}

func TestAnAnswerIsSpoiledOnDemand(t *testing.T) {
	type output = sts.AssumeRoleWithWebIdentityOutput
	for _, tc := range []struct {
		name  string
		fault irsatest.Fault
		check func(*testing.T, *output, error, time.Duration)
	}{
		{"slow", irsatest.Fault{Latency: 800 * time.Millisecond}, func(t *testing.T, out *output, err error, took time.Duration) {
			require.NoError(t, err)
			assert.Equal(t, 800*time.Millisecond, took)
		}},
		{"slower than the client waits", irsatest.Fault{Latency: time.Minute}, func(t *testing.T, _ *output, err error, took time.Duration) {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, 7*time.Second, took)
		}},
		{"without credentials", irsatest.Fault{Omit: []string{"Credentials"}}, func(t *testing.T, out *output, err error, _ time.Duration) {
			require.NoError(t, err)
			assert.Nil(t, out.Credentials)
			assert.NotNil(t, out.AssumedRoleUser)
		}},
		{"without expiration", irsatest.Fault{Omit: []string{"Expiration"}}, func(t *testing.T, out *output, err error, _ time.Duration) {
			require.NoError(t, err)
			require.NotNil(t, out.Credentials)
			assert.Nil(t, out.Credentials.Expiration)
			assert.NotNil(t, out.Credentials.SessionToken)
		}},
		{"without date", irsatest.Fault{Omit: []string{"Date"}}, func(t *testing.T, out *output, err error, _ time.Duration) {
			require.NoError(t, err)
			_, dated := awsmiddleware.GetServerTime(out.ResultMetadata)
			assert.False(t, dated)
		}},
		{"of a clock an hour ahead", irsatest.Fault{Skew: time.Hour}, func(t *testing.T, out *output, err error, _ time.Duration) {
			require.NoError(t, err)
			at, dated := awsmiddleware.GetServerTime(out.ResultMetadata)
			assert.True(t, dated)
			assert.Equal(t, time.Hour, at.Sub(time.Now().UTC()))
			assert.Equal(t, 2*time.Hour, out.Credentials.Expiration.Sub(time.Now().UTC()))
		}},
		{"of a clock a day behind", irsatest.Fault{Skew: -24 * time.Hour}, func(t *testing.T, out *output, err error, _ time.Duration) {
			require.NoError(t, err, "the issuer's clock is as wrong")
			at, _ := awsmiddleware.GetServerTime(out.ResultMetadata)
			assert.Equal(t, -24*time.Hour, at.Sub(time.Now().UTC()))
			assert.Equal(t, -23*time.Hour, out.Credentials.Expiration.Sub(time.Now().UTC()))
		}},
		{"a proxy's page", irsatest.Fault{Replace: []byte("<html><body>Access to this site is blocked</body></html>")}, func(t *testing.T, out *output, err error, _ time.Duration) {
			if err == nil {
				assert.Nil(t, out.Credentials)
			}
		}},
		{"a proxy's refusal", irsatest.Fault{Replace: []byte("<html>no</html>"), Status: 403}, func(t *testing.T, _ *output, err error, _ time.Duration) {
			var response *awshttp.ResponseError
			require.ErrorAs(t, err, &response)
			assert.Equal(t, 403, response.HTTPStatusCode())
		}},
		{"garbage", irsatest.Fault{Replace: []byte("\x00\xff garbage <")}, func(t *testing.T, _ *output, err error, _ time.Duration) { require.Error(t, err) }},
		{"nothing", irsatest.Fault{Replace: []byte{}}, func(t *testing.T, out *output, err error, _ time.Duration) {
			if err == nil {
				assert.Nil(t, out.Credentials)
			}
		}},
	} {
		t.Run("an answer "+tc.name, func(t *testing.T) { faulty(t, tc.fault, tc.check) })
	}
	t.Run("a redirect", func(t *testing.T) {
		s := trusting(t, issuer)
		s.SetFault(irsatest.Fault{Redirect: "https://elsewhere.example/"})
		var got []string
		elsewhere := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got = append(got, r.Method+" "+string(body))
		})
		h := irsatest.Client(map[string]http.Handler{"sts.eu-west-1.amazonaws.com": s, "elsewhere.example": elsewhere})
		for _, status := range []int{0, http.StatusFound} {
			s.SetFault(irsatest.Fault{Redirect: "https://elsewhere.example/", Status: status})
			resp, err := h.Post("https://sts.eu-west-1.amazonaws.com/", "application/x-www-form-urlencoded", strings.NewReader("Action=x"))
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
		}
		assert.Equal(t, []string{"POST Action=x", "GET "}, got)
	})
}

func TestFaultsWithANumberComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := trusting(t, issuer)
		s.SetFault(irsatest.Fault{Latency: time.Second})
		s.SetFault(irsatest.Fault{Times: 2, Code: "Throttling"})
		s.SetFault(irsatest.Fault{Times: 1, Cut: irsatest.Connect})
		s.SetFault(irsatest.Fault{Times: 1, Untrusted: true})
		s.SetFault(irsatest.Fault{Times: 1, Code: "InternalFailure"})
		began := time.Now()
		var got []string
		for range 7 {
			_, err := client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(issuer.Token(apiPod)))
			switch {
			case err == nil:
				got = append(got, "ok")
			case errors.Is(err, syscall.ECONNREFUSED):
				got = append(got, "refused")
			case errors.As(err, new(*tls.CertificateVerificationError)):
				got = append(got, "untrusted")
			default:
				got = append(got, strings.Fields(err.Error()[strings.LastIndex(err.Error(), "api error ")+10:])[0])
			}
		}
		assert.Equal(t, []string{"Throttling:", "Throttling:", "refused", "untrusted", "InternalFailure:", "ok", "ok"}, got)
		assert.Equal(t, 2*time.Second, time.Since(began))
		requests := s.Requests()
		require.Len(t, requests, 5, "what is refused is never received")
		assert.Equal(t, "Throttling", requests[0].Code)
		assert.Empty(t, requests[4].Code)
	})
}

func TestWaitEndsWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := trusting(t, issuer)
		s.SetFault(irsatest.Fault{Hang: irsatest.Response})
		errs := make(chan error, 3)
		for range cap(errs) {
			go func() {
				_, err := client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(issuer.Token(apiPod)))
				errs <- err
			}()
		}
		synctest.Wait()
		assert.Len(t, s.Requests(), 3)
		assert.Empty(t, errs)
		s.Wait()
		for range cap(errs) {
			require.Error(t, <-errs)
		}
	})
}

func TestFaultsAreSwitchedWhileRequestsAreServed(t *testing.T) {
	s := trusting(t, issuer)
	server := httptest.NewServer(s)
	defer server.Close()
	c := sts.New(sts.Options{Region: "eu-west-1", BaseEndpoint: &server.URL, Retryer: aws.NopRetryer{}})
	token := issuer.Token(apiPod)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 25 {
				_, err := c.AssumeRoleWithWebIdentity(t.Context(), exchange(token))
				if err != nil {
					requireCode(t, err, "Throttling")
				}
			}
		})
	}
	for range 25 {
		s.SetFault(irsatest.Fault{Code: "Throttling"})
		s.SetFault(irsatest.Fault{Times: 1, Latency: time.Microsecond})
		_ = s.Requests()
		s.SetFault(irsatest.Fault{})
	}
	wg.Wait()
	s.Wait()
	assert.Len(t, s.Requests(), 100)
}
