package s3readtest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/conformance"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// The same table runs against a real MinIO in internal/integration.
func TestTheServerAnswersAsS3(t *testing.T) {
	srv := new(s3readtest.Server)
	for _, b := range conformance.Buckets() {
		srv.CreateBucket(s3readtest.Bucket{Name: b.Name, Versioning: b.Versioning})
		for _, p := range b.Puts {
			if p.Delete {
				srv.Delete(b.Name, p.Key)
				continue
			}
			srv.PutObject(b.Name, s3readtest.Object{
				Key: p.Key, Body: p.Body, PartSize: p.PartSize, ContentType: p.ContentType,
				ContentEncoding: p.ContentEncoding, Metadata: p.Metadata,
				ChecksumAlgorithm: p.Checksum, ChecksumType: p.ChecksumType,
			})
		}
	}
	client := srv.S3Client(once)
	for _, c := range conformance.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			got, err := c.Ask(t.Context(), client)
			require.NoError(t, err)
			assert.Equal(t, c.Expected("s3readtest"), got)
		})
	}
}
