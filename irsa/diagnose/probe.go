package diagnose

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// probeTime limits the probe. The exchange, which runs at the same time, has its own limit of 20
// seconds.
const probeTime = 10 * time.Second

// A probe is a request without credentials to what gives them: STS, or the container's endpoint.
// That it is refused shows that the way is open, and the Date of STS's answer is STS's clock. The
// exchange alone would not show the steps, since its error has only the one that failed.
type probe struct {
	endpoint *url.URL
	proxy    *url.URL // nil: none
	seen     stsclient.Seen
	err      error // why there was no answer; nil where there was one
	sent     time.Time
	received time.Time // when the answer's header, or err, came
	date     time.Time // STS's clock; zero where the answer has none
	status   int
	known    bool // whether what answered looks like what was asked
}

// askSTS makes the probe of STS with the config's own HTTP client, so that the probe uses the same
// proxy, dialer and certificates as the exchange.
func (e *evidence) askSTS(ctx context.Context) *probe {
	client := e.cfg.HTTPClient
	if client == nil {
		client = awshttp.NewBuildableClient() // the default of the SDK's service clients
	}
	u := *e.endpoint
	u.RawQuery = "Action=GetCallerIdentity&Version=2011-06-15"
	return ask(ctx, client, e.endpoint, u.String(), stsclient.LooksLikeSTS)
}

// askAgent makes the probe of the container's endpoint. What it answers is not looked at further:
// one that wants no token gives out credentials.
func (e *evidence) askAgent(ctx context.Context) *probe {
	at := e.agent.URL()
	return ask(ctx, e.agent.HTTP(), at, at.String(), e.agent.Knows)
}

func ask(
	ctx context.Context, client aws.HTTPClient, endpoint *url.URL, at string, knows func(*http.Response) bool,
) *probe {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	p := &probe{endpoint: endpoint, sent: time.Now()}
	var trace stsclient.Trace
	defer func() { p.seen = trace.Seen() }()
	req, err := http.NewRequestWithContext(trace.Context(ctx), http.MethodGet, at, nil)
	if err != nil {
		p.err = err
		return p
	}
	p.proxy = stsclient.ProxyOf(client, req)
	resp, err := client.Do(req)
	p.received = time.Now()
	if err != nil {
		p.err = cause(err)
		return p
	}
	defer func() { _ = resp.Body.Close() }() // what is needed of it has been read
	trace.Answer()                           // a client that isn't net/http's has no trace of its own
	p.status = resp.StatusCode
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		p.date = date
	}
	p.known = knows(resp)
	return p
}

// cause removes the [url.Error] that net/http puts around a failure: the report has its method and
// URL already.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// reached returns the step at which the probe ended. A request that failed before any step counts
// as one that failed at the first, and one whose answer began as it was given up as one without.
func (p *probe) reached() stsclient.Phase {
	at := max(p.seen.Phase, stsclient.Resolving)
	if p.err != nil {
		return min(at, stsclient.Waiting)
	}
	return at
}

// atProxy reports whether the probe got no further than the proxy. A failed TLS handshake with a
// proxy (https://…) is told from one with STS by net/http's name for the operation, "proxyconnect".
func (p *probe) atProxy() bool {
	var op *net.OpError
	return p.proxy != nil && (p.seen.Phase < stsclient.Handshaking || errors.As(p.err, &op) && op.Op == "proxyconnect")
}
