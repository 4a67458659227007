package diagnose

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

const role = "arn:aws:iam::111122223333:role/reader"

// inPod makes the test run in a pod in which everything is well.
func inPod(t *testing.T) (*irsatest.STS, *irsatest.Pod) {
	t.Helper()
	issuer := irsatest.NewIssuer(eksIssuer)
	sts := new(irsatest.STS)
	require.NoError(t, sts.Trust(role, issuer, "system:serviceaccount:payments:api"))
	pod := irsatest.NewPod(t, irsatest.PodOptions{
		Issuer: issuer, RoleARN: role,
		Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"},
	})
	t.Setenv("KUBERNETES_SERVICE_HOST", "10.100.0.1")
	return sts, pod
}

// clientOf returns a client for which the regional STS is another handler.
func clientOf(handler http.HandlerFunc) *http.Client {
	return irsatest.Client(map[string]http.Handler{"sts.eu-west-1.amazonaws.com": handler})
}

// result returns the result of the check with this name; -1 without one.
func (r *Report) result(name string) Result {
	for _, c := range r.Checks {
		if c.Name == name {
			return c.Result
		}
	}
	return -1
}

func TestARunEndsWithinHalfAMinuteWhateverHangs(t *testing.T) {
	for name, c := range map[string]struct {
		hangs  func(sts *irsatest.STS) http.Handler
		failed []string
	}{
		"every request": {func(sts *irsatest.STS) http.Handler {
			sts.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Response)})
			return sts
		}, []string{"sts answer", "exchange"}},
		"the connection": {func(sts *irsatest.STS) http.Handler {
			sts.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Connect)})
			return sts
		}, []string{"sts connect", "exchange"}},
		"the resolver": {func(sts *irsatest.STS) http.Handler {
			sts.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Resolve)})
			return sts
		}, []string{"sts resolve", "exchange"}},
		"all but the exchange, which takes its time": {func(sts *irsatest.STS) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost && r.Header.Get("Authorization") == "" {
					time.Sleep(6 * time.Second)
					sts.ServeHTTP(w, r)
					return
				}
				_, _ = io.Copy(io.Discard, r.Body) // only then does a server see the client go
				<-r.Context().Done()
				panic(http.ErrAbortHandler) // to return would be an answer, which may come before the client is gone
			})
		}, []string{"sts answer"}},
	} {
		t.Run(name, func(t *testing.T) {
			sts, pod := inPod(t)
			synctest.Test(t, func(t *testing.T) {
				require.NoError(t, pod.Rotate(), "to a token of the bubble's time")
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), runTime)
				defer cancel()
				client := irsatest.Client(map[string]http.Handler{"sts.eu-west-1.amazonaws.com": c.hangs(sts)})
				report := gather(ctx, Options{}, config.WithHTTPClient(client)).run(ctx)
				assert.LessOrEqual(t, time.Since(began), runTime)
				var failed []string
				for _, check := range report.Checks {
					if check.Result == Fail {
						failed = append(failed, check.Name)
					}
				}
				assert.Equal(t, c.failed, failed, report)
				sts.ClearFaults()
				client.CloseIdleConnections()
				sts.Wait()
			})
		})
	}
}

func TestARunWhoseContextEndsSaysWhatItHas(t *testing.T) {
	sts, pod := inPod(t)
	synctest.Test(t, func(t *testing.T) {
		require.NoError(t, pod.Rotate(), "to a token of the bubble's time")
		sts.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Response)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		client := sts.Client()
		report := gather(ctx, Options{}, config.WithHTTPClient(client)).run(ctx)
		assert.Equal(t, time.Second, time.Since(began))
		assert.Equal(t, OK, report.result("injected"))
		assert.Contains(t, report.check(t, "sts answer").Detail, "no answer within 1s")
		assert.Equal(t, Fail, report.result("sts answer"))
		assert.Equal(t, Fail, report.result("exchange"))
		sts.ClearFaults()
		time.Sleep(time.Minute) // the exchange goes on without the caller who left
		client.CloseIdleConnections()
		sts.Wait()
	})
}

func TestTheEndpointIsFoundOutWithoutARequestAndWithoutDelay(t *testing.T) {
	sts, pod := inPod(t)
	synctest.Test(t, func(t *testing.T) {
		require.NoError(t, pod.Rotate(), "to a token of the bubble's time")
		began := time.Now()
		e := gather(t.Context(), Options{}, config.WithHTTPClient(sts.Client()))
		assert.Equal(t, "https://sts.eu-west-1.amazonaws.com/", e.endpoint.String())
		assert.Zero(t, time.Since(began), "nothing was tried again")
		assert.Empty(t, sts.Requests())
	})
}

func TestNothingIsAskedOffline(t *testing.T) {
	sts, _ := inPod(t)
	ctx := t.Context()
	report := gather(ctx, Options{Offline: true}, config.WithHTTPClient(sts.Client())).run(ctx)
	require.NoError(t, report.Err())
	assert.Equal(t, Skipped, report.result("exchange"))
	for _, name := range []string{"sts resolve", "sts connect", "sts tls", "sts answer", "exchange", "identity"} {
		assert.Equal(t, Check{Name: name, Result: Skipped, Detail: "offline"}, report.check(t, name))
	}
	assert.Empty(t, sts.Requests())
	report = gather(ctx, Options{}, config.WithHTTPClient(sts.Client())).run(ctx)
	require.NoError(t, report.Err())
	assert.Equal(t, OK, report.result("identity"))
	assert.NotEmpty(t, sts.Requests(), "the other way, it does ask")
}

// The SDK asks the node's metadata where the mode is to be found by itself.
func TestOfflineTheNodeIsNotAskedEither(t *testing.T) {
	_, _ = inPod(t)
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusNotFound)
	}))
	defer server.Close()
	for name, value := range map[string]string{
		"AWS_DEFAULTS_MODE": "auto", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.URL,
		"AWS_EC2_METADATA_DISABLED": "", "AWS_REGION": "",
	} {
		t.Setenv(name, value)
	}
	report := Run(t.Context(), Options{Offline: true})
	require.NoError(t, report.Err())
	assert.Zero(t, asked.Load())
	_, err := irsa.LoadConfig(t.Context(), config.WithLogger(logging.Nop{}))
	require.NoError(t, err)
	assert.NotZero(t, asked.Load(), "the other way, the SDK does ask")
}

func TestATrustPolicyThatIsEmptyIsNoneThatWasNotGiven(t *testing.T) {
	inPod(t)
	c := Run(t.Context(), Options{Offline: true, TrustPolicy: []byte{}}).check(t, "trust policy")
	assert.Equal(t, Fail, c.Result)
	assert.Contains(t, c.Fix, "\n    aws iam get-role --role-name reader --query Role.AssumeRolePolicyDocument")
	assert.Equal(t, Skipped, Run(t.Context(), Options{Offline: true}).result("trust policy"))
}
