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

// Services accept a request whose time is this far from their own: 15 minutes by the API reference
// of S3 (RequestTimeTooSkewed), 5 by the IAM User Guide elsewhere.
const (
	maxSkew   = 5 * time.Minute  // STS
	maxSkewS3 = 15 * time.Minute // S3
)

// Authorize reports whether r, as a server received it, is signed with a live session that this STS
// gave out, or a user's key: by AWS Signature Version 4, in headers or presigned, with the
// session's token. It is an authorization hook for fakes of other services.
//
// Its errors are smithy.APIErrors with the code that S3 answers: AccessDenied (not signed),
// AuthorizationHeaderMalformed, InvalidAccessKeyId (no session of this STS), InvalidToken (another
// session's token), ExpiredToken, RequestTimeTooSkewed and SignatureDoesNotMatch.
//
// The signature covers what X-Amz-Content-Sha256 says of the body, UNSIGNED-PAYLOAD and the
// STREAMING forms included; the body itself is only read where that header is missing, and put
// back.
func (s *STS) Authorize(r *http.Request) error {
	_, err := s.authorize(r, time.Now().Add(s.faults.Skew()))
	return err
}

// authorize judges what is cheap first: whether r is signed, by which session, with its token,
// before its end and in time, and last the signature itself.
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
		return nil, refuse("RequestTimeTooSkewed",
			"The difference between the request time and the current time is too large.")
	}
	hash, err := payloadHash(r, sig)
	if err != nil {
		return nil, err
	}
	if !sig.matches(r, session.keys, hash) {
		return nil, refuse("SignatureDoesNotMatch",
			"The request signature we calculated does not match the signature you provided. "+
				"Check your key and signing method.")
	}
	return session, nil
}

// tooOld reports whether the signature's time is too far from now. A presigned request has a life
// of its own, which begins at that time.
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

// payloadHash is what the signature says of the body. Clients of S3 send it as a header, which may
// also be UNSIGNED-PAYLOAD or one of the STREAMING forms; clients of other services leave it to the
// server to hash the body.
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

// refuse is an error that s3readtest answers with its code and text.
func refuse(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultClient}
}
