package diagnose

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// What the network does to a probe can't be seen in a report of a pod with a sound network, so
// these go below Run, to the probe and the checks that are made of it.
func TestEachWayToFailBeforeSTSAnswersIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		fault         irsatest.Fault
		check, detail string
		fix           string
	}{
		"a resolver that hangs": {irsatest.Fault{Do: irsatest.Stall(irsatest.Resolve)}, "sts resolve",
			"can't look up sts.eu-west-1.amazonaws.com: no answer within " +
				"10s", "the interface endpoint com.amazonaws.eu-west-1.sts"},
		"a name without an address": {irsatest.Fault{Do: irsatest.Cut(irsatest.Resolve)}, "sts resolve",
			"can't look up sts.eu-west-1.amazonaws.com: ", "CoreDNS"},
		"an address that swallows everything": {irsatest.Fault{Do: irsatest.Stall(irsatest.Connect)}, "sts connect",
			"can't connect to sts.eu-west-1.amazonaws.com: no answer within 10s", "port 443"},
		"a port that is closed": {irsatest.Fault{Do: irsatest.Cut(irsatest.Connect)}, "sts connect",
			"can't connect to sts.eu-west-1.amazonaws.com: ", "port 443"},
		"a handshake that hangs": {irsatest.Fault{Do: irsatest.Stall(irsatest.TLS)}, "sts tls",
			"can't agree on TLS with sts.eu-west-1.amazonaws.com: no answer within 10s", "breaks TLS"},
		"an interceptor's certificate": {irsatest.Fault{Do: irsatest.Untrusted()}, "sts tls",
			"can't agree on TLS with sts.eu-west-1.amazonaws.com: tls: failed to verify certificate", "AWS_CA_BUNDLE="},
		"an answer that never comes": {irsatest.Fault{Do: irsatest.Stall(irsatest.Response)}, "sts answer",
			"can't get an answer from sts.eu-west-1.amazonaws.com: no answer within " +
				"10s", "Let sts.eu-west-1.amazonaws.com pass"},
		"a proxy's page": {irsatest.Fault{Do: irsatest.Reply(200, "text/html", "<html>log in</html>")}, "sts answer",
			"status 200, not from STS: something else answers in its " +
				"place", "Let sts.eu-west-1.amazonaws.com pass"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sts irsatest.STS
				sts.Inject(c.fault)
				e := probed(t, &sts)
				sts.ClearFaults()

				var failed []Check
				for _, check := range e.network() {
					switch {
					case check.Result == Fail:
						failed = append(failed, check)
					case len(failed) == 0:
						assert.Equal(t, OK, check.Result, "%+v comes before the failure", check)
					default:
						assert.Equal(t, Skipped, check.Result, "%+v comes after the failure", check)
					}
				}
				require.Len(t, failed, 1)
				assert.Equal(t, c.check, failed[0].Name)
				assert.Contains(t, failed[0].Detail, c.detail)
				assert.Contains(t, failed[0].Fix, c.fix)
			})
		})
	}
}

// probed is the evidence of a pod whose probe went to an STS in memory.
func probed(t *testing.T, sts *irsatest.STS) *evidence {
	t.Helper()
	client := irsatest.Client(map[string]http.Handler{"sts.eu-west-1.amazonaws.com": sts})
	defer client.CloseIdleConnections()
	e := &evidence{endpoint: &url.URL{Scheme: "https", Host: "sts.eu-west-1.amazonaws.com", Path: "/"}}
	e.cfg.Region = "eu-west-1"
	e.cfg.HTTPClient = client
	e.probe = e.askSTS(t.Context())
	sts.Wait()
	return e
}

func TestAnSTSIsKnownByItsHeaderOrItsErrors(t *testing.T) {
	for name, c := range map[string]struct {
		header, body string
		want         Result
	}{
		"its header":       {"X-Amzn-Requestid", "", OK},
		"its errors":       {"X-Other", `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`, OK},
		"another's header": {"X-Amz-Request-Id", "", Fail},
		"another's errors": {"X-Other", "<Error><Code>AccessDenied</Code></Error>", Fail},
		"no XML at all":    {"X-Other", "forbidden", Fail},
	} {
		t.Run(name, func(t *testing.T) {
			client := clientOf(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set(c.header, "x")
				w.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(w, c.body)
			})
			defer client.CloseIdleConnections()
			e := healthy(t)
			e.cfg.HTTPClient = client
			e.probe = e.askSTS(t.Context())
			checks := e.network()
			assert.Equal(t, c.want, checks[3].Result)
			assert.Contains(t, checks[3].Detail, "status 403, ")
			assert.Equal(t, "192.0.2.1 (public)", checks[0].Detail)
			assert.Equal(t, "connected", checks[1].Detail)
			assert.Equal(t, "the certificate is trusted", checks[2].Detail)
		})
	}
}

// A server that sees its client go may still answer, and the client's trace sees the first byte of it.
func TestAnAnswerThatBeginsTooLateIsNone(t *testing.T) {
	e := healthy(t)
	e.probe = &probe{endpoint: e.endpoint, err: context.DeadlineExceeded, seen: stsclient.Seen{Phase: stsclient.Answered}}
	checks := e.network()
	assert.Equal(t, OK, checks[2].Result)
	assert.Equal(t, Fail, checks[3].Result)
	assert.Contains(t, checks[3].Detail, "can't get an answer from")
}
