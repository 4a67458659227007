package irsatest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
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
// As AWS does, it refuses a signature for another service or region than the host's name says, one
// that leaves out the host or a header that begins with x-amz-, and another body than was signed
// (XAmzContentSHA256Mismatch, IncompleteBody; for one in signed chunks SignatureDoesNotMatch). The
// body is read for it, and put back. What X-Amz-Content-Sha256 says is unsigned is not judged. A
// host that isn't AWS's says neither service nor region.
func (s *STS) Authorize(r *http.Request) error {
	_, err := s.authorize(r, endpointOf(r.Host), time.Now().Add(s.faults.Skew()))
	return err
}

// authorize judges what is cheap first: whether r is signed, for this endpoint, by which session,
// with its token, before its end and in time, then the signature itself, and last the body.
func (s *STS) authorize(r *http.Request, at endpoint, now time.Time) (*session, error) {
	sig, err := parseSignature(r)
	switch {
	case signedOldly(r):
		return nil, refuse("InvalidRequest", "The authorization mechanism you have provided is not supported. "+
			"Please use AWS4-HMAC-SHA256.")
	case errors.Is(err, errNotSigned):
		return nil, refuse("AccessDenied", "Access Denied")
	case err != nil:
		return nil, refuse("AuthorizationHeaderMalformed", "The authorization header is malformed; "+err.Error()+".")
	}
	if what, got, want := at.accepts(sig); what != "" {
		return nil, &scopeError{what, got, want}
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
	if name := sig.leavesOut(r); name != "" {
		return nil, refuse("AccessDenied", "There were headers present in the request which were not signed: "+name)
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
	if strings.HasPrefix(hash, signedChunks) {
		return session, sig.checkChunks(r, session.keys.SecretAccessKey, hash)
	}
	return session, checkBody(r, hash)
}

// A scopeError refuses a signature for another service or region. It is what S3 answers; STS has
// words of its own.
type scopeError struct{ what, got, want string }

// Error returns the code and the message, as a [smithy.GenericAPIError] does.
func (e *scopeError) Error() string { return "api error " + e.ErrorCode() + ": " + e.ErrorMessage() }

func (e *scopeError) ErrorCode() string { return "AuthorizationHeaderMalformed" }

func (e *scopeError) ErrorMessage() string {
	if e.what == "service" {
		return fmt.Sprintf("The authorization header is malformed; incorrect service %q. "+
			"This endpoint belongs to %q.", e.got, e.want)
	}
	return fmt.Sprintf("The authorization header is malformed; the region '%s' is wrong; expecting '%s'", e.got, e.want)
}

func (e *scopeError) ErrorFault() smithy.ErrorFault { return smithy.FaultClient }

// signedOldly reports whether a request has a signature of version 2, which S3 takes no more of a
// bucket that was made after June 24, 2020: S3 User Guide, "AWS Signature Version 2 turned off".
func signedOldly(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Authorization"), "AWS ") || r.URL.Query().Has("AWSAccessKeyId")
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
// also be UNSIGNED-PAYLOAD or one of the STREAMING forms. Other services hash the body themselves,
// whatever a header says (IAM User Guide, "Create a signed AWS API request"), but some take a body
// that is unsigned.
func payloadHash(r *http.Request, s *signature) (string, error) {
	said := cmp.Or(r.Header.Get("X-Amz-Content-Sha256"), r.URL.Query().Get("X-Amz-Content-Sha256"))
	switch {
	case said != "" && (s.service == "s3" || said == unsignedPayload && s.service != "sts"):
		return said, nil
	case s.presigned && s.service == "s3":
		return unsignedPayload, nil
	}
	body, err := readBody(r)
	return sha256Hex(body), err
}

const unsignedPayload = "UNSIGNED-PAYLOAD"

// checkBody compares the body with the hash that is signed, where that is one.
func checkBody(r *http.Request, hash string) error {
	if raw, err := hex.DecodeString(hash); err != nil || len(raw) != sha256.Size {
		if hash == unsignedPayload || strings.HasPrefix(hash, "STREAMING-") {
			return nil
		}
		return refuse("InvalidArgument", "x-amz-content-sha256 must be "+unsignedPayload+", or a valid sha256 value.")
	}
	body, err := readBody(r)
	if err != nil {
		return err
	}
	if got := sha256Hex(body); !strings.EqualFold(got, hash) {
		return refuse("XAmzContentSHA256Mismatch",
			"The provided 'x-amz-content-sha256' header does not match what was computed.")
	}
	return nil
}

// readBody reads the body and puts it back.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, refuse("IncompleteBody",
			"You did not provide the number of bytes specified by the Content-Length HTTP header")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// refuse is an error that s3readtest answers with its code and text.
func refuse(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultClient}
}
