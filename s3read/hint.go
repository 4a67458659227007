package s3read

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/irsa/denial"
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
	case needsCustomerKey(e.Err):
		return "the object is encrypted with a key of its owner (SSE-C): set BucketOptions.SSECustomerKey"
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

// needsCustomerKey reports whether S3 says so, which it does by its text alone: "The object was
// stored using a form of Server Side Encryption. The correct parameters must be provided to
// retrieve the object." The answer to a HEAD has no text.
func needsCustomerKey(err error) bool {
	code, message := apiError(err)
	return code == "InvalidRequest" && strings.Contains(message, "stored using a form of Server Side Encryption")
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

// deniedHint tells the causes of a 403 apart: by its code, and by what S3 says where bucket and
// caller belong to the same organization.
func deniedHint(e *Error, opts BucketOptions) string {
	switch code, _ := apiError(e.Err); code {
	case "ExpiredToken", "InvalidToken":
		return "the credentials have expired: check that they are refreshed"
	case "SignatureDoesNotMatch":
		return "what arrived is not what was signed: the client's secret key is not the one of its access key, " +
			"or something between here and S3 changes the host, the path or the headers"
	case "InvalidAccessKeyId":
		return "the credentials were rejected: check which ones the client uses, and that they are for this endpoint"
	case "RequestTimeTooSkewed":
		return "this machine's clock differs from S3's by more than 15 minutes: set it"
	}
	d, _ := denial.Of(e)
	switch {
	case d.Deny == "explicit":
		return "a policy explicitly denies this, so that allowing it elsewhere does not help: " +
			"change the policy that denies " + d.Action + ", " + policyOf(d)
	case strings.HasPrefix(d.Action, "kms:"):
		return "the object is encrypted with a KMS key: " +
			"the role needs " + d.Action + " on that key, and the key's policy must allow it"
	case d.Principal == "anonymous":
		return "the request was not signed: check the client's credentials"
	case d.Deny == "implicit" && d.PolicyType == "identity":
		return "the role needs " + d.Action + on(d.Resource)
	case d.Deny == "implicit":
		return "no statement allows " + d.Action + on(d.Resource) + " in " + policyOf(d) +
			"; the role's own policy must allow it too"
	case e.Op == "buckets":
		return "the role needs s3:ListAllMyBuckets"
	}
	return silentHint(e, d, opts)
}

func on(resource string) string {
	if resource == "" {
		return ""
	}
	return " on " + resource
}

// policyOf is the kind of policy that denied, in words.
func policyOf(d denial.Denial) string {
	kind, ok := map[string]string{
		"identity": "one of the role's own", "resource": "the bucket's policy",
		"boundary": "the role's permissions boundary", "session": "the policy of the session itself",
		"scp": "a service control policy of the organization", "rcp": "a resource control policy of the organization",
		"vpce": "the policy of the VPC endpoint", "kms": "the policy of the KMS key",
	}[d.PolicyType]
	switch {
	case !ok:
		kind = "the one that S3 names"
	case d.PolicyARN != "":
		kind += ", " + d.PolicyARN
	}
	return kind
}

// silentHint is of a 403 that doesn't say which policy denied.
func silentHint(e *Error, d denial.Denial, opts BucketOptions) string {
	hint := "the role needs s3:ListBucket on the bucket"
	if e.Op != "list" && d.Action != "s3:ListBucket" {
		action := "s3:GetObject"
		if strings.HasPrefix(d.Action, "s3:") {
			action = d.Action
		}
		// Whoever may not list a bucket must not learn which keys exist.
		hint = "the role needs " + action + " on the object; if it has that, the object may not exist: " +
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

// DeniedResource is the ARN of what the request was for, "" where its partition, or an owner that
// the ARN would have to name, isn't known. Package denial asks for it where S3 names no resource.
func (e *Error) DeniedResource() string {
	key := e.Key
	if e.Op == "list" {
		key = "" // it is a prefix
	}
	return partition.S3ARN(e.Region, e.Bucket, key)
}
