package s3readtest

import (
	"net/http"
	"net/url"
	"strings"
)

// A subresource is one of S3's that the Server doesn't have.
type subresource struct {
	scope scope
	sub   string // the query parameter
	noun  string
	// verbs are those of its operations, whose names they make with the noun. Where "List" is one
	// of them, there can be several: a GET without a name is that.
	verbs string
}

const (
	getPut       = "Get Put"
	getPutDelete = "Get Put Delete"
	severally    = "Get Put Delete List"
)

// subresources are what S3's API reference has besides operations.
var subresources = []subresource{
	{inBucket, "abac", "BucketAbac", getPut},
	{inBucket, "accelerate", "BucketAccelerateConfiguration", getPut},
	{inBucket, "acl", "BucketAcl", getPut},
	{inBucket, "analytics", "BucketAnalyticsConfiguration", severally},
	{inBucket, "cors", "BucketCors", getPutDelete},
	{inBucket, "encryption", "BucketEncryption", getPutDelete},
	{inBucket, "intelligent-tiering", "BucketIntelligentTieringConfiguration", severally},
	{inBucket, "inventory", "BucketInventoryConfiguration", severally},
	{inBucket, "lifecycle", "BucketLifecycle", "Delete"},
	{inBucket, "lifecycle", "BucketLifecycleConfiguration", getPut},
	{inBucket, "logging", "BucketLogging", getPut},
	{inBucket, "metadataAnnotationTable", "BucketMetadataAnnotationTableConfiguration", "Update"},
	{inBucket, "metadataConfiguration", "BucketMetadataConfiguration", "Create Get Delete"},
	{inBucket, "metadataInventoryTable", "BucketMetadataInventoryTableConfiguration", "Update"},
	{inBucket, "metadataJournalTable", "BucketMetadataJournalTableConfiguration", "Update"},
	{inBucket, "metadataTable", "BucketMetadataTableConfiguration", "Create Get Delete"},
	{inBucket, "metrics", "BucketMetricsConfiguration", severally},
	{inBucket, "notification", "BucketNotificationConfiguration", getPut},
	{inBucket, "object-lock", "ObjectLockConfiguration", getPut},
	{inBucket, "ownershipControls", "BucketOwnershipControls", getPutDelete},
	{inBucket, "policy", "BucketPolicy", getPutDelete},
	{inBucket, "policyStatus", "BucketPolicyStatus", "Get"},
	{inBucket, "publicAccessBlock", "PublicAccessBlock", getPutDelete},
	{inBucket, "replication", "BucketReplication", getPutDelete},
	{inBucket, "requestPayment", "BucketRequestPayment", getPut},
	{inBucket, "tagging", "BucketTagging", getPutDelete},
	{inBucket, "website", "BucketWebsite", getPutDelete},
	{inObject, "acl", "ObjectAcl", getPut},
	{inObject, "annotation", "ObjectAnnotation", severally},
	{inObject, "encryption", "ObjectEncryption", "Update"},
	{inObject, "legal-hold", "ObjectLegalHold", getPut},
	{inObject, "renameObject", "Object", "Rename"},
	{inObject, "restore", "Object", "Restore"},
	{inObject, "retention", "ObjectRetention", getPut},
	{inObject, "select", "ObjectContent", "Select"},
	{inObject, "torrent", "ObjectTorrent", "Get"},
}

// methods are those of the verbs.
var methods = map[string]string{
	"Get": http.MethodGet, "List": http.MethodGet, "Put": http.MethodPut, "Update": http.MethodPut,
	"Rename": http.MethodPut, "Delete": http.MethodDelete, "Create": http.MethodPost,
	"Restore": http.MethodPost, "Select": http.MethodPost,
}

// absent is S3's name for an operation that the Server doesn't have, and the parameter that tells
// it; two times "" if a request is for none of those that are known. A sub-resource that is asked
// for with a method that S3 doesn't take is told by its parameter alone.
func absent(method string, at scope, query url.Values) (name, sub string) {
	if at == service && query.Get("x-id") == "ListDirectoryBuckets" { // else it is told by its host alone
		return "ListDirectoryBuckets", ""
	}
	for _, r := range subresources {
		if r.scope != at || !query.Has(r.sub) {
			continue
		}
		for _, verb := range strings.Fields(r.verbs) {
			if methods[verb] == method && (r.verbs != severally || method != http.MethodGet ||
				named(query) == (verb == "Get")) {
				return r.name(verb), r.sub
			}
		}
	}
	return "", ""
}

// named reports whether a request names one of several sub-resources.
func named(query url.Values) bool { return query.Has("id") || query.Has("annotationName") }

func (r subresource) name(verb string) string {
	if verb == "List" {
		return verb + r.noun + "s"
	}
	return verb + r.noun
}
