package irsa_test

import (
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// behindProxy is set in the process that TestAProxySeesNoToken starts: Go reads HTTP_PROXY once in
// a process.
const behindProxy = "IRSA_TEST_BEHIND_PROXY"

func TestExchangeBehindAProxy(t *testing.T) {
	if os.Getenv(behindProxy) == "" {
		t.Skip("is a part of TestAProxySeesNoToken")
	}
	cfg, err := irsa.LoadConfig(t.Context())
	require.NoError(t, err)
	_, err = cfg.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
}

// A proxy forwards requests, and tunnels connections, to one address, and keeps what it saw.
type proxy struct {
	to string

	mu   sync.Mutex
	saw  strings.Builder
	done sync.WaitGroup // requests, and connections that are tunnelled
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	p.saw.WriteString(r.Method + " " + r.RequestURI + "\n" + string(body))
	p.done.Add(1) // before the test, which waits, looks at what was seen
	p.mu.Unlock()
	defer p.done.Done()
	if r.Method != http.MethodConnect {
		http.Error(w, "nothing is forwarded", http.StatusBadGateway)
		return
	}
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = server.Close()
		return
	}
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	for _, pair := range [][2]net.Conn{{client, server}, {server, client}} {
		p.done.Go(func() {
			_, _ = io.Copy(pair[0], pair[1])
			_ = pair[0].Close()
		})
	}
}

// The token is in the body of the request: whoever forwards that in plain text has it.
func TestAProxySeesNoToken(t *testing.T) {
	service := new(irsatest.STS)
	require.NoError(t, service.Trust(roleARN, podIssuer, subject))
	plain, secure := httptest.NewServer(service), httptest.NewTLSServer(service)
	defer plain.Close()
	defer secure.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	require.NoError(t, os.WriteFile(bundle, ca, 0o600))
	port := func(s *httptest.Server) string {
		_, port, err := net.SplitHostPort(s.Listener.Addr().String())
		require.NoError(t, err)
		return port
	}
	executable, err := os.Executable()
	require.NoError(t, err)
	for name, c := range map[string]struct {
		sts  string
		saw  string // by the proxy
		fail string
	}{
		"loopback passes by":                     {sts: plain.URL},
		"localhost passes by":                    {sts: "http://localhost:" + port(plain)},
		"localhost with a dot is proxied":        {sts: "http://localhost.:" + port(plain), fail: "the proxy 127.0.0.1:"},
		"a name below localhost is proxied":      {sts: "http://sts.localhost:" + port(plain), fail: "the proxy 127.0.0.1:"},
		"a name that looks like one is proxied":  {sts: "http://127.0.0.1.nip.example", fail: "the proxy 127.0.0.1:"},
		"a host in the cluster is proxied":       {sts: "http://minio.minio.svc:9000", fail: "the proxy 127.0.0.1:"},
		"over TLS it sees where a connection is": {sts: "https://example.com", saw: "CONNECT example.com:443\n"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &proxy{to: secure.Listener.Addr().String()}
			server := httptest.NewServer(p)
			defer p.done.Wait()
			defer server.Close()
			if u, err := url.Parse(c.sts); err == nil && u.Scheme == "http" {
				p.to = plain.Listener.Addr().String()
			}
			pod, err := irsatest.WritePod(t.TempDir(), irsatest.PodOptions{
				Issuer: podIssuer, RoleARN: roleARN, STS: c.sts, Claims: claimsFor(0),
			})
			require.NoError(t, err)
			cmd := exec.CommandContext(t.Context(), executable, "-test.run", "^TestExchangeBehindAProxy$")
			cmd.Dir = t.TempDir()
			cmd.Env = append(pod.Env(), behindProxy+"=1", "HTTP_PROXY="+server.URL, "HTTPS_PROXY="+server.URL,
				"HOME="+cmd.Dir, "AWS_CA_BUNDLE="+bundle, "GORACE=atexit_sleep_ms=0")
			out, err := cmd.CombinedOutput()
			assert.Equal(t, c.fail == "", err == nil, string(out))
			assert.Contains(t, string(out), c.fail)
			p.mu.Lock()
			defer p.mu.Unlock()
			assert.Equal(t, c.saw, p.saw.String())
		})
	}
}
