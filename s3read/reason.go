package s3read

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// reasonOf finds the reason of a failure by S3's code, and by the status where there is only that: a HEAD's answer has
// no body. Codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
func reasonOf(err error) error {
	for _, reason := range []error{ErrChanged, ErrTooLarge, ErrArchived, ErrChecksum, ErrNoBucket, fs.ErrNotExist} {
		if errors.Is(err, reason) {
			return reason
		}
	}
	switch codeOf(err) {
	case "NoSuchBucket":
		return ErrNoBucket
	case "NoSuchKey", "NoSuchVersion":
		return fs.ErrNotExist
	case "InvalidObjectState":
		return ErrArchived
	case "PreconditionFailed":
		return ErrChanged
	case "ExpiredToken", "InvalidToken": // with status 400
		return fs.ErrPermission
	}
	if isThrottle(err) {
		return ErrThrottled
	}
	switch statusOf(err) {
	case http.StatusNotFound:
		return fs.ErrNotExist
	case http.StatusMethodNotAllowed:
		if deleteMarker(err) {
			return fs.ErrNotExist
		}
	case http.StatusUnauthorized, http.StatusForbidden:
		return fs.ErrPermission
	case http.StatusPreconditionFailed:
		return ErrChanged
	}
	return nil
}

// codeOf returns S3's error code, or "".
func codeOf(err error) string {
	code, _ := saying(err)
	return code
}

// saying returns what S3 said: its error code and its message, or nothing.
func saying(err error) (code, message string) {
	var api smithy.APIError
	if isUnsent(err) || !errors.As(err, &api) {
		return "", ""
	}
	return api.ErrorCode(), api.ErrorMessage()
}

// deleteMarker reports whether the version that was asked for, or the newest one, is a delete marker: S3 answers 405
// for the one and 404 for the other, and says so in a header.
func deleteMarker(err error) bool { return answerHeader(err).Get("X-Amz-Delete-Marker") == "true" }

// hint says in words what the failure may mean and what to do about it.
func (b *Bucket) hint(e *Error) string {
	switch {
	case deleteMarker(e.Err):
		return "the object was deleted: what was asked for is a delete marker; an older version can still be read by its version id"
	case e.Reason == ErrArchived:
		return archivedHint(e.Err)
	case e.Reason == ErrChanged:
		return "the object was overwritten or deleted, or is not the one that IfMatch names: begin again with the newest version; in a bucket that keeps versions a role with s3:GetObjectVersion can finish the one it began"
	case e.Reason == ErrNoBucket:
		return "check the bucket's name, and that the client's endpoint and partition are the bucket's"
	case e.Reason == ErrThrottled:
		return "S3 serves 5500 reads a second per partitioned prefix and adds partitions over minutes: make fewer requests at once"
	case e.Reason == ErrChecksum:
		return "what arrived is not what was stored: read it again, and if it stays so look at what is between here and S3, or at the object itself"
	case e.Reason == fs.ErrPermission:
		return b.deniedHint(e)
	case e.Reason == nil && statusOf(e.Err) == http.StatusMovedPermanently, codeOf(e.Err) == "AuthorizationHeaderMalformed":
		return "the bucket is in another region than the request was signed for: set BucketOptions.Region"
	}
	return ""
}

func archivedHint(err error) string {
	where := "an archive storage class"
	var state *types.InvalidObjectState
	if errors.As(err, &state) {
		if state.StorageClass != "" {
			where = string(state.StorageClass)
		}
		if state.AccessTier != "" {
			where += ", tier " + string(state.AccessTier)
		}
	}
	return fmt.Sprintf("the object is in %s: restore it with RestoreObject, wait until that is done, then read it", where)
}

func (b *Bucket) deniedHint(e *Error) string {
	code, message := saying(e.Err)
	lower := strings.ToLower(message)
	switch {
	case strings.Contains(lower, "kms"):
		return "the object is encrypted with a KMS key: the role needs kms:Decrypt on that key, and the key's policy must allow it"
	case strings.Contains(lower, "explicit deny"):
		return "a policy denies this expressly, so that allowing it elsewhere doesn't help: change the policy that S3 names"
	case code == "ExpiredToken", code == "InvalidToken":
		return "the credentials are not accepted any more: see that they are refreshed"
	case code == "InvalidAccessKeyId", code == "SignatureDoesNotMatch":
		return "the credentials themselves were refused: see which ones the client uses, and that they are for this endpoint"
	case code == "RequestTimeTooSkewed":
		return "this machine's clock is more than 15 minutes from S3's: set it"
	}
	actions := "s3:GetObject on the object"
	if e.Op == "list" {
		actions = "s3:ListBucket on the bucket"
	} else if e.Op == "buckets" {
		return "the role needs s3:ListAllMyBuckets"
	}
	hint := "the role needs " + actions
	if e.Op != "list" {
		hint += "; if it has that, the object may not exist: without s3:ListBucket on the bucket, S3 answers 403 for a missing key"
	}
	if !b.opts.RequesterPays {
		hint += "; if the bucket's requesters pay, set BucketOptions.RequesterPays"
	}
	if b.opts.ExpectedOwner != "" {
		hint += "; if account " + b.opts.ExpectedOwner + " does not own the bucket, S3 refuses too"
	}
	return hint
}
