package s3readtest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A scope is what a request is about.
type scope int

const (
	service scope = iota // no bucket
	inBucket
	inObject
)

// An operation is one of S3's, by its name in the API reference.
type operation struct {
	scope  scope
	method string
	sub    string // the query parameter that tells it from others with the same method; "": none
	name   string
	params string // the other parameters that it has, with spaces between
	handle func(*call, *bucket) (*answer, *failure)
}

// operations are those that the Server has. Of several that a request may mean, the first is meant;
// an operation without sub comes after all others of its method.
var operations = []operation{
	{service, "GET", "", "ListBuckets", "max-buckets continuation-token prefix bucket-region", nil},
	{inBucket, "GET", "location", "GetBucketLocation", "", (*call).bucketLocation},
	{inBucket, "GET", "session", "CreateSession", "", (*call).createSession},
	{inBucket, "GET", "list-type", "ListObjectsV2", "prefix delimiter start-after continuation-token " +
		"max-keys encoding-type fetch-owner optional-object-attributes", (*call).listObjects},
	{inBucket, "GET", "versions", "ListObjectVersions",
		"prefix delimiter key-marker version-id-marker max-keys encoding-type", (*call).listVersions},
	{inBucket, "GET", "versioning", "GetBucketVersioning", "", (*call).bucketVersioning},
	{inBucket, "GET", "uploads", "ListMultipartUploads", "prefix delimiter " +
		"key-marker upload-id-marker max-uploads encoding-type", (*call).listUploads},
	{inBucket, "GET", "", "ListObjects", "prefix delimiter marker max-keys encoding-type", (*call).listObjectsV1},
	{inBucket, "HEAD", "", "HeadBucket", "", (*call).headBucket},
	{inBucket, "PUT", "versioning", "PutBucketVersioning", "", (*call).putVersioning},
	{inBucket, "PUT", "", "CreateBucket", "", (*call).createBucket},
	{inBucket, "DELETE", "", "DeleteBucket", "", (*call).deleteBucket},
	{inBucket, "POST", "delete", "DeleteObjects", "", (*call).deleteObjects},
	{inObject, "GET", "attributes", "GetObjectAttributes", "versionId", (*call).attributes},
	{inObject, "GET", "tagging", "GetObjectTagging", "versionId", (*call).getTagging},
	{inObject, "GET", "uploadId", "ListParts", "max-parts part-number-marker", (*call).listParts},
	{inObject, "GET", "", "GetObject", readParams, (*call).object},
	{inObject, "HEAD", "", "HeadObject", readParams, (*call).object},
	{inObject, "PUT", "uploadId", "UploadPart", "partNumber", (*call).uploadPart},
	{inObject, "PUT", "tagging", "PutObjectTagging", "versionId", (*call).putTagging},
	{inObject, "PUT", "", "PutObject", "", (*call).putObject},
	{inObject, "POST", "uploads", "CreateMultipartUpload", "", (*call).createUpload},
	{inObject, "POST", "uploadId", "CompleteMultipartUpload", "", (*call).completeUpload},
	{inObject, "DELETE", "uploadId", "AbortMultipartUpload", "", (*call).abortUpload},
	{inObject, "DELETE", "tagging", "DeleteObjectTagging", "versionId", (*call).deleteTagging},
	{inObject, "DELETE", "", "DeleteObject", "versionId", (*call).deleteObject},
}

// copies are the operations that a source in a header makes of others.
var copies = map[string]string{"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}

const readParams = "versionId partNumber response-cache-control response-content-disposition " +
	"response-content-encoding response-content-language response-content-type response-expires"

// findOperation is the operation that a request asks for. Without a handle the Server doesn't have
// it; its name then is S3's, or "" where it isn't one of S3's.
//
// Nothing is answered in place of something else: a parameter that no operation here has makes it
// another one. Those that begin with x- are of signatures, of SDKs and of logs ("query-string
// parameters that begin with x-" are ignored by S3: User Guide, "Logging requests").
func findOperation(method string, t target, query url.Values, h http.Header) operation {
	at := inObject
	switch {
	case t.bucket == "":
		at = service
	case t.key == "":
		at = inBucket
	}
	if name, sub := absent(method, at, query); name != "" {
		return operation{scope: at, method: method, sub: sub, name: name}
	}
	for _, op := range operations {
		if op.scope == at && op.method == method && (op.sub == "" || query.Has(op.sub)) {
			if unknown := op.unknown(query); unknown != "" {
				return operation{scope: at, method: method, sub: unknown}
			}
			if copied := copies[op.name]; copied != "" && h.Get("x-amz-copy-source") != "" {
				op.name = copied
			}
			return op
		}
	}
	return operation{scope: at, method: method, sub: first(slices.Sorted(maps.Keys(query)))}
}

// unknown is the first parameter of a request that the operation doesn't have.
func (op operation) unknown(query url.Values) string {
	params := strings.Fields(op.params)
	var unknown []string
	for name := range query {
		if name != op.sub && !slices.Contains(params, name) && !strings.HasPrefix(strings.ToLower(name), "x-") {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return first(unknown)
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// notImplemented says what was asked for, and that this Server doesn't have it.
func (c *call) notImplemented() *failure {
	what := c.op.name
	if what == "" {
		what = c.op.method + " of " + []string{service: "the service", inBucket: "a bucket",
			inObject: "an object"}[c.op.scope]
		if c.op.sub != "" {
			what += " with ?" + c.op.sub
		}
	}
	return fail("NotImplemented").withMessage("s3readtest doesn't implement %s", what)
}
