package s3readtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// overHTTP is a client of a real listener.
func overHTTP(t *testing.T, srv *s3readtest.Server, optFns ...func(*s3.Options)) *s3.Client {
	t.Helper()
	ts := httptest.NewServer(srv)
	t.Cleanup(ts.Close)
	return s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &ts.URL, UsePathStyle: true, HTTPClient: ts.Client(),
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer:     aws.NopRetryer{},
	}, optFns...)
}

func once(o *s3.Options) { o.Retryer = aws.NopRetryer{} }

// code is the error code, the status and the bucket region of an S3 error.
func code(t *testing.T, err error) (code string, status int, region string) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	var response *awshttp.ResponseError
	require.ErrorAs(t, err, &response)
	return api.ErrorCode(), response.HTTPStatusCode(), response.Response.Header.Get("X-Amz-Bucket-Region")
}

func get(ctx context.Context, client *s3.Client, in *s3.GetObjectInput) (string, *s3.GetObjectOutput, error) {
	out, err := client.GetObject(ctx, in)
	if err != nil {
		return "", nil, err
	}
	body, err := io.ReadAll(out.Body)
	return string(body), out, errors.Join(err, out.Body.Close())
}

func TestBothAddressingStylesReachABucket(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.Put("reports", "a/b c+d.txt", "content")
	in := &s3.GetObjectInput{Bucket: aws.String("reports"), Key: aws.String("a/b c+d.txt")}
	for name, client := range map[string]*s3.Client{
		"virtual-hosted, in memory": srv.S3Client(once),
		"path-style, in memory":     srv.S3Client(once, func(o *s3.Options) { o.UsePathStyle = true }),
		"https, in memory": srv.S3Client(once,
			func(o *s3.Options) { o.EndpointOptions.DisableHTTPS = false }),
		"dual-stack, in memory": srv.S3Client(once,
			func(o *s3.Options) { o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled }),
		"path-style, on a listener": overHTTP(t, srv),
		"virtual-hosted by a host S3": srv.S3Client(once,
			func(o *s3.Options) { o.BaseEndpoint = aws.String("http://s3.test:9000") }),
	} {
		t.Run(name, func(t *testing.T) {
			body, _, err := get(t.Context(), client, in)
			require.NoError(t, err)
			assert.Equal(t, "content", body)
		})
	}
	for _, r := range srv.Requests("GetObject") {
		assert.Equal(t, "reports", r.Bucket, r.Host)
		assert.Equal(t, "a/b c+d.txt", r.Key, r.Host)
	}
}

func TestABucketInAnotherRegionSaysWhere(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "paris", Region: "eu-west-3"})
	srv.Put("paris", "k", "v")
	bare := srv.S3Client(once, func(o *s3.Options) { o.BaseEndpoint = aws.String("http://s3.test") })
	for name, tt := range map[string]struct {
		client *s3.Client
		code   string
		head   string
		status int
	}{
		"an endpoint of another region": {srv.S3Client(once), "PermanentRedirect", "MovedPermanently",
			301},
		"path-style, no region in the name":           {overHTTP(t, srv), "PermanentRedirect", "MovedPermanently", 301},
		"virtual-hosted, only the signature is wrong": {bare, "AuthorizationHeaderMalformed", "BadRequest", 400},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := get(t.Context(), tt.client,
				&s3.GetObjectInput{Bucket: aws.String("paris"), Key: aws.String("k")})
			got, status, region := code(t, err)
			assert.Equal(t, []any{tt.code, tt.status, "eu-west-3"}, []any{got, status, region})

			_, err = tt.client.HeadObject(t.Context(),
				&s3.HeadObjectInput{Bucket: aws.String("paris"), Key: aws.String("k")})
			got, status, region = code(t, err)
			assert.Equal(t, []any{tt.head, tt.status, "eu-west-3"}, []any{got, status, region}, "a HEAD has no body")

			_, err = tt.client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("paris")})
			got, status, region = code(t, err)
			assert.Equal(t, []any{tt.code, tt.status, "eu-west-3"}, []any{got, status, region})
		})
		body, _, err := get(t.Context(), srv.S3Client(once),
			&s3.GetObjectInput{Bucket: aws.String("paris"), Key: aws.String("k")})
		require.Error(t, err)
		assert.Empty(t, body)
	}
	body, _, err := get(t.Context(), srv.S3Client(once, func(o *s3.Options) { o.Region = "eu-west-3" }),
		&s3.GetObjectInput{Bucket: aws.String("paris"), Key: aws.String("k")})
	require.NoError(t, err)
	assert.Equal(t, "v", body)
}

func TestAuthorizeRefuses(t *testing.T) {
	var refuse error
	srv := &s3readtest.Server{Authorize: func(r *http.Request) error {
		assert.NotEmpty(t, r.Header.Get("Authorization"))
		return refuse
	}}
	srv.Put("b", "k", "v")
	client := srv.S3Client(once)
	for name, tt := range map[string]struct {
		err    error
		code   string
		status int
	}{
		"any error":  {errors.New("no"), "AccessDenied", 403},
		"an S3 code": {&smithy.GenericAPIError{Code: "InvalidAccessKeyId"}, "InvalidAccessKeyId", 403},
		"an end of life": {&smithy.GenericAPIError{Code: "ExpiredToken", Message: "it is over"},
			"ExpiredToken", 400},
		"a code that S3 has not": {&smithy.GenericAPIError{Code: "Other"}, "AccessDenied", 403},
	} {
		t.Run(name, func(t *testing.T) {
			refuse = tt.err
			_, _, err := get(t.Context(), client, &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
			got, status, _ := code(t, err)
			assert.Equal(t, []any{tt.code, tt.status}, []any{got, status})
			_, err = client.ListBuckets(t.Context(), &s3.ListBucketsInput{})
			got, status, _ = code(t, err)
			assert.Equal(t, []any{tt.code, tt.status}, []any{got, status})
		})
	}
	refuse = nil
	_, _, err := get(t.Context(), client, &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
	require.NoError(t, err)
}

func TestADirectoryBucketWantsASession(t *testing.T) {
	srv := new(s3readtest.Server)
	const name = "data--use1-az4--x-s3"
	srv.Put(name, "k", "v")
	body, _, err := get(t.Context(), srv.S3Client(once),
		&s3.GetObjectInput{Bucket: aws.String(name), Key: aws.String("k")})
	require.NoError(t, err)
	assert.Equal(t, "v", body)
	assert.Len(t, srv.Requests("CreateSession"), 1, "the SDK asks for it by itself")
	for _, r := range srv.Requests() {
		assert.Empty(t, r.Header.Values("X-Amz-S3session-Token"))
		assert.Empty(t, r.Header.Values("Authorization"))
	}
}

func TestWhatIsNotThere(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.Put("b", "k", "v")
	client := srv.S3Client(once)
	_, _, err := get(t.Context(), client, &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("none")})
	var noKey *types.NoSuchKey
	require.ErrorAs(t, err, &noKey)
	_, _, err = get(t.Context(), client, &s3.GetObjectInput{Bucket: aws.String("none"), Key: aws.String("k")})
	got, status, _ := code(t, err)
	assert.Equal(t, []any{"NoSuchBucket", 404}, []any{got, status})
	_, err = client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("b"), Key: aws.String("none")})
	var notFound *types.NotFound
	require.ErrorAs(t, err, &notFound)
	_, err = client.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("none")})
	require.ErrorAs(t, err, &notFound)
	_, err = client.PutObjectAcl(t.Context(), &s3.PutObjectAclInput{Bucket: aws.String("b"), Key: aws.String("k")})
	got, status, _ = code(t, err)
	assert.Equal(t, []any{"NotImplemented", 501}, []any{got, status})
	var response *awshttp.ResponseError
	require.ErrorAs(t, err, &response)
	assert.Len(t, response.ServiceRequestID(), 16)
}

func header(t *testing.T, err error) http.Header {
	t.Helper()
	var response *awshttp.ResponseError
	require.ErrorAs(t, err, &response)
	return response.Response.Header
}
