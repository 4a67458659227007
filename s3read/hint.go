package s3read

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// hint says what the cause of a failure may be and what to do about it, or nothing. opts are those
// of the request's Bucket.
func hint(e *Error, opts BucketOptions) string {
	switch {
	case isForeign(e.Err):
		return "the response isn't S3's, which has a request id: look for a proxy or gateway between here and S3"
	case isDeleteMarker(e.Err):
		return "the object was deleted, and its newest version is a delete marker; " +
			"an older version can still be read by its version id"
	case e.Reason == ErrArchived:
		return archivedHint(e.Err)
	case e.Reason == ErrChanged:
		return "the object was overwritten or deleted, or is not the one that IfMatch names: " +
			"start again with the newest version; in a bucket with versioning, " +
			"a role that has s3:GetObjectVersion can finish the version it began"
	case e.Reason == ErrNoBucket:
		return "check the bucket's name, and that the client's endpoint and partition are the bucket's"
	case e.Reason == ErrThrottled:
		return "S3 serves 5500 reads a second per partitioned prefix, and adds partitions over minutes: " +
			"make fewer requests at once"
	case e.Reason == ErrChecksum:
		return "the bytes received are not those that were stored: retry; if it fails again, " +
			"check the proxies between here and S3, and the object itself"
	case e.Reason == fs.ErrPermission:
		return deniedHint(e, opts)
	case isWrongRegion(e):
		return "the bucket is in another region than the request was signed for: set BucketOptions.Region"
	}
	return ""
}

// isWrongRegion reports whether S3 says so by 301, or by a code with status 400.
func isWrongRegion(e *Error) bool {
	code, _ := apiError(e.Err)
	return e.Reason == nil && statusOf(e.Err) == http.StatusMovedPermanently || code == "AuthorizationHeaderMalformed"
}

// archivedHint says where the object is, which S3 sends along with the code InvalidObjectState.
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
	return "the object is in " + where + ": restore it with RestoreObject, wait until that is done, then read it"
}

// denialOf takes the parts that explain a denial from S3's message, "User: … is not authorized to
// perform: s3:GetObject on resource: "…" because no identity-based policy allows …": the action, and
// what follows the resource. The resource, which has the key in it, is in neither. Both are empty
// where the message has another form.
func denialOf(message string) (action, because string) {
	_, rest, ok := strings.Cut(message, " is not authorized to perform: ")
	if !ok {
		return "", ""
	}
	action, rest, _ = strings.Cut(rest, " ")
	rest, ok = strings.CutPrefix(rest, "on resource: ")
	if !ok {
		return action, rest
	}
	if quoted, ok := strings.CutPrefix(rest, `"`); ok {
		// A key may hold quotes, and the explanation doesn't.
		if end := strings.LastIndexByte(quoted, '"'); end >= 0 {
			return action, strings.TrimSpace(quoted[end+1:])
		}
		return action, ""
	}
	for _, begin := range []string{" with an explicit deny", " because "} {
		if at := strings.LastIndex(rest, begin); at >= 0 {
			return action, rest[at+1:]
		}
	}
	return action, ""
}

// deniedHint tells the causes of a 403 apart, by its code and by S3's message: that names the
// action and the kind of policy where bucket and caller belong to the same account.
func deniedHint(e *Error, opts BucketOptions) string {
	code, message := apiError(e.Err)
	action, because := denialOf(message)
	switch {
	case strings.HasPrefix(code, "KMS."), strings.HasPrefix(action, "kms:"):
		return "the object is encrypted with a KMS key: " +
			"the role needs kms:Decrypt on that key, and the key's policy must allow it"
	case strings.HasPrefix(because, "with an explicit deny"):
		return "a policy explicitly denies this, so that allowing it elsewhere does not help: " +
			"change the policy that S3 names"
	case code == "ExpiredToken", code == "InvalidToken":
		return "the credentials have expired: check that they are refreshed"
	case code == "SignatureDoesNotMatch":
		return "what arrived is not what was signed: the client's secret key is not the one of its access key, " +
			"or something between here and S3 changes the host, the path or the headers"
	case code == "InvalidAccessKeyId":
		return "the credentials were rejected: check which ones the client uses, and that they are for this endpoint"
	case code == "RequestTimeTooSkewed":
		return "this machine's clock differs from S3's by more than 15 minutes: set it"
	case e.Op == "buckets":
		return "the role needs s3:ListAllMyBuckets"
	}
	hint := "the role needs s3:ListBucket on the bucket"
	if e.Op != "list" {
		// Whoever may not list a bucket must not learn which keys exist.
		hint = "the role needs s3:GetObject on the object; if it has that, the object may not exist: " +
			"without s3:ListBucket on the bucket, S3 responds to a missing key with 403"
	}
	if !opts.RequesterPays {
		hint += "; if the bucket is requester-pays, set BucketOptions.RequesterPays"
	}
	if opts.ExpectedOwner != "" {
		hint += "; if account " + opts.ExpectedOwner + " does not own the bucket, S3 denies access too"
	}
	return hint
}
