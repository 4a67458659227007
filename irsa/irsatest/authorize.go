package irsatest

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/smithy-go"
)

// Services take a request whose time is this far from their own.
const (
	maxSkew   = 5 * time.Minute  // STS
	maxSkewS3 = 15 * time.Minute // S3
)

// Authorize reports whether r, as a server received it, is signed with a live
// session that this STS gave out, or a user's key: by AWS Signature Version 4, in headers or
// presigned, with the session's token. It is an authorization hook for fakes of
// other services.
//
// Its errors are smithy.APIErrors with the code that S3 answers: AccessDenied
// (not signed), AuthorizationHeaderMalformed, InvalidAccessKeyId (no session of
// this STS), InvalidToken (another session's token), ExpiredToken,
// RequestTimeTooSkewed and SignatureDoesNotMatch.
//
// The signature covers what X-Amz-Content-Sha256 says of the body, UNSIGNED-PAYLOAD
// and the STREAMING forms included; the body itself is only read where that
// header is missing, and put back.
func (s *STS) Authorize(r *http.Request) error {
	_, err := s.authorize(r, s.now())
	return err
}

// now is the time by the clock of this STS.
func (s *STS) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.faults.always.Skew)
}

func (s *STS) authorize(r *http.Request, now time.Time) (*session, error) {
	sig, err := parseSignature(r)
	switch {
	case errors.Is(err, errNotSigned):
		return nil, refuse("AccessDenied", "Access Denied")
	case err != nil:
		return nil, refuse("AuthorizationHeaderMalformed", "The authorization header is malformed; "+err.Error()+".")
	}
	session := s.session(sig.accessKeyID)
	if session == nil {
		return nil, refuse("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
	}
	if subtle.ConstantTimeCompare([]byte(sig.token), []byte(session.keys.SessionToken)) == 0 {
		return nil, refuse("InvalidToken", "The provided token is malformed or otherwise invalid.")
	}
	if session.keys.CanExpire && !now.Before(session.keys.Expires) {
		return nil, refuse("ExpiredToken", "The provided token has expired.")
	}
	if sig.tooOld(now) {
		if sig.presigned {
			return nil, refuse("AccessDenied", "Request has expired")
		}
		return nil, refuse("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
	}
	hash, err := payloadHash(r, sig)
	if err != nil {
		return nil, err
	}
	if !sig.matches(r, session.keys, hash) {
		return nil, refuse("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
	}
	return session, nil
}

func (s *signature) tooOld(now time.Time) bool {
	skew := maxSkew
	if s.service == "s3" {
		skew = maxSkewS3
	}
	late := now.Sub(s.signed)
	if s.presigned {
		return late >= s.expires || late < -skew
	}
	return late.Abs() > skew
}

func payloadHash(r *http.Request, s *signature) (string, error) {
	if hash := r.Header.Get("X-Amz-Content-Sha256"); hash != "" {
		return hash, nil
	}
	if hash := r.URL.Query().Get("X-Amz-Content-Sha256"); hash != "" {
		return hash, nil
	}
	if s.presigned && s.service == "s3" {
		return "UNSIGNED-PAYLOAD", nil
	}
	if r.Body == nil {
		return sha256Hex(nil), nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", fmt.Errorf("authorize: read the body: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return sha256Hex(body), nil
}

func refuse(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultClient}
}

// signer is the session that signed a request to STS itself. STS has other codes
// than S3 for the same refusals.
func (c *call) signer() (*session, *apiError) {
	c.r.Body = io.NopCloser(bytes.NewReader(c.body))
	session, err := c.sts.authorize(c.r, c.now)
	if err == nil {
		return session, nil
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return nil, &apiError{http.StatusBadRequest, "IncompleteSignature", "the request could not be read"}
	}
	code := api.ErrorCode()
	sig, err := parseSignature(c.r)
	if err == nil && code == "AccessDenied" { // a presigned request that has ended
		code = "RequestTimeTooSkewed"
	}
	refusal := signingErrors[code]
	if code == "RequestTimeTooSkewed" {
		refusal.message = sig.skewed(c.now.UTC())
	}
	return nil, &refusal
}

// skewed tells whoever's clock is wrong what the time is.
func (s *signature) skewed(now time.Time) string {
	if s.signed.Before(now) {
		return "Signature expired: " + s.signed.Format(amzTime) + " is now earlier than " + now.Add(-maxSkew).Format(amzTime) + " (" + now.Format(amzTime) + " - 5 min.)"
	}
	return "Signature not yet current: " + s.signed.Format(amzTime) + " is still later than " + now.Add(maxSkew).Format(amzTime) + " (" + now.Format(amzTime) + " + 5 min.)"
}

// signingErrors are STS's refusals, by the codes of S3's.
var signingErrors = map[string]apiError{
	"AccessDenied":                 {http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token"},
	"AuthorizationHeaderMalformed": {http.StatusBadRequest, "IncompleteSignature", "Authorization header is not a complete AWS4-HMAC-SHA256 one"},
	"InvalidAccessKeyId":           {http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid."},
	"InvalidToken":                 {http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid."},
	"ExpiredToken":                 {http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired"},
	"RequestTimeTooSkewed":         {http.StatusForbidden, "SignatureDoesNotMatch", ""},
	"SignatureDoesNotMatch":        {http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."},
}
