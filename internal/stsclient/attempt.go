package stsclient

import (
	"cmp"
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// An Attempt is one request to STS: it asks once, and notes when, how far it came, and what
// answered. It serves for one request and is not safe for concurrent use.
//
// The SDK's own retries are off: they repeat what can't succeed, and send the same token again.
// Into the SDK's debug log go neither bodies (one is the token, the other the credentials) nor,
// with what it says of retries, errors in which a server may quote what it was sent.
type Attempt struct {
	Origin  Origin
	Secrets []string // that must not show: the token, or the caller's session token and secret key

	trace  Trace
	sent   time.Time
	date   time.Time
	host   string // that was asked, with its port
	scheme string
	answer *Answer
}

// Context returns a context in which the request is traced.
func (a *Attempt) Context(ctx context.Context) context.Context { return a.trace.Context(ctx) }

// Seen returns how far the request has come. Unlike the other methods it may be called at any time,
// from any goroutine.
func (a *Attempt) Seen() Seen { return a.trace.Seen() }

// Sent is when the request was sent; zero before.
func (a *Attempt) Sent() time.Time { return a.sent }

// Date is STS's own time of its answer, in whole seconds; zero where it didn't say.
func (a *Attempt) Date() time.Time { return a.date }

// WebIdentity returns an API that makes the one request with client, which may be a *[Client] or
// anybody's own.
func (a *Attempt) WebIdentity(
	client stscreds.AssumeRoleWithWebIdentityAPIClient,
) stscreds.AssumeRoleWithWebIdentityAPIClient {
	return webIdentity{a, client}
}

// AssumeRole returns an API that makes the one request with client and the caller's credentials.
func (a *Attempt) AssumeRole(
	client stscreds.AssumeRoleAPIClient, caller aws.CredentialsProvider,
) stscreds.AssumeRoleAPIClient {
	return assumeRole{a, client, caller}
}

type webIdentity struct {
	*Attempt
	client stscreds.AssumeRoleWithWebIdentityAPIClient
}

func (w webIdentity) AssumeRoleWithWebIdentity(
	ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput, optFns ...func(*sts.Options),
) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	ask, guarded := w.client.AssumeRoleWithWebIdentity, func(*smithyhttp.Request) error { return nil }
	if own, ok := w.client.(*Client); ok {
		ask, optFns = own.sts.AssumeRoleWithWebIdentity, own.to(w.Origin, optFns)
		guarded = func(req *smithyhttp.Request) error {
			return w.Origin.guard(req, own.sts.Options().HTTPClient, own.named)
		}
	}
	w.sent = time.Now()
	out, err := ask(ctx, in, append(optFns, func(o *sts.Options) {
		o.Retryer = aws.NopRetryer{}
		o.ClientLogMode.ClearRequestWithBody()
		o.ClientLogMode.ClearResponseWithBody()
		o.ClientLogMode.ClearRetries()
		addStep(o, w.step(guarded))
	})...)
	if err != nil || out == nil {
		return nil, cmp.Or(err, errNone) // a client of the caller's own may return nothing at all
	}
	w.noteDate(out.ResultMetadata)
	return out, checkCredentials(out.Credentials)
}

type assumeRole struct {
	*Attempt
	client stscreds.AssumeRoleAPIClient
	caller aws.CredentialsProvider
}

// HopLogMode is what may be logged of a hop: nothing that holds a session token, as headers,
// signatures and bodies do, and may do what STS says, which retries log.
const HopLogMode = aws.LogResponse | aws.LogDeprecatedUsage

func (h assumeRole) AssumeRole(
	ctx context.Context, in *sts.AssumeRoleInput, optFns ...func(*sts.Options),
) (*sts.AssumeRoleOutput, error) {
	ask := h.client.AssumeRole
	if own, ok := h.client.(*Client); ok {
		ask, optFns = own.sts.AssumeRole, own.to(h.Origin, optFns)
	}
	h.sent = time.Now()
	out, err := ask(ctx, in, append(optFns, func(o *sts.Options) {
		o.Credentials = h.caller
		o.Retryer = aws.NopRetryer{}
		o.ClientLogMode &= HopLogMode
		addStep(o, h.step(func(*smithyhttp.Request) error { return nil }))
	})...)
	if err != nil || out == nil {
		return nil, cmp.Or(err, errNone)
	}
	h.noteDate(out.ResultMetadata)
	return out, checkCredentials(out.Credentials)
}

// step notes where the request goes, and reads the answer before the SDK does.
func (a *Attempt) step(guarded func(*smithyhttp.Request) error) lastStep {
	return lastStep{
		before: func(req *smithyhttp.Request) error {
			if err := guarded(req); err != nil {
				return err
			}
			a.scheme, a.host = req.URL.Scheme, req.URL.Host
			a.trace.Ask(req.URL.Host)
			return nil
		},
		after: func(resp *smithyhttp.Response) error {
			answer, err := readAnswer(resp.Response)
			a.answer, a.date = answer, answer.date
			if err != nil {
				return err
			}
			return refuseRedirect(a.host, resp)
		},
	}
}
