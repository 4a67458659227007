package s3read

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// reasonOf finds the Reason of a failure: the one it was made with, else by S3's error code, else
// by the HTTP status, which is all that the response to a HEAD has. Codes:
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
func reasonOf(err error) error {
	for _, reason := range []error{ErrChanged, ErrTooLarge, ErrArchived, ErrChecksum, ErrNoBucket, fs.ErrNotExist} {
		if errors.Is(err, reason) {
			return reason
		}
	}
	switch code, _ := apiError(err); code {
	case "NoSuchBucket":
		return ErrNoBucket
	case "NoSuchKey", "NoSuchVersion":
		return fs.ErrNotExist
	case "InvalidObjectState":
		return ErrArchived
	case "PreconditionFailed":
		return ErrChanged
	case "ExpiredToken", "InvalidToken": // their status is 400
		return fs.ErrPermission
	}
	if isForeign(err) {
		return nil
	}
	if isThrottle(err) {
		return ErrThrottled
	}
	switch statusOf(err) {
	case http.StatusNotFound:
		return fs.ErrNotExist
	case http.StatusMethodNotAllowed:
		if isDeleteMarker(err) {
			return fs.ErrNotExist
		}
	case http.StatusUnauthorized, http.StatusForbidden:
		return fs.ErrPermission
	case http.StatusPreconditionFailed:
		return ErrChanged
	}
	return nil
}

// sdkRetryable are the SDK's own rules. A failure that has a RetryableError method is judged by it.
var sdkRetryable = retry.IsErrorRetryables(retry.DefaultRetryables)

// isTransient reports whether the same request may well succeed when it is sent again.
func isTransient(err error) bool {
	if errors.Is(err, errStalled) || isBroken(err) {
		return true
	}
	switch sdkRetryable.IsErrorRetryable(err) {
	case aws.TrueTernary:
		return true
	case aws.FalseTernary:
		return false
	}
	return statusOf(err) >= 500
}

// isBroken reports whether the failure lies behind a status of success, whatever its type: another
// response may be whole.
func isBroken(err error) bool {
	status := statusOf(err)
	return status >= 200 && status < 300
}

// sdkThrottles are the SDK's own rules, for the error codes that ask for fewer requests.
var sdkThrottles = retry.IsErrorThrottles(retry.DefaultThrottles)

// isThrottle reports whether S3 asked for fewer requests. The response to a HEAD has no code, so
// that 503 counts by itself: S3 sends it for SlowDown.
func isThrottle(err error) bool {
	switch statusOf(err) {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return true
	}
	return !isNotSent(err) && sdkThrottles.IsErrorThrottle(err) == aws.TrueTernary
}

// isForeign reports whether the response is not S3's but, say, a proxy's page: it has no request
// id, and is neither XML nor without a type, which the response to a HEAD may be. What such a
// response says, it says of the way to S3 and not of the object.
func isForeign(err error) bool {
	header := headerOf(err)
	if header == nil || requestID(err) != "" || header.Get("X-Amz-Request-Id") != "" {
		return false
	}
	kind := header.Get("Content-Type")
	return kind != "" && !strings.Contains(kind, "xml")
}

// isDeleteMarker reports whether what was asked for is a delete marker. S3 responds with 405 where
// it was asked for by its version id, with 404 where it is the newest version, and sets a header in
// both cases.
func isDeleteMarker(err error) bool { return headerOf(err).Get("X-Amz-Delete-Marker") == "true" }

// apiError returns S3's error code and message, empty where there is no response or it has no body.
func apiError(err error) (code, message string) {
	var api smithy.APIError
	if isNotSent(err) || !errors.As(err, &api) {
		return "", ""
	}
	return api.ErrorCode(), api.ErrorMessage()
}

// statusOf returns the HTTP status of the response that err is from, or 0.
func statusOf(err error) int {
	if re := responseError(err); re != nil {
		return re.HTTPStatusCode()
	}
	return 0
}

// headerOf returns the header of the response that err is from, or nil.
func headerOf(err error) http.Header {
	if re := responseError(err); re != nil && re.Response != nil {
		return re.Response.Header
	}
	return nil
}

// requestID is the id that S3 gave the failed request, or empty.
func requestID(err error) string {
	if re := responseError(err); re != nil {
		return re.ServiceRequestID()
	}
	return ""
}

// responseError returns the SDK's error for S3's response, or nil if err is not from one. The
// response of another service, such as STS's to a request for credentials, is not S3's.
func responseError(err error) *awshttp.ResponseError {
	var re *awshttp.ResponseError
	if isNotSent(err) || !errors.As(err, &re) {
		return nil
	}
	return re
}
