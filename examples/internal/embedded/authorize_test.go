package embedded_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

const bucketRegion = "eu-west-1"

// readAll makes a request of each kind, and returns the error of each; HeadObject's is the last.
func readAll(t *testing.T, c *s3.Client) []error {
	t.Helper()
	bucket, key := aws.String("invoices"), aws.String("a b/ü+1.txt")
	_, buckets := c.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	_, list := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: bucket, Prefix: aws.String("a b/ü+")})
	out, get := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key, Range: aws.String("bytes=1-3")})
	if get == nil {
		get = out.Body.Close()
	}
	_, head := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: key})
	return []error{buckets, list, get, head}
}

// requireRefused fails the test unless S3 refuses each request with the code and the status, in
// an error that holds no secret.
func requireRefused(t *testing.T, c *s3.Client, code string, status int, secret string) {
	t.Helper()
	errs := readAll(t, c)
	for i, err := range errs {
		var response *awshttp.ResponseError
		require.ErrorAs(t, err, &response)
		assert.Equal(t, status, response.HTTPStatusCode())
		var api smithy.APIError
		require.ErrorAs(t, err, &api)
		if i < len(errs)-1 { // the response to a HEAD has no body that could hold the code
			assert.Equal(t, code, api.ErrorCode())
		}
		assert.NotContains(t, err.Error(), secret)
	}
}

// The test kits of STS and S3 don't know each other: the Authorize of one fits the other.
func TestS3AsksSTSWhoMayAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
		issuer.Algorithm = "ES256"
		const role = "arn:aws:iam::111122223333:role/reader"
		service := new(irsatest.STS)
		require.NoError(t, service.Trust(role, issuer, "system:serviceaccount:default:default"))
		store := &s3readtest.Server{Authorize: service.Authorize}
		store.CreateBucket(s3readtest.Bucket{Name: "invoices", Region: bucketRegion})
		store.Put("invoices", "a b/ü+1.txt", "content")

		session := func() *types.Credentials {
			client := sts.New(sts.Options{Region: bucketRegion, HTTPClient: service.Client()})
			out, err := client.AssumeRoleWithWebIdentity(t.Context(), &sts.AssumeRoleWithWebIdentityInput{
				RoleArn: aws.String(role), RoleSessionName: aws.String("test"),
				WebIdentityToken: aws.String(issuer.Token(irsatest.Claims{})),
			})
			require.NoError(t, err)
			return out.Credentials
		}
		client := func(key, secret, token *string) *s3.Client {
			return store.S3Client(func(o *s3.Options) {
				o.Region, o.Retryer = bucketRegion, aws.NopRetryer{}
				o.Credentials = credentials.NewStaticCredentialsProvider(*key, *secret, *token)
			})
		}
		one, two := session(), session()
		// A new client each time: one that was told of clock skew corrects its clock.
		mine := func() *s3.Client { return client(one.AccessKeyId, one.SecretAccessKey, one.SessionToken) }
		for _, err := range readAll(t, mine()) {
			require.NoError(t, err)
		}

		refused := func(c *s3.Client, code string, status int) {
			t.Helper()
			requireRefused(t, c, code, status, *one.SessionToken)
		}
		unknownKey := client(aws.String("ASIAUNKNOWN"), one.SecretAccessKey, one.SessionToken)
		refused(unknownKey, "InvalidAccessKeyId", http.StatusForbidden)
		otherSecret := client(one.AccessKeyId, two.SecretAccessKey, one.SessionToken)
		refused(otherSecret, "SignatureDoesNotMatch", http.StatusForbidden)
		otherToken := client(one.AccessKeyId, one.SecretAccessKey, two.SessionToken)
		refused(otherToken, "InvalidToken", http.StatusBadRequest)
		anonymous := store.S3Client(func(o *s3.Options) {
			o.Region, o.Retryer, o.Credentials = bucketRegion, aws.NopRetryer{}, aws.AnonymousCredentials{}
		})
		refused(anonymous, "AccessDenied", http.StatusForbidden)

		service.Inject(irsatest.Fault{Do: irsatest.Skew(16 * time.Minute)})
		refused(mine(), "RequestTimeTooSkewed", http.StatusForbidden)
		service.ClearFaults()

		time.Sleep(time.Hour)
		refused(mine(), "ExpiredToken", http.StatusBadRequest)
		fresh := session()
		for _, err := range readAll(t, client(fresh.AccessKeyId, fresh.SecretAccessKey, fresh.SessionToken)) {
			require.NoError(t, err)
		}
	})
}
