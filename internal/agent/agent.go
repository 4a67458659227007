// Package agent asks for a container's credentials: the EKS Pod Identity agent on the node, ECS's
// endpoint, or a sidecar. It makes one request, and says what a failure of it means; it knows
// nothing of how credentials are kept.
//
// The token goes to this machine's own addresses alone, or over https to where it was not EKS that
// issued it: never through a proxy, and never along a redirect. That is what the SDK does not see
// to: it gives the token in plain text to the proxy that HTTP_PROXY names (aws-sdk-go-v2/config,
// resolve_credentials.go).
package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

// Bounds of a request. The agent asks EKS Auth, which takes up to nine seconds with its retries,
// and a client that leaves cancels that: a shorter time never succeeds (aws/eks-pod-identity-agent,
// internal/cloud/eksauth). Whether the agent is there at all shows at once.
const (
	ConnectTimeout = 2 * time.Second
	AnswerTimeout  = 10 * time.Second
)

// The addresses of this machine at which containers' credentials are: ECS's, and the EKS Pod
// Identity agent's.
var (
	ecsAddress = netip.MustParseAddr("169.254.170.2")
	eksIPv4    = netip.MustParseAddr("169.254.170.23")
	eksIPv6    = netip.MustParseAddr("fd00:ec2::23")
)

// A Client asks one endpoint. It is safe for concurrent use.
type Client struct {
	endpoint *url.URL
	http     aws.HTTPClient
	guarded  bool // http is this package's own, which looks at the address that it dials
}

// New returns the client of an endpoint. A client of the caller's own is asked as it is: what that
// does is the caller's affair; nil: one that goes nowhere but to the endpoint.
func New(endpoint string, client aws.HTTPClient) (*Client, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return nil, errors.New("the endpoint for container credentials is not a URL with a host")
	}
	c := &Client{endpoint: u, http: client}
	if client == nil {
		c.http, c.guarded = ownClient(u.Scheme), true
	}
	return c, nil
}

// URL is the endpoint's.
func (c *Client) URL() *url.URL { return c.endpoint }

// HTTP is what requests are made with.
func (c *Client) HTTP() aws.HTTPClient { return c.http }

// Host is the endpoint's, with its port.
func (c *Client) Host() string { return c.endpoint.Host }

// IsEKS reports whether the endpoint is the EKS Pod Identity agent's.
func (c *Client) IsEKS() bool {
	ip, err := netip.ParseAddr(c.endpoint.Hostname())
	return err == nil && (ip == eksIPv4 || ip == eksIPv6)
}

// IsLocal reports whether the endpoint is on this machine: plain http goes nowhere else.
func (c *Client) IsLocal() bool { return c.endpoint.Scheme == "http" }

// MayHave returns why a token must not go to the endpoint, or nil where it may.
func (c *Client) MayHave(issuedByEKS bool) error {
	if c.endpoint.Scheme != "http" && issuedByEKS {
		return fmt.Errorf("%w: eks issued it for the agent of this node, and %s is none", stsclient.ErrWithheld,
			c.endpoint.Host)
	}
	return nil
}

// ownClient returns a client without a proxy, whose plain connections go to this machine's own
// addresses alone: names are looked up anew for each connection, and may have moved.
func ownClient(scheme string) *http.Client {
	dialer := &net.Dialer{Timeout: ConnectTimeout}
	if scheme == "http" {
		dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !isLocal(at.Addr()) {
				return fmt.Errorf("%w: %s is not this machine's", stsclient.ErrWithheld, address)
			}
			return nil
		}
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, MaxIdleConns: 1, IdleConnTimeout: time.Second,
			TLSHandshakeTimeout: 5 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func isLocal(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsLoopback() || ip == ecsAddress || ip == eksIPv4 || ip == eksIPv6
}

// A Session is the credentials that were given.
type Session struct {
	Credentials aws.Credentials // with CanExpire false where there is no Expiration
	Date        time.Time       // of the answer; zero where it didn't say
	Sent        time.Time
}

// An Attempt is one request. It serves for one, and may be looked at meanwhile.
type Attempt struct{ trace stsclient.Trace }

// Seen returns how far the request has come.
func (a *Attempt) Seen() stsclient.Seen { return a.trace.Seen() }

// Get asks for credentials with a token; "" sends none. It returns a Failure or a Session.
func (a *Attempt) Get(ctx context.Context, c *Client, token string) (Session, *stsclient.Failure) {
	ctx, cancel := context.WithTimeout(ctx, ConnectTimeout+AnswerTimeout)
	defer cancel()
	sent := time.Now()
	answer, err := a.ask(ctx, c, token)
	var session Session
	if err == nil {
		session, err = answer.session(c.IsEKS())
	}
	if err != nil {
		return Session{}, failure(c, a.trace.Seen(), answer, err, token)
	}
	session.Sent = sent
	return session, nil
}

func (a *Attempt) ask(ctx context.Context, c *Client, token string) (*answer, error) {
	req, err := http.NewRequestWithContext(a.trace.Context(ctx), http.MethodGet, c.endpoint.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	a.trace.Ask(c.endpoint.Host)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp == nil {
		return nil, errors.New("the HTTP client returned nothing")
	}
	a.trace.Answer()
	return readAnswer(resp)
}
