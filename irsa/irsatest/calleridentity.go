package irsatest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/smithy-go"
)

// callerIdentity answers who signed the request. It needs no permission, and none can be denied:
// STS API reference, GetCallerIdentity.
func (c *call) callerIdentity() (answer, *apiError) {
	session, err := c.signer()
	if err != nil {
		return answer{}, err
	}
	id := newUUID()
	return xmlAnswer(id, callerIdentityResponse{
		ARN: session.arn, UserID: session.userID, Account: session.account, RequestID: id,
	}), nil
}

// signer is the session that signed a request to STS itself. STS has other codes than S3 for the
// same refusals.
func (c *call) signer() (*session, *apiError) {
	c.r.Body = io.NopCloser(bytes.NewReader(c.body))
	at := endpointOf(c.r.Host)
	at.service = "sts"
	session, err := c.sts.authorize(c.r, at, c.now)
	if err == nil {
		return session, nil
	}
	var scope *scopeError
	if errors.As(err, &scope) {
		if scope.what == "service" {
			return nil, knownError("SignatureDoesNotMatch", "Credential should be scoped to correct service: 'sts'.")
		}
		return nil, knownError("SignatureDoesNotMatch", "Credential should be scoped to a valid region.")
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return nil, knownError("IncompleteSignature", "the request could not be read")
	}
	code := api.ErrorCode()
	sig, err := parseSignature(c.r)
	switch {
	case err == nil && code == "AccessDenied" && sig.leavesOut(c.r) != "":
		return nil, knownError("SignatureDoesNotMatch", api.ErrorMessage())
	case err == nil && code == "AccessDenied": // a presigned request that has expired
		code = "RequestTimeTooSkewed"
	}
	if code == "RequestTimeTooSkewed" {
		return nil, knownError(stsCodes[code], sig.skewed(c.now.UTC()))
	}
	return nil, knownError(stsCodes[code], "")
}

// skewed is the text of a refusal for a signature's time. It holds the server's, from which a
// client can tell whose clock is wrong.
func (s *signature) skewed(now time.Time) string {
	if s.signed.Before(now) {
		return fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - 5 min.)",
			s.signed.Format(amzTime), now.Add(-maxSkew).Format(amzTime), now.Format(amzTime))
	}
	return fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + 5 min.)",
		s.signed.Format(amzTime), now.Add(maxSkew).Format(amzTime), now.Format(amzTime))
}

// stsCodes are the codes with which STS refuses a signature, by those of S3 for the same reason.
var stsCodes = map[string]string{
	"AccessDenied":                 "MissingAuthenticationToken",
	"AuthorizationHeaderMalformed": "IncompleteSignature",
	"InvalidAccessKeyId":           "InvalidClientTokenId",
	"InvalidToken":                 "InvalidClientTokenId",
	"ExpiredToken":                 "ExpiredToken",
	"RequestTimeTooSkewed":         "SignatureDoesNotMatch",
	"SignatureDoesNotMatch":        "SignatureDoesNotMatch",
}
