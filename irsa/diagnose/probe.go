package diagnose

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// probeTime bounds the probe. The exchange beside it has its own, longer bound.
const probeTime = 10 * time.Second

// A probe is an unsigned request to STS that carries nothing: STS refuses it, and
// that it does shows the way there is open. Its Date shows the clocks' difference.
type probe struct {
	endpoint  *url.URL
	proxy     *url.URL // nil: none
	phase     phase    // the last one begun
	connected bool     // to STS, or to the proxy
	addresses []netip.Addr
	err       error // why it went no further; nil when answered
	sent      time.Time
	received  time.Time // the answer's head, or err
	date      time.Time // STS's clock; zero where the answer has none
	status    int
	sts       bool // whether what answered looks like STS
}

// ask makes the probe with the config's own HTTP client, so that it takes the
// same proxy, dialer and certificates as the exchange.
func ask(ctx context.Context, client aws.HTTPClient, endpoint *url.URL) *probe {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	p := &probe{endpoint: endpoint, sent: time.Now()}
	u := *endpoint
	u.RawQuery = "Action=GetCallerIdentity&Version=2011-06-15"
	var on track
	defer on.tell(p)
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, on.trace()), http.MethodGet, u.String(), nil)
	if err != nil {
		p.err = err
		return p
	}
	p.proxy = proxyOf(client, req)
	resp, err := client.Do(req)
	p.received = time.Now()
	if err != nil {
		p.err = cause(err)
		return p
	}
	defer func() { _ = resp.Body.Close() }() // nothing is read past the limit below
	on.reach(answered)                       // also where the client is none of net/http's
	p.status = resp.StatusCode
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		p.date = date
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	// STS's own, and those of services that speak its protocol.
	p.sts = resp.Header.Get("X-Amzn-Requestid") != "" || err == nil && bytes.Contains(body, []byte("<ErrorResponse"))
	return p
}

// proxyOf returns the proxy that a request of this client takes, where the client
// is one of those whose transport can be seen.
func proxyOf(client aws.HTTPClient, req *http.Request) *url.URL {
	var transport *http.Transport
	switch c := client.(type) {
	case interface{ GetTransport() *http.Transport }:
		transport = c.GetTransport()
	case *http.Client:
		transport, _ = c.Transport.(*http.Transport)
	}
	if transport == nil || transport.Proxy == nil {
		return nil
	}
	proxy, err := transport.Proxy(req)
	if err != nil {
		return nil
	}
	return proxy
}

// cause strips what net/http puts around a failure: its method and URL are said
// elsewhere in the report.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// untrusted reports whether err means that the server's certificate was refused.
func untrusted(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate)
}

// outOfTime reports whether that is because of the certificate's times.
func outOfTime(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}

// atProxy reports whether it went no further than to the proxy. The TLS of a proxy
// that speaks it is told by the name that net/http gives the operation.
func (p *probe) atProxy() bool {
	var op *net.OpError
	return p.proxy != nil && (p.phase < handshaking || errors.As(p.err, &op) && op.Op == "proxyconnect")
}

// timedOut reports whether err means that nothing came within the time.
func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
