package irsa

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/seed-15cba5db/irsa-go/internal/refresh"
)

// An exchanger gives tokens to STS and takes credentials for them. The Engine
// calls it, never twice at the same time.
type exchanger struct {
	id   identity
	link *link // of a hop; nil for the web identity

	mu      sync.Mutex // guards what follows
	session string     // stays as it was made from the first token
	token   *Token
	sent    [sha256.Size]byte // of the token of the last attempt, or of the failure to read one

	expires time.Time // end of the credentials at hand; for report alone
}

// engine returns the Engine for a source, under the rules that hold for every kind
// of exchange.
func (x *exchanger) engine(s refresh.Source[aws.Credentials]) *refresh.Engine[aws.Credentials] {
	s.Early, s.Report = x.id.early, x.report
	return refresh.New(s)
}

// fetch makes one attempt: it reads the token again, since the kubelet replaces the
// file, and asks STS once.
func (x *exchanger) fetch(ctx context.Context) (refresh.Fetched[aws.Credentials], error) {
	raw, t, err := x.id.token()
	session := x.begin(raw, t, err)
	a := attempt{roleARN: x.id.roleARN, raw: raw, token: t, tokenFile: x.id.tokenFile, way: new(way)}
	if err != nil {
		return refresh.Fetched[aws.Credentials]{}, a.unreadable(err)
	}
	asked := &singleAttempt{client: x.id.client}
	p := stscreds.NewWebIdentityRoleProvider(asked, x.id.roleARN, tokenBytes(raw), func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName, o.Duration, o.PolicyARNs = session, x.id.duration, x.id.policyARNs
		if x.id.policy != "" {
			o.Policy = &x.id.policy
		}
	})
	c, err := p.Retrieve(httptrace.WithClientTrace(ctx, a.way.trace()))
	if err != nil {
		return refresh.Fetched[aws.Credentials]{}, a.failure(err)
	}
	return refresh.Fetched[aws.Credentials]{Value: c, Expires: c.Expires, Date: asked.date, Sent: asked.sent}, nil
}

// begin notes what an attempt sends, and returns the session's name.
func (x *exchanger) begin(raw string, t *Token, err error) string {
	if err != nil {
		raw = "\x00" + err.Error() // no token
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.token, x.sent = t, sha256.Sum256([]byte(raw))
	if x.session == "" {
		x.session = x.id.sessionName
	}
	if x.session == "" && t != nil {
		x.session = sessionName(t)
	}
	return x.session
}

// tokenChanged reports whether the next attempt would send something else than the
// last one did.
func (x *exchanger) tokenChanged() bool {
	raw, _, err := x.id.token()
	if err != nil {
		raw = "\x00" + err.Error()
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.sent != sha256.Sum256([]byte(raw))
}

func (x *exchanger) last() (session string, t *Token) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.session, x.token
}

// failed puts an error of the Engine into the package's own type. Who didn't wait
// for an exchange to end is told how it stands.
func (x *exchanger) failed(err error) error {
	var e *Error
	var u *refresh.Unfinished
	switch {
	case !errors.As(err, &e):
	case errors.As(err, &u):
		c := *e
		c.unwaited = u.Cause
		return &c
	default:
		return err
	}
	_, t := x.last()
	e = &Error{Op: "retrieve", RoleARN: x.id.roleARN, Token: t, Err: err, Temporary: !errors.Is(err, refresh.ErrTooShort), link: x.link}
	if errors.Is(err, refresh.ErrEnded) {
		e.Op, e.Reason, e.tokenFile = attempt{link: x.link}.op(), ErrUnreachable, x.id.tokenFile
		e.Err = fmt.Errorf("%w: its credentials %w", errAnswer, err)
	}
	return e
}

// tokenBytes is the token that was read, checked and noted for this attempt.
type tokenBytes string

// GetIdentityToken returns the token.
func (t tokenBytes) GetIdentityToken() ([]byte, error) { return []byte(t), nil }

// errAnswer is the cause where what answered is no STS in good order.
var errAnswer = errors.New("the answer can't be used")

// A singleAttempt asks STS once, and notes when it did and STS's own time.
type singleAttempt struct {
	client     stscreds.AssumeRoleWithWebIdentityAPIClient
	sent, date time.Time
}

// AssumeRoleWithWebIdentity makes the request without the SDK's own retries, which
// repeat what can't succeed and send the same token again. Into the SDK's debug log go
// neither bodies (one is the token, the other the credentials) nor, with what it says
// of retries, errors in which a server may quote what it was sent.
func (s *singleAttempt) AssumeRoleWithWebIdentity(ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput, optFns ...func(*sts.Options)) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	s.sent = time.Now()
	out, err := s.client.AssumeRoleWithWebIdentity(ctx, in, append(optFns, func(o *sts.Options) {
		o.Retryer = aws.NopRetryer{}
		o.ClientLogMode.ClearRequestWithBody()
		o.ClientLogMode.ClearResponseWithBody()
		o.ClientLogMode.ClearRetries()
	})...)
	if err != nil {
		return nil, err
	}
	if date, ok := awsmiddleware.GetServerTime(out.ResultMetadata); ok {
		s.date = date
	}
	return out, unusable(out.Credentials, out.ResultMetadata)
}

// unusable returns why an answer is not all of a session, or nil, in the SDK's own
// error that knows of which answer.
func unusable(c *types.Credentials, of middleware.Metadata) error {
	err := checkCredentials(c)
	answer, ok := awsmiddleware.GetRawResponse(of).(*smithyhttp.Response)
	if err == nil || !ok {
		return err
	}
	id, _ := awsmiddleware.GetRequestIDMetadata(of)
	return &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{Response: answer, Err: err}, RequestID: id}
}

// checkCredentials refuses what is not all of a session.
func checkCredentials(c *types.Credentials) error {
	switch {
	case c == nil:
		return fmt.Errorf("%w: it holds no credentials", errAnswer)
	case aws.ToString(c.AccessKeyId) == "" || aws.ToString(c.SecretAccessKey) == "" || aws.ToString(c.SessionToken) == "":
		return fmt.Errorf("%w: its credentials are incomplete", errAnswer)
	case c.Expiration == nil:
		return fmt.Errorf("%w: it does not say when the credentials expire", errAnswer)
	}
	return nil
}
