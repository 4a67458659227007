package irsa

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// After a rejected session its successor is believed as soon as one request succeeds. While none
// does, the fault is somewhere else, and another exchange is forced after these pauses alone.
const (
	healPause    = 30 * time.Second
	maxHealPause = 15 * time.Minute
)

// Healing is what a Provider remembers of sessions that services rejected.
type healing struct {
	unproven atomic.Bool // no request has succeeded since the last forced exchange

	mu       sync.Mutex // guards what follows
	rejected string     // key id of the session that was invalidated last
	pause    time.Duration
	next     time.Time // no exchange is forced before, while unproven
}

func (h *healing) lastRejected() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rejected
}

// InvalidateCredentials says that a service no longer knows these credentials, though they have not
// ended: their role was deleted and recreated, say. Where they are still the ones at hand, the next
// Retrieve exchanges; otherwise it does nothing. Clients of a loaded config do this by themselves.
//
// A session that follows a rejected one and is rejected too is replaced after 30 seconds at the
// earliest, then after twice as long, up to 15 minutes, until [Provider] has given credentials that
// a client of a loaded config used with success. It is safe for concurrent use.
func (p *Provider) InvalidateCredentials(rejected aws.Credentials) { p.reject(rejected.AccessKeyID) }

// reject takes the session with a key id out of use where it is this Provider's, and reports
// whether a request that was signed with it is worth another attempt.
func (p *Provider) reject(key string) bool {
	h := &p.healing
	h.mu.Lock()
	defer h.mu.Unlock()
	at, usable := p.engine.Peek()
	current := usable && at.AccessKeyID == key
	switch {
	case key == "":
		return false
	case key == h.rejected:
		// One of the many requests that the session signed. The exchange is made once; an agent
		// that answers with the same session again can't be helped.
		return !current
	case !current:
		return p.exchange.self().hadKey(key)
	}
	now := time.Now()
	if h.unproven.Load() && now.Before(h.next) {
		return false
	}
	if !p.engine.Invalidate(func(c aws.Credentials) bool { return c.AccessKeyID == key }) {
		return false
	}
	if h.unproven.Swap(true) {
		h.pause = min(2*h.pause, maxHealPause)
	} else {
		h.pause = healPause
	}
	h.rejected, h.next = key, now.Add(h.pause)
	return true
}

// proved notes that a service accepted the session with a key id.
func (p *Provider) proved(key string) {
	if !p.healing.unproven.Load() {
		return
	}
	if c, ok := p.engine.Peek(); ok && c.AccessKeyID == key {
		p.healing.unproven.Store(false)
	}
}

// A healStep is a middleware of every client that is made of a config with this Provider. It sees
// each attempt's answer behind the signature. It never sends: where a session of the Provider is
// rejected, it marks the error as one that a retry may mend, and the client's Retryer decides, so
// that a body is sent again only as the SDK would.
//
// It is the last step of Finalize, inside of the SDK's retries. Presigning ends before it.
type healStep struct{ p *Provider }

// heals adds the steps to a config.
func heals(cfg *aws.Config, p *Provider) {
	step := healStep{p}
	cfg.APIOptions = append(cfg.APIOptions[:len(cfg.APIOptions):len(cfg.APIOptions)],
		func(stack *middleware.Stack) error {
			if _, there := stack.Finalize.Get(step.ID()); there {
				return nil
			}
			err := errors.Join(
				stack.Finalize.Add(step, middleware.After),
				stack.Finalize.Add(identityStep(step), middleware.Before),
			)
			if _, there := stack.Initialize.Get(callStep{}.ID()); !there {
				err = errors.Join(err, stack.Initialize.Add(callStep{}, middleware.After))
			}
			return err
		})
}

// An identityStep is a middleware around all of Finalize. Requests to a directory bucket are signed
// with a session of S3's own, for which the client asks before it sends them. It signs all attempts
// at that with the credentials that were at hand for the first, and keeps no more of its error than
// the text (service/s3 v1.114.10, express_default.go). Where these were rejected meanwhile and
// nothing of the call itself was sent, it is begun once more.
type identityStep healStep

// ID names the step by its Provider.
func (s identityStep) ID() string { return fmt.Sprintf("irsaIdentity %p", s.p) }

// sentKey is the key of an *atomic.Bool in a call's context: whether a request of it was sent.
type sentKey struct{}

// HandleFinalize makes the call.
func (s identityStep) HandleFinalize(
	ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (middleware.FinalizeOutput, middleware.Metadata, error) {
	// The steps of a chain's Providers share it. The call for a session of S3's has one of its own.
	sent, ok := middleware.GetStackValue(ctx, sentKey{}).(*atomic.Bool)
	if !ok {
		sent = new(atomic.Bool)
		ctx = middleware.WithStackValue(ctx, sentKey{}, sent)
	}
	before := s.p.healing.lastRejected()
	out, meta, err := next.HandleFinalize(ctx, in)
	if err == nil || sent.Load() || s.p.healing.lastRejected() == before {
		return out, meta, err
	}
	return next.HandleFinalize(ctx, in)
}

// ID names the step by its Provider: the configs of a chain have one step for each of theirs.
func (s healStep) ID() string { return fmt.Sprintf("irsaHeal %p", s.p) }

// HandleFinalize passes the request on and looks at the answer.
func (s healStep) HandleFinalize(
	ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (middleware.FinalizeOutput, middleware.Metadata, error) {
	if sent, ok := middleware.GetStackValue(ctx, sentKey{}).(*atomic.Bool); ok {
		sent.Store(true)
	}
	out, meta, err := next.HandleFinalize(ctx, in)
	if err == nil {
		if s.p.healing.unproven.Load() {
			s.p.proved(signedWith(in.Request))
		}
		return out, meta, nil
	}
	key := signedWith(in.Request)
	var api smithy.APIError
	if errors.As(err, &api) && rejections[api.ErrorCode()] && s.p.reject(key) {
		err = &staleSession{err}
	}
	role := ""
	if who := s.p.exchange.self(); who.hadKey(key) {
		role = who.roleARN
	}
	return out, meta, deniedTo(ctx, role, err)
}

// rejections are the codes by which services say that they don't know a session. AccessDenied is
// none of them, nor what IAM's "revoke sessions" answers with: a new session would be denied, too.
var rejections = map[string]bool{
	"ExpiredToken":                true, // S3, STS and other services of the query protocol
	"ExpiredTokenException":       true, // services of the JSON protocols
	"InvalidAccessKeyId":          true, // S3
	"InvalidClientTokenId":        true, // the query protocol
	"UnrecognizedClientException": true, // the JSON protocols
}

// signedWith returns the key id in a request's SigV4 signature, or "".
func signedWith(request any) string {
	req, ok := request.(*smithyhttp.Request)
	if !ok {
		return ""
	}
	_, credential, _ := strings.Cut(req.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(credential, "/")
	return key
}

// A staleSession is a service's error that a request with a new session may not get.
type staleSession struct{ error }

// Unwrap returns the service's error.
func (s *staleSession) Unwrap() error { return s.error }

// RetryableError is what the SDK's retryers ask for.
func (s *staleSession) RetryableError() bool { return true }
