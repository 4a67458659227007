package memnet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/memnet"
)

// network returns a client of a network that has one host.
func network(host string, fault memnet.Fault, h http.HandlerFunc) *http.Client {
	n := new(memnet.Network)
	n.Handle(host, memnet.Host{Handler: h, Fault: func() memnet.Fault { return fault }})
	return &http.Client{Transport: n.Transport()}
}

// echo answers with the request's body.
func echo(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(w, r.Body)
}

// get returns the body of the response.
func get(ctx context.Context, c *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func TestAnExchangeLeavesNothingBehindInABubble(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run("a body of 3 MB comes back over "+scheme, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := network("echo.example", memnet.None, echo)
				sent := bytes.Repeat([]byte("0123456789ab"), 1<<18)
				resp, err := client.Post(scheme+"://echo.example/", "", bytes.NewReader(sent))
				require.NoError(t, err)
				got, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				assert.True(t, bytes.Equal(sent, got))
			})
		})
	}
	t.Run("a day of slow answers passes at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client := network("", memnet.None, func(w http.ResponseWriter, _ *http.Request) {
				time.Sleep(time.Hour)
				_, _ = io.WriteString(w, "late")
			})
			began := time.Now()
			for range 24 {
				body, err := get(t.Context(), client, "https://any.example")
				require.NoError(t, err)
				assert.Equal(t, "late", body)
			}
			assert.Equal(t, 24*time.Hour, time.Since(began))
		})
	})
	t.Run("an answer that the client gives up ends its handler's context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client := network("", memnet.None, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := get(ctx, client, "https://any.example")
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
	})
	t.Run("an answer cut in the middle is an unexpected EOF", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client := network("", memnet.None, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "10")
				_, _ = io.WriteString(w, "half")
				require.NoError(t, http.NewResponseController(w).Flush())
				panic(http.ErrAbortHandler)
			})
			body, err := get(t.Context(), client, "https://any.example")
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			assert.Equal(t, "half", body)
		})
	})
}

func TestHostsAreFoundByName(t *testing.T) {
	var n memnet.Network
	for _, host := range []string{"a.example", "*.b.example", "*.c.b.example"} {
		n.Handle(host, memnet.Host{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, host)
		})})
	}
	client := &http.Client{Transport: n.Transport()}
	for url, want := range map[string]string{
		"http://a.example": "a.example", "http://A.Example:8080": "a.example", "https://x.b.example": "*.b.example",
		"https://x.y.b.example": "*.b.example", "https://x.c.b.example": "*.c.b.example",
		"https://a.example./": "a.example",
	} {
		body, err := get(t.Context(), client, url)
		require.NoError(t, err, url)
		assert.Equal(t, want, body, url)
	}
	for _, url := range []string{"http://b.example", "http://xa.example", "https://example"} {
		_, err := get(t.Context(), client, url)
		var dns *net.DNSError
		require.ErrorAs(t, err, &dns, url)
		assert.True(t, dns.IsNotFound)
	}
	_, err := get(t.Context(), client, "http://127.0.0.1:1")
	require.ErrorIs(t, err, syscall.ECONNREFUSED, "an address that no host has")
	n.Handle("127.0.0.1", memnet.Host{Handler: http.HandlerFunc(echo)})
	_, err = get(t.Context(), client, "https://127.0.0.1:8443")
	require.NoError(t, err, "an address over TLS")
	_, err = n.DialContext(t.Context(), "tcp", "no port")
	require.Error(t, err)
}

func TestAFaultEndsADialAsTheNetworkWould(t *testing.T) {
	dial := func(t *testing.T, fault memnet.Fault) (string, time.Duration, error) {
		var mu sync.Mutex // hooks run in the Transport's goroutines, after its request ended too
		var phases []string
		note := func(phase string, err error) {
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				phase = "failed"
			}
			phases = append(phases, phase)
		}
		trace := &httptrace.ClientTrace{
			DNSStart:          func(httptrace.DNSStartInfo) { note("resolve", nil) },
			DNSDone:           func(i httptrace.DNSDoneInfo) { note("resolved", i.Err) },
			ConnectStart:      func(string, string) { note("connect", nil) },
			ConnectDone:       func(_, _ string, err error) { note("connected", err) },
			TLSHandshakeStart: func() { note("tls", nil) },
		}
		ctx, cancel := context.WithTimeout(httptrace.WithClientTrace(t.Context(), trace), 7*time.Second)
		defer cancel()
		began := time.Now()
		_, err := get(ctx, network("", fault, echo), "https://any.example")
		took := time.Since(began)
		synctest.Wait() // the dial ends with its request
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(phases, " "), took, err
	}
	for _, tc := range []struct {
		name   string
		fault  memnet.Fault
		phases string
		took   time.Duration
		check  func(*testing.T, error)
	}{
		{"no fault", memnet.None, "resolve resolved connect connected tls", 0, func(t *testing.T, err error) {
			require.NoError(t, err)
		}},
		{"a name that does not resolve", memnet.NoSuchHost, "resolve failed", 0, func(t *testing.T, err error) {
			var dns *net.DNSError
			require.ErrorAs(t, err, &dns)
			assert.True(t, dns.IsNotFound)
			assert.Equal(t, "any.example", dns.Name)
		}},
		{"a resolver that hangs", memnet.ResolveHangs, "resolve failed", 7 * time.Second, timesOut},
		{"a connection refused", memnet.Refused, "resolve resolved connect failed", 0, func(t *testing.T, err error) {
			require.ErrorIs(t, err, syscall.ECONNREFUSED)
		}},
		{"a connection never accepted", memnet.ConnectHangs, "resolve resolved connect failed", 7 * time.Second,
			timesOut},
		{"a connection reset", memnet.Reset, "resolve resolved connect connected tls", 0,
			func(t *testing.T, err error) {
				require.ErrorIs(t, err, syscall.ECONNRESET)
			}},
		{"a silent connection", memnet.Silent, "resolve resolved connect connected tls", 7 * time.Second, timesOut},
		{
			"an unknown authority", memnet.Untrusted, "resolve resolved connect connected tls", 0,
			func(t *testing.T, err error) { assert.ErrorContains(t, err, "certificate") },
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				phases, took, err := dial(t, tc.fault)
				tc.check(t, err)
				assert.Equal(t, tc.phases, phases)
				assert.Equal(t, tc.took, took)
			})
		})
	}
	t.Run("a dial that hangs ends by itself after 30 s", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			_, err := get(t.Context(), network("", memnet.ConnectHangs, echo), "http://any.example")
			var timeout net.Error
			require.ErrorAs(t, err, &timeout)
			assert.True(t, timeout.Timeout())
			assert.Equal(t, 30*time.Second, time.Since(began))
		})
	})
}

// timesOut requires that err is a timeout, as net/http's callers find it.
func timesOut(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	var timeout net.Error
	require.True(t, errors.As(err, &timeout) && timeout.Timeout(), "%v", err)
}
