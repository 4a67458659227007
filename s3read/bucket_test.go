package s3read_test

import (
	"io/fs"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestBucketOptions(t *testing.T) {
	t.Run("requester pays and expected owner go with every request", func(t *testing.T) {
		var requests atomic.Int32
		b := s3read.NewBucket(serve(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			assert.Equal(t, "requester", r.Header.Get("X-Amz-Request-Payer"))
			assert.Equal(t, "123456789012", r.Header.Get("X-Amz-Expected-Bucket-Owner"))
			fail(w, http.StatusForbidden, "AccessDenied", "Access Denied")
		}), "bucket", func(o *s3read.BucketOptions) { o.RequesterPays, o.ExpectedOwner = true, "123456789012" })
		_, err := b.Stat(t.Context(), "key")
		require.ErrorIs(t, err, fs.ErrPermission)
		assert.EqualValues(t, 2, requests.Load(), "the HEAD, and the GET that says why")
	})
}

func TestRequesterPays(t *testing.T) {
	var fake s3readtest.Server
	fake.CreateBucket(s3readtest.Bucket{Name: "bucket", RequesterPays: true, Owner: "123456789012"})
	fake.Put("bucket", "folder/key", "body")
	all := func(b *s3read.Bucket) (errs []error) {
		_, err := b.Stat(t.Context(), "folder/key")
		errs = append(errs, err)
		_, err = b.ReadAll(t.Context(), "folder/key", 10)
		errs = append(errs, err)
		_, err = b.Download(t.Context(), "folder/key", make(memory, 4), partSize(1))
		errs = append(errs, err)
		_, err = fs.Stat(b.FS(t.Context()), "folder")
		errs = append(errs, err)
		_, err = fs.ReadDir(b.FS(t.Context()), "folder")
		return append(errs, err)
	}
	for _, err := range all(direct(&fake, func(o *s3read.BucketOptions) {
		o.RequesterPays, o.ExpectedOwner = true, "123456789012"
	})) {
		assert.NoError(t, err)
	}
	for _, err := range all(direct(&fake)) {
		assert.ErrorIs(t, err, fs.ErrPermission)
	}
}
