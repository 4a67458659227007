package irsa_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
)

func TestS3readGoesOnWithTheNextSession(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		store, l := withStore(t, w, "ExpiredToken")
		bucket := s3read.NewBucket(s3.NewFromConfig(l.cfg), "bucket")
		for range 2 {
			got, err := bucket.ReadAll(t.Context(), "key", 100)
			require.NoError(t, err)
			assert.Equal(t, "content", string(got))
			store.recreateRole()
		}
		assert.Equal(t, 2, exchangesOf(l))
	})
}

// Requests to a directory bucket are signed with a session of S3's own, which is not the Provider's
// to replace; the request for that session is.
func TestOfADirectoryBucketTheRequestForASessionHeals(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		store, l := withStore(t, w, "ExpiredToken")
		get := func(client *s3.Client) error {
			_, err := client.GetObject(t.Context(), &s3.GetObjectInput{
				Bucket: aws.String("bucket--euw1-az1--x-s3"), Key: aws.String("key"),
			})
			return err
		}
		require.NoError(t, getObject(t, s3.NewFromConfig(l.cfg)))
		store.recreateRole()
		client := s3.NewFromConfig(l.cfg) // which has no session of S3's yet
		require.NoError(t, get(client))
		assert.Equal(t, 2, exchangesOf(l))

		store.recreateRole() // now it is S3's own session that is forgotten
		require.Equal(t, "EXPRESS", store.seen)
		require.Error(t, get(s3.NewFromConfig(l.cfg)))
		assert.Equal(t, 2, exchangesOf(l), "of no use against that")
	})
}
