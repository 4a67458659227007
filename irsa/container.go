package irsa

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/agent"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
)

const opContainer = "get container credentials"

// A container is the exchange of a token for the container's credentials: with the EKS Pod Identity
// agent of the node, with ECS's endpoint, or with a sidecar.
type container struct {
	session
	client *agent.Client
	file   string                          // of the token; "" where it is not in a file
	given  endpointcreds.AuthTokenProvider // the caller's own; nil: the file, else fixed
	fixed  string                          // a token from the environment; "": none

	sent [sha256.Size]byte // of the token of the last attempt; guarded by session.mu
}

// containerOf makes the exchange of a config whose credentials are the container's. It reports
// false where the config's own options can be followed by the SDK alone.
func containerOf(cfg aws.Config, code *config.LoadOptions, opts Options) (*container, bool, error) {
	o := agent.OptionsOf(code)
	if o.APIOptions != nil || o.Retryer != nil {
		return nil, false, nil
	}
	client, err := agent.New(o.Endpoint, o.HTTPClient)
	if err != nil {
		return nil, true, err
	}
	x := &container{client: client, fixed: o.AuthorizationToken, given: o.AuthorizationTokenProvider, session: session{
		op: opContainer, local: true, sources: []aws.CredentialSource{aws.CredentialSourceHTTP}, early: earlyBy(code),
		warner: warner{slog: opts.Logger, config: cfg.Logger}, onRefresh: newObserver(opts.OnRefresh),
	}}
	if x.given == nil {
		x.file = os.Getenv(precedence.ContainerTokenFile)
		x.tokenFile = x.file
	}
	return x, true, nil
}

// container gives a config a Provider of the container's credentials, and the region of the pod's
// token where it has none.
//
// It reports false where that is left to the SDK.
func (l *Loader) container(cfg *aws.Config, code *config.LoadOptions) (own bool, err error) {
	x, own, err := containerOf(*cfg, code, l.Options)
	switch {
	case err != nil:
		return false, localError(opLoad, "", nil, err)
	case !own:
		return false, nil
	}
	if t, _ := x.begins(); t != nil && cfg.Region == "" {
		issuer, _ := partition.ParseIssuer(t.Issuer)
		cfg.Region = issuer.Region
	}
	if l.Fallback == FallbackNone {
		if _, _, err := x.token(); err != nil {
			e := localError(opLoad, "", ErrToken, err)
			e.topic, e.facts.TokenFile = topicOfAgentToken(err), x.file
			return true, e
		}
	}
	p := newProvider(x)
	if !l.alone && code.EndpointCredentialOptions == nil && code.Logger == nil {
		key := exchangeKey{
			endpoint: x.client.URL().String(), tokenFile: x.file, policy: fmt.Sprintf("%x", fingerprint(x.fixed, nil)),
			early: x.early,
		}
		p = l.shared.provider(key, func() *Provider { return p })
	}
	cfg.Credentials = p
	heals(cfg, p)
	return true, nil
}

// token reads the token, again for each attempt: the kubelet replaces the file.
func (x *container) token() (raw string, t *Token, err error) {
	switch {
	case x.given != nil:
		raw, err = x.given.GetToken()
	case x.file != "":
		var b []byte
		b, err = readBounded(x.file)
		raw = string(b)
	case x.fixed == "" && x.client.IsEKS():
		err = precedence.OnlyOne(precedence.ContainerURI, precedence.ContainerTokenFile)
	default:
		raw = x.fixed
	}
	if err != nil {
		return "", nil, err
	}
	raw = strings.TrimRight(raw, "\r\n") // what editors and echo leave, and the SDK refuses
	switch {
	case x.client.IsEKS():
		raw, t, err = checkToken([]byte(raw))
	case len(raw) > maxToken:
		err = errTokenTooLarge
	case strings.ContainsAny(raw, "\r\n\x00"):
		err = errors.New("the token has more than one line")
	default:
		t, _ = decodeClaims(raw) // sidecars have tokens of any kind
	}
	if err != nil && x.file != "" {
		err = fmt.Errorf("read %s: %w", x.file, err)
	}
	return raw, t, err
}

func (x *container) ready(context.Context) error { return nil }

// fetch makes one attempt.
func (x *container) fetch(ctx context.Context) (refresh.Fetched[aws.Credentials], error) {
	var none refresh.Fetched[aws.Credentials]
	raw, t, err := x.token()
	x.note(raw, t, err)
	if err != nil {
		return none, &Error{
			Op: opReadToken, Reason: ErrToken, Err: err, Temporary: true,
			class: refresh.Outdated, topic: topicOfAgentToken(err), facts: x.facts(),
		}
	}
	if err := x.client.MayHave(t != nil && (stsclient.Origin{WebIdentity: true,
		Issuer: t.Issuer}).FromEKS()); err != nil {
		return none, &Error{
			Op: x.op, Token: t, Reason: ErrUnreachable, Err: err, Endpoint: x.client.Host(),
			class: refresh.Permanent, topic: advice.AgentAddress, facts: x.facts(),
		}
	}
	a := new(agent.Attempt)
	x.inFlight(a)
	got, failure := a.Get(ctx, x.client, raw)
	if failure != nil {
		return none, x.failure(failure, t)
	}
	fetched := refresh.Fetched[aws.Credentials]{
		Value: got.Credentials, Expires: got.Credentials.Expires, Date: got.Date, Sent: got.Sent,
	}
	if x.client.IsLocal() {
		fetched.Date = time.Time{} // by the same clock as ours: it would only add what the answer took
	}
	if !got.Credentials.CanExpire { // asked for again in a while all the same
		fetched.Expires, fetched.Date = got.Sent.Add(maxDuration), time.Time{}
	}
	return fetched, nil
}

func (x *container) note(raw string, t *Token, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.session.token, x.sent = t, fingerprint(raw, err)
}

// changed reports whether the next attempt would send another token than the last one did.
func (x *container) changed() bool {
	raw, _, err := x.token()
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.sent != fingerprint(raw, err)
}

func (x *container) classify(err error) refresh.Class { return classOf(err) }

// begins returns the pod's token. Sessions of EKS's agent are as much a pod's own as those of a web
// identity: the hops behind them go where the token's own exchange would go.
func (x *container) begins() (*Token, bool) {
	_, t := x.last()
	if t == nil {
		_, t, _ = x.token()
	}
	return t, x.client.IsEKS()
}

// topicOfAgentToken is how a token for the agent that could not be read is explained.
func topicOfAgentToken(err error) *advice.Topic {
	if topic := topicOfToken(err); topic == advice.TokenUnreadable {
		return topic
	}
	return advice.AgentNoToken
}
