package diagnose

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// behind is the evidence of a pod whose probe went to STS through the proxy at this address.
func behind(t *testing.T, address string) *evidence {
	t.Helper()
	proxy := &url.URL{Scheme: "http", Host: address}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy)}
	defer transport.CloseIdleConnections()
	e := healthy(t)
	e.endpoint.Path = "/"
	e.cfg.HTTPClient = &http.Client{Transport: transport}
	e.probe = e.askSTS(t.Context())
	return e
}

// serve starts a server for the time of the test, and returns its address.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// tunnel is a proxy that connects every CONNECT request to this address, whatever host it names.
func tunnel(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		there, err := net.Dial("tcp", address)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer there.Close()
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer here.Close()
		_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
		var there2here sync.WaitGroup
		there2here.Go(func() { _, _ = io.Copy(here, there); here.Close() })
		_, _ = io.Copy(there, here)
		there.Close()
		there2here.Wait()
	}
}

func TestWhatAProxyDoesIsToldFromWhatIsBehindIt(t *testing.T) {
	interceptor := httptest.NewUnstartedServer(new(irsatest.STS))
	interceptor.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	interceptor.StartTLS()
	defer interceptor.Close()
	// A client's own port refuses connections, and nobody else gets it while it is connected.
	client, err := net.Dial("tcp", interceptor.Listener.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	const page = "<html>Blocked.</html>"

	for name, c := range map[string]struct {
		address            string
		check, detail, fix string
	}{
		"it is not there": {
			client.LocalAddr().String(), "sts connect", "can't connect to the proxy 127.0.0.1:",
			"see that the name and the port are right",
		},
		"its name has no address": {
			"proxy.invalid:3128", "sts resolve", "can't look up the proxy proxy.invalid:3128: ",
			"see that the name and the port are right",
		},
		"it refuses, with a page": {serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, page)
		}), "sts connect", "can't connect to the proxy 127.0.0.1:", "let it allow CONNECT to " +
			"sts.eu-west-1.amazonaws.com"},
		"it answers all with a page": {serve(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, page)
		}),
			"sts tls", "can't agree on TLS with " +
				"sts.eu-west-1.amazonaws.com: ", "let it allow CONNECT to sts.eu-west-1.amazonaws.com"},
		"it opens TLS": {serve(t, tunnel(interceptor.Listener.Addr().String())),
			"sts tls", "can't agree on TLS with sts.eu-west-1.amazonaws.com: tls: failed to verify " +
				"certificate", "AWS_CA_BUNDLE="},
	} {
		t.Run(name, func(t *testing.T) {
			e := behind(t, c.address)
			assert.Equal(t, Warn, e.proxies().Result)
			for _, check := range e.network() {
				if check.Result == Fail {
					assert.Equal(t, c.check, check.Name)
					assert.Contains(t, check.Detail, c.detail)
					assert.Contains(t, check.Fix, c.fix)
					return
				}
			}
			assert.Fail(t, "nothing failed")
		})
	}
}

func TestAProxyWithTLSOfItsOwnIsToldFromWhatIsBehindIt(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	defer server.Close()
	proxy := &url.URL{Scheme: "https", Host: server.Listener.Addr().String()}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy)}
	defer transport.CloseIdleConnections()
	e := healthy(t)
	e.cfg.HTTPClient = &http.Client{Transport: transport}
	e.probe = e.askSTS(t.Context())
	assert.Contains(t, e.network()[2].Detail, "can't agree on TLS with the proxy "+proxy.Host+": ")
}

func TestTheAddressesOfAProxyAreItsOwn(t *testing.T) {
	e := healthy(t)
	e.probe = &probe{
		endpoint: e.endpoint, proxy: &url.URL{Host: "proxy:3128"},
		seen: stsclient.Seen{Phase: stsclient.Answered}, known: true,
	}
	assert.Equal(t, "left to the proxy", e.network()[0].Detail)
	e.probe.seen.Addresses = []netip.Addr{netip.MustParseAddr("10.0.7.9")}
	assert.Equal(t, "the proxy: 10.0.7.9 (private)", e.network()[0].Detail)
	e.probe.proxy = nil
	assert.Equal(t, "10.0.7.9 (private)", e.network()[0].Detail)
}

func TestAProxyThatIsNoURLIsNotPassedOverInSilence(t *testing.T) {
	for value, want := range map[string]Result{
		"http://proxy.example.com:3128":                 OK,
		"proxy.example.com:3128":                        OK,
		"http://me:hidden@proxy.example.com":            OK,
		"http://me:hid%zen@proxy.example.com:3128":      Warn, // no escape
		"http://me:hid#den@proxy.example.com:3128":      Warn, // the host ends at the #
		"http://me:hidden@proxy.example.com:portnumber": Warn,
	} {
		e := healthy(t)
		t.Setenv("HTTPS_PROXY", value)
		c := e.proxies()
		assert.Equal(t, want, c.Result, "%s: %s", value, c.Detail)
		if taken, err := url.Parse("http://" + value); err == nil { // as net/http does
			assert.NotContains(t, redacted(taken), "hid")
		}
		assert.Equal(t, want == Warn, c.Fix != "", value)
		assert.NotContains(t, c.Detail+c.Fix, "hid")
		assert.NotContains(t, c.Detail+c.Fix, "proxy.example.com")
	}
}

func TestAProxyIsNamedWithoutItsPassword(t *testing.T) {
	proxy := &url.URL{Scheme: "http", Host: "proxy.example.com:3128", User: url.UserPassword("me", "hidden")}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy)}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://sts.eu-west-1.amazonaws.com/", nil)
	require.NoError(t, err)
	e := &evidence{
		endpoint: req.URL,
		probe: &probe{
			endpoint: req.URL, proxy: stsclient.ProxyOf(client, req),
			seen: stsclient.Seen{Phase: stsclient.Connecting},
		},
	}
	c := e.proxies()
	assert.Equal(t, Warn, c.Result)
	assert.Contains(
		t, c.Detail,
		"sts.eu-west-1.amazonaws.com is reached through http://me:xxxxx@proxy.example.com:3128",
	)
	assert.NotContains(t, c.Detail+c.Fix, "hidden")
	assert.Contains(t, c.Fix, "NO_PROXY=sts.eu-west-1.amazonaws.com")
}
