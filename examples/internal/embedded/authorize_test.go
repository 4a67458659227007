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

// The STS for tests and the S3 for tests know nothing of each other, save that the
// Authorize of the one fits the other.
func TestS3AsksSTSWhoMayAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
		issuer.Algorithm = "ES256"
		const role = "arn:aws:iam::111122223333:role/reader"
		service := new(irsatest.STS)
		require.NoError(t, service.Trust(role, issuer, "system:serviceaccount:default:default"))
		store := &s3readtest.Server{Authorize: service.Authorize}
		store.CreateBucket(s3readtest.Bucket{Name: "invoices", Region: "eu-west-1"})
		store.Put("invoices", "a b/ü+1.txt", "content")

		session := func() *types.Credentials {
			out, err := sts.New(sts.Options{Region: "eu-west-1", HTTPClient: service.Client()}).AssumeRoleWithWebIdentity(t.Context(), &sts.AssumeRoleWithWebIdentityInput{
				RoleArn: aws.String(role), RoleSessionName: aws.String("test"), WebIdentityToken: aws.String(issuer.Token(irsatest.Claims{})),
			})
			require.NoError(t, err)
			return out.Credentials
		}
		one, two := session(), session()
		client := func(key, secret, token *string) *s3.Client {
			return store.Client(func(o *s3.Options) {
				o.Region, o.Retryer = "eu-west-1", aws.NopRetryer{}
				o.Credentials = credentials.NewStaticCredentialsProvider(*key, *secret, *token)
			})
		}
		mine := client(one.AccessKeyId, one.SecretAccessKey, one.SessionToken)
		everything := func(c *s3.Client) []error {
			_, buckets := c.ListBuckets(t.Context(), &s3.ListBucketsInput{})
			_, list := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("invoices"), Prefix: aws.String("a b/ü+")})
			out, get := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("invoices"), Key: aws.String("a b/ü+1.txt"), Range: aws.String("bytes=1-3")})
			if get == nil {
				get = out.Body.Close()
			}
			_, head := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("invoices"), Key: aws.String("a b/ü+1.txt")})
			return []error{buckets, list, get, head}
		}
		for _, err := range everything(mine) {
			require.NoError(t, err)
		}

		refused := func(c *s3.Client, code string, status int) {
			t.Helper()
			errs := everything(c)
			for i, err := range errs {
				var response *awshttp.ResponseError
				require.ErrorAs(t, err, &response)
				assert.Equal(t, status, response.HTTPStatusCode())
				var api smithy.APIError
				require.ErrorAs(t, err, &api)
				if i < len(errs)-1 { // a HEAD's answer has no body to tell the code
					assert.Equal(t, code, api.ErrorCode())
				}
				assert.NotContains(t, err.Error(), *one.SessionToken)
			}
		}
		refused(client(aws.String("ASIAUNKNOWN"), one.SecretAccessKey, one.SessionToken), "InvalidAccessKeyId", http.StatusForbidden)
		refused(client(one.AccessKeyId, two.SecretAccessKey, one.SessionToken), "SignatureDoesNotMatch", http.StatusForbidden)
		refused(client(one.AccessKeyId, one.SecretAccessKey, two.SessionToken), "InvalidToken", http.StatusBadRequest)
		refused(store.Client(func(o *s3.Options) {
			o.Region, o.Retryer, o.Credentials = "eu-west-1", aws.NopRetryer{}, aws.AnonymousCredentials{}
		}), "AccessDenied", http.StatusForbidden)

		service.SetFault(irsatest.Fault{Skew: 16 * time.Minute})
		refused(client(one.AccessKeyId, one.SecretAccessKey, one.SessionToken), "RequestTimeTooSkewed", http.StatusForbidden)
		service.SetFault(irsatest.Fault{})

		time.Sleep(time.Hour)
		refused(client(one.AccessKeyId, one.SecretAccessKey, one.SessionToken), "ExpiredToken", http.StatusBadRequest)
		fresh := session()
		for _, err := range everything(client(fresh.AccessKeyId, fresh.SecretAccessKey, fresh.SessionToken)) {
			require.NoError(t, err)
		}
	})
}
