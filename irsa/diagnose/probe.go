package diagnose

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// probeTime bounds the probe. The exchange beside it has its own, longer bound.
const probeTime = 10 * time.Second

// A probe is an unsigned request to STS that carries nothing: STS refuses it, and
// that it does shows the way there is open. Its Date shows the clocks' difference.
type probe struct {
	endpoint *url.URL
	proxy    *url.URL // nil: none
	seen     stsclient.Seen
	err      error // why it went no further; nil when answered
	sent     time.Time
	received time.Time // the answer's head, or err
	date     time.Time // STS's clock; zero where the answer has none
	status   int
	sts      bool // whether what answered looks like STS
}

// ask makes the probe with the config's own HTTP client, so that it takes the
// same proxy, dialer and certificates as the exchange.
func ask(ctx context.Context, client aws.HTTPClient, endpoint *url.URL) *probe {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	p := &probe{endpoint: endpoint, sent: time.Now()}
	u := *endpoint
	u.RawQuery = "Action=GetCallerIdentity&Version=2011-06-15"
	var trace stsclient.Trace
	defer func() { p.seen = trace.Seen() }()
	req, err := http.NewRequestWithContext(trace.Context(ctx), http.MethodGet, u.String(), nil)
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
	trace.Answer()                           // also where the client is none of net/http's
	p.status = resp.StatusCode
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		p.date = date
	}
	p.sts = stsclient.LooksLikeSTS(resp)
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

// reached is the phase in which the probe ended. A request that failed before a connection was looked
// for counts as one whose host was.
func (p *probe) reached() stsclient.Phase { return max(p.seen.Phase, stsclient.Resolving) }

// atProxy reports whether it went no further than to the proxy. The TLS of a proxy
// that speaks it is told by the name that net/http gives the operation.
func (p *probe) atProxy() bool {
	var op *net.OpError
	return p.proxy != nil && (p.seen.Phase < stsclient.Handshaking || errors.As(p.err, &op) && op.Op == "proxyconnect")
}
