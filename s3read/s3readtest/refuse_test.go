package s3readtest_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestWhatTheServerDoesNotHaveIsNotAnsweredWithSomethingElse(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.Put("b", "k", "content")
	const host = "b.s3.us-east-1.amazonaws.com"
	for _, tc := range []struct{ method, target, op, message string }{
		{"GET", "/k?acl", "GetObjectAcl", "GetObjectAcl"},
		{"GET", "/k?retention", "GetObjectRetention", "GetObjectRetention"},
		{"GET", "/k?legal-hold", "GetObjectLegalHold", "GetObjectLegalHold"},
		{"GET", "/k?torrent", "GetObjectTorrent", "GetObjectTorrent"},
		{"GET", "/k?acl&versionId=null", "GetObjectAcl", "GetObjectAcl"},
		{"PUT", "/k?acl", "PutObjectAcl", "PutObjectAcl"},
		{"POST", "/k?select&select-type=2", "SelectObjectContent", "SelectObjectContent"},
		{"GET", "/k?newest", "", "GET of an object with ?newest"},
		{"GET", "/k?prefix=a", "", "GET of an object with ?prefix"},
		{"PATCH", "/k", "", "PATCH of an object"},
		{"GET", "/?acl", "GetBucketAcl", "GetBucketAcl"},
		{"GET", "/?policyStatus", "GetBucketPolicyStatus", "GetBucketPolicyStatus"},
		{"GET", "/?publicAccessBlock", "GetPublicAccessBlock", "GetPublicAccessBlock"},
		{"GET", "/?object-lock", "GetObjectLockConfiguration", "GetObjectLockConfiguration"},
		{"DELETE", "/?lifecycle", "DeleteBucketLifecycle", "DeleteBucketLifecycle"},
		{"GET", "/?list-type=2&newest=1", "", "GET of a bucket with ?newest"},
		{"GET", "/?list-type=3", "ListObjectsV2", "ListObjectsV2"},
	} {
		t.Run(tc.method+" "+tc.target, func(t *testing.T) {
			srv.ForgetRequests()
			w := ask(t, srv, tc.method, host, tc.target, http.Header{})
			assert.Equal(t, http.StatusNotImplemented, w.Code)
			assert.Contains(t, w.Body.String(),
				"<Code>NotImplemented</Code><Message>s3readtest doesn't implement "+tc.message+"</Message>")
			assert.Equal(t, tc.op, srv.Requests()[0].Op)
		})
	}
	t.Run("the SDK's own operation is an error, not an empty success", func(t *testing.T) {
		_, err := srv.S3Client(once).GetObjectRetention(t.Context(), &s3.GetObjectRetentionInput{
			Bucket: aws.String("b"), Key: aws.String("k"),
		})
		got, status, _ := code(t, err)
		assert.Equal(t, []any{"NotImplemented", 501}, []any{got, status})
	})
	t.Run("parameters of SDKs, logs and signatures change nothing", func(t *testing.T) {
		assert.Equal(t, 200, ask(t, srv, "GET", host, "/k?x-id=GetObject&x-ticket=1&X-Amz-Expires=9",
			http.Header{}).Code)
	})
}

func TestABucketsRegionIsToldWhereS3TellsIt(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "paris", Region: "eu-west-3"})
	paris := srv.S3Client(once, func(o *s3.Options) { o.Region = "eu-west-3" })
	bucket := aws.String("paris")
	t.Run("a refused request", func(t *testing.T) {
		refusing := &s3readtest.Server{Authorize: func(*http.Request) error { return errors.New("no") }}
		refusing.CreateBucket(s3readtest.Bucket{Name: "paris", Region: "eu-west-3"})
		client := refusing.S3Client(once, func(o *s3.Options) { o.Region = "eu-west-3" })
		_, err := client.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: bucket})
		_, status, region := code(t, err)
		assert.Equal(t, []any{403, "eu-west-3"}, []any{status, region})
		_, err = client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: bucket})
		_, status, region = code(t, err)
		assert.Equal(t, []any{403, "eu-west-3"}, []any{status, region})
	})
	t.Run("a listing", func(t *testing.T) {
		w := ask(t, srv, "GET", "paris.s3.eu-west-3.amazonaws.com", "/?list-type=2", http.Header{})
		assert.Equal(t, "eu-west-3", w.Header().Get("x-amz-bucket-region"))
	})
	location := func(client *s3.Client) (types.BucketLocationConstraint, error) {
		out, err := client.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: bucket})
		if err != nil {
			return "", err
		}
		return out.LocationConstraint, nil
	}
	pathStyle := func(o *s3.Options) { o.UsePathStyle = true }
	for name, client := range map[string]*s3.Client{
		"the location, from the bucket's region":   paris,
		"the location, from us-east-1":             srv.S3Client(once),
		"the location, from us-east-1 by the path": srv.S3Client(once, pathStyle),
		"the location, from the global host": srv.S3Client(once, pathStyle, func(o *s3.Options) {
			o.BaseEndpoint = aws.String("http://s3.amazonaws.com")
		}),
		"the location, on a listener": overHTTP(t, srv),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := location(client)
			require.NoError(t, err)
			assert.EqualValues(t, "eu-west-3", got)
		})
	}
	t.Run("the location, from a third region", func(t *testing.T) {
		_, err := location(srv.S3Client(once, func(o *s3.Options) { o.Region = "ap-south-1" }))
		got, status, region := code(t, err)
		assert.Equal(t, []any{"PermanentRedirect", 301, "eu-west-3"}, []any{got, status, region})
	})
}

func TestASignatureForAnotherServiceOrRegionIsMalformed(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.Put("b", "k", "content")
	signed := func(scope string) http.Header {
		return http.Header{"Authorization": {"AWS4-HMAC-SHA256 Credential=AKID/20260101/" + scope + "/aws4_request, SignedHeaders=host, Signature=00"}}
	}
	for _, tc := range []struct{ host, scope, says string }{
		{"b.s3.us-east-1.amazonaws.com", "us-east-1/dynamodb",
			`incorrect service &quot;dynamodb&quot;. This endpoint belongs to &quot;s3&quot;.`},
		{"127.0.0.1:9000", "us-east-1/dynamodb", `incorrect service &quot;dynamodb&quot;`},
		{"s3.eu-west-1.amazonaws.com", "us-east-1/s3", `the region 'us-east-1' is wrong; expecting 'eu-west-1'`},
	} {
		t.Run(tc.scope+" at "+tc.host, func(t *testing.T) {
			w := ask(t, srv, "GET", tc.host, "/", signed(tc.scope))
			assert.Equal(t, http.StatusBadRequest, w.Code)
			assert.Contains(t, w.Body.String(), "<Code>AuthorizationHeaderMalformed</Code>")
			assert.Contains(t, w.Body.String(), tc.says)
		})
	}
	last := srv.Requests()[2]
	assert.Equal(t, "ListBuckets AKID us-east-1", last.Op+" "+last.AccessKey+" "+last.Region)
}
