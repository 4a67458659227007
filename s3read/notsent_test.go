package s3read_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// tokenFile is a provider that reads a file.
func tokenFile(file string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		token, err := os.ReadFile(file)
		return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: string(token)}, err
	})
}

// refusedBySTS is a provider that asks an STS that refuses.
func refusedBySTS(status int, code string) aws.CredentialsProvider {
	answer := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Requestid", "STSREQUESTID")
		fail(w, status, code, "no")
	}
	return stscreds.NewAssumeRoleProvider(sts.New(sts.Options{
		Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{},
		HTTPClient: &http.Client{Transport: handlerTransport{http.HandlerFunc(answer)}},
	}), "arn:aws:iam::111122223333:role/reader")
}

func TestWhatKeepsARequestFromBeingSentIsNotTheObjects(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "token")
	for name, credentials := range map[string]aws.CredentialsProvider{
		"a token file that is missing": tokenFile(missing),
		"an STS that denies":           refusedBySTS(403, "AccessDenied"),
		"an STS that throttles":        refusedBySTS(400, "Throttling"),
		"an STS that is unwell":        refusedBySTS(503, "ServiceUnavailable"),
		"an STS that knows no such":    refusedBySTS(404, "NoSuchKey"),
	} {
		inBubble(t, name, func(t *testing.T) {
			var fake s3readtest.Server
			fake.Put("bucket", "key", "body")
			b := s3read.NewBucket(fake.S3Client(func(o *s3.Options) { o.Credentials = credentials }), "bucket")
			_, stat := b.Stat(t.Context(), "key")
			_, read := b.ReadAll(t.Context(), "key", 10)
			_, list := collect(t.Context(), b, "")
			_, file := fs.Stat(b.FS(t.Context()), "key")
			for _, err := range []error{stat, read, list, file} {
				for _, reason := range []error{
					fs.ErrNotExist, fs.ErrPermission, s3read.ErrNoBucket, s3read.ErrThrottled,
				} {
					assert.NotErrorIs(t, err, reason)
				}
				var e *s3read.Error
				require.ErrorAs(t, err, &e)
				assert.NoError(t, e.Reason)
				assert.Empty(t, e.Hint)
				assert.Empty(t, e.RequestID)
				assert.Contains(t, err.Error(), "get credentials")
			}
			assert.Empty(t, fake.Requests())
		})
	}
	t.Run("its cause can be found", func(t *testing.T) {
		client := new(s3readtest.Server).S3Client(func(o *s3.Options) { o.Credentials = tokenFile(missing) })
		_, err := s3read.NewBucket(client, "bucket").Stat(t.Context(), "key")
		var cause *fs.PathError
		require.ErrorAs(t, err, &cause)
		assert.Equal(t, missing, cause.Path)
		why := errors.New("why")
		client = new(s3readtest.Server).S3Client(func(o *s3.Options) {
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{}, why
			})
		})
		_, err = s3read.NewBucket(client, "bucket").Stat(t.Context(), "key")
		require.ErrorIs(t, err, why)
	})
	inBubble(t, "an object that is being read has not changed for it", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "token")
		require.NoError(t, os.WriteFile(file, []byte("secret"), 0o600))
		var fake s3readtest.Server
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: content(1 << 20)})
		fake.Inject(s3readtest.Fault{Times: 1, Do: s3readtest.Cut(1000)})
		client := fake.S3Client(func(o *s3.Options) { o.Credentials = tokenFile(file) })
		r, err := s3read.NewBucket(client, "bucket").Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		require.NoError(t, os.Remove(file))
		_, err = io.Copy(io.Discard, r)
		require.ErrorContains(t, err, "get credentials")
		assert.NotErrorIs(t, err, s3read.ErrChanged)
	})
}
