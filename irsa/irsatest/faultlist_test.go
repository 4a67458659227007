package irsatest_test

import (
	"crypto/tls"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestFaultsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := trusting(t, issuer)
		s.Inject(irsatest.Fault{Do: irsatest.Delay(time.Second)})
		s.Inject(irsatest.Fault{Times: 2, Do: irsatest.Error("Throttling", "")})
		// Two requests on, by connections: the third is refused and the fourth is not trusted.
		s.Inject(irsatest.Fault{Skip: 2, Times: 1, Do: irsatest.Cut(irsatest.Connect)})
		s.Inject(irsatest.Fault{Skip: 3, Times: 1, Do: irsatest.Untrusted()})
		// The third request that is received.
		s.Inject(irsatest.Fault{Skip: 2, Times: 1, Do: irsatest.Error("InternalFailure", "")})
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
		assert.Equal(t, []string{"Throttling:", "Throttling:", "refused", "untrusted", "InternalFailure:", "ok",
			"ok"}, got)
		assert.Equal(t, 5*time.Second, time.Since(began), "faults that meet happen together")
		requests := s.Requests()
		require.Len(t, requests, 5, "what is refused is never received")
		assert.Equal(t, "Throttling", requests[0].Code)
		assert.Empty(t, requests[4].Code)
		s.ForgetRequests()
		assert.Empty(t, s.Requests())
	})
}

func TestWaitEndsWhatStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := trusting(t, issuer)
		s.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Response)})
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
		remove := s.Inject(irsatest.Fault{Do: irsatest.Error("Throttling", "")})
		s.Inject(irsatest.Fault{Times: 1, Do: irsatest.Delay(time.Microsecond)})
		_ = s.Requests()
		remove()
		s.ClearFaults()
	}
	wg.Wait()
	s.Wait()
	assert.Len(t, s.Requests(), 100)
}
