package s3read_test

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestErrors(t *testing.T) {
	const (
		noKey     = "The specified key does not exist."
		noVersion = "The specified version does not exist."
		noBucket  = "The specified bucket does not exist"
		method    = "The specified method is not allowed against this resource."
		denied    = "Access Denied"
		kms       = "User: arn:aws:sts::111122223333:assumed-role/r/session is not authorized to perform: kms:Decrypt " +
			"on resource: arn:aws:kms:us-east-1:111122223333:key/k"
		denial = "User: arn:aws:sts::111122223333:assumed-role/r/session is not authorized to perform: s3:GetObject " +
			"with an explicit deny in a resource-based policy"
		archived     = "The operation is not valid for the object's storage class"
		expired      = "The provided token has expired."
		signature    = "The request signature we calculated does not match"
		precondition = "At least one of the pre-conditions you specified did not hold"
	)
	for _, tt := range []struct {
		name          string
		status        int
		code, message string
		marker        bool // X-Amz-Delete-Marker
		reason        error
		hint          string // part of it
	}{
		{"a missing key", 404, "NoSuchKey", noKey, false, fs.ErrNotExist, ""},
		{"a missing version", 404, "NoSuchVersion", noVersion, false, fs.ErrNotExist, ""},
		{"a missing bucket", 404, "NoSuchBucket", noBucket, false, s3read.ErrNoBucket, "bucket's name"},
		{"a deleted object", 404, "NoSuchKey", noKey, true, fs.ErrNotExist, "delete marker"},
		{"a delete marker by its version", 405, "MethodNotAllowed", method, true, fs.ErrNotExist, "delete marker"},
		{"a 403 that may be a missing key", 403, "AccessDenied", denied, false, fs.ErrPermission, "may not exist"},
		{"a 403 for want of RequesterPays", 403, "AccessDenied", denied, false, fs.ErrPermission, "RequesterPays"},
		{"a KMS key that may not be used", 403, "AccessDenied", kms, false, fs.ErrPermission, "kms:Decrypt"},
		{"an explicit deny", 403, "AccessDenied", denial, false, fs.ErrPermission, "explicitly denies this"},
		{"an archived object", 403, "InvalidObjectState", archived, false, s3read.ErrArchived, "RestoreObject"},
		{"credentials that have expired", 400, "ExpiredToken", expired, false, fs.ErrPermission, "refreshed"},
		{"a wrong secret key", 403, "SignatureDoesNotMatch", signature, false, fs.ErrPermission, "what was signed"},
		{"a precondition", 412, "PreconditionFailed", precondition, false, s3read.ErrChanged, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := s3read.NewBucket(serve(func(w http.ResponseWriter, r *http.Request) {
				if tt.marker {
					w.Header().Set("X-Amz-Delete-Marker", "true")
				}
				fail(w, tt.status, tt.code, tt.message)
			}), "bucket")
			_, err := b.Stat(t.Context(), "a/key")
			require.ErrorIs(t, err, tt.reason)
			for _, other := range []error{
				fs.ErrNotExist, fs.ErrPermission,
				s3read.ErrNoBucket, s3read.ErrArchived, s3read.ErrChanged, s3read.ErrThrottled,
			} {
				assert.Equal(t, other == tt.reason, errors.Is(err, other), "%v", other)
			}
			var e *s3read.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "stat", e.Op)
			assert.Equal(t, "bucket", e.Bucket)
			assert.Equal(t, "a/key", e.Key)
			assert.Equal(t, "us-east-1", e.Region)
			assert.Equal(t, "REQUESTID", e.RequestID)
			assert.Contains(t, e.Hint, tt.hint)
			assert.NotContains(t, err.Error(), "\n")
			assert.True(t, strings.HasPrefix(err.Error(), "s3read: stat s3://bucket/a/key: "), err.Error())
			var api smithy.APIError
			assert.ErrorAs(t, err, &api)
			var response *awshttp.ResponseError
			assert.ErrorAs(t, err, &response)
		})
	}
	t.Run("a missing key is asked about once when the bucket is known", func(t *testing.T) {
		var methods []string
		b := s3read.NewBucket(serve(func(w http.ResponseWriter, r *http.Request) {
			methods = append(methods, r.Method)
			fail(w, 404, "NoSuchKey", "The specified key does not exist.")
		}), "bucket")
		for range 2 {
			_, err := b.Stat(t.Context(), "key")
			require.ErrorIs(t, err, fs.ErrNotExist)
		}
		assert.Equal(t, []string{"HEAD", "GET", "HEAD"}, methods)
	})
	t.Run("or when it has answered something else", func(t *testing.T) {
		var fake s3readtest.Server
		fake.Put("bucket", "key", "body")
		b := direct(&fake)
		_, err := b.Stat(t.Context(), "key")
		require.NoError(t, err)
		_, err = b.Stat(t.Context(), "missing")
		require.ErrorIs(t, err, fs.ErrNotExist)
		assert.Len(t, fake.Requests(), 2)
	})
	t.Run("a long story is cut", func(t *testing.T) {
		b := s3read.NewBucket(serve(func(w http.ResponseWriter, r *http.Request) {
			fail(w, 409, "Conflict", strings.Repeat("ä", 5000))
		}), "bucket")
		_, err := b.ReadAll(t.Context(), "key", 1)
		require.ErrorContains(t, err, "ä… (")
		assert.Less(t, len(err.Error()), 1000)
		assert.True(t, utf8.ValidString(err.Error()))
	})
	t.Run("a key with control characters stays on the error's one line", func(t *testing.T) {
		b := s3read.NewBucket(serve(func(w http.ResponseWriter, r *http.Request) {
			fail(w, 404, "NoSuchKey", "no\nsuch\nkey")
		}), "bucket")
		_, err := b.Stat(t.Context(), "a\nb")
		require.Error(t, err)
		assert.Equal(t, `s3read: stat s3://bucket/a\nb: file does not exist: NoSuchKey: no\nsuch\nkey `+
			`(region us-east-1, request id REQUESTID)`, err.Error())
	})
	t.Run("a reason is said once", func(t *testing.T) {
		var fake s3readtest.Server
		fake.Put("bucket", "key", "body")
		_, err := direct(&fake).ReadAll(t.Context(), "key", 3)
		require.EqualError(t, err, "s3read: readall s3://bucket/key: object is too large: 4 bytes, more than 3")
	})
	t.Run("an answer without a length is refused", func(t *testing.T) {
		b := s3read.NewBucket(serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Transfer-Encoding", "chunked")
			w.WriteHeader(200)
		}), "bucket")
		_, err := b.Stat(t.Context(), "key")
		require.ErrorContains(t, err, "how long")
	})
}
