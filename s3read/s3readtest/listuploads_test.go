package s3readtest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestUploadsUnderWayAreListedByKeyAndTimeInPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := new(s3readtest.Server)
		srv.CreateBucket(s3readtest.Bucket{Name: "b"})
		client := srv.S3Client(once)
		began := map[string]time.Time{} // by the id of the upload
		for _, key := range []string{"b", "d/2", "a b", "b", "d/1", "c", "b"} {
			time.Sleep(time.Hour)
			up, err := client.CreateMultipartUpload(t.Context(),
				&s3.CreateMultipartUploadInput{Bucket: aws.String("b"), Key: &key})
			require.NoError(t, err)
			began[*up.UploadId] = time.Now().UTC()
		}
		list := func(in s3.ListMultipartUploadsInput) (found []string, pages int) {
			in.Bucket = aws.String("b")
			for p := s3.NewListMultipartUploadsPaginator(client, &in); p.HasMorePages(); pages++ {
				out, err := p.NextPage(t.Context())
				require.NoError(t, err)
				last := map[string]time.Time{}
				for _, up := range out.Uploads {
					assert.Equal(t, began[*up.UploadId], *up.Initiated, "it began when it was created")
					assert.True(t, up.Initiated.After(last[*up.Key]))
					last[*up.Key] = *up.Initiated
					found = append(found, *up.Key)
				}
				for _, common := range out.CommonPrefixes {
					found = append(found, *common.Prefix)
				}
			}
			return found, pages
		}
		all := []string{"a b", "b", "b", "b", "c", "d/1", "d/2"}
		for _, tc := range []struct {
			name  string
			in    s3.ListMultipartUploadsInput
			want  []string
			pages int
		}{
			{"at once", s3.ListMultipartUploadsInput{}, all, 1},
			{"two a page", s3.ListMultipartUploadsInput{MaxUploads: aws.Int32(2)}, all, 4},
			{"one a page", s3.ListMultipartUploadsInput{MaxUploads: aws.Int32(1)}, all, 7},
			{"with a prefix", s3.ListMultipartUploadsInput{Prefix: aws.String("d")}, all[5:], 1},
			{"behind a key", s3.ListMultipartUploadsInput{KeyMarker: aws.String("b")}, all[4:], 1},
			{"folders", s3.ListMultipartUploadsInput{Delimiter: aws.String("/"), MaxUploads: aws.Int32(2)},
				[]string{"a b", "b", "b", "b", "c", "d/"}, 3},
			{"in a folder", s3.ListMultipartUploadsInput{Delimiter: aws.String("/"), Prefix: aws.String("d/")}, all[5:], 1},
		} {
			found, pages := list(tc.in)
			assert.Equal(t, tc.want, found, tc.name)
			assert.Equal(t, tc.pages, pages, tc.name)
		}
		out, err := client.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{
			Bucket: aws.String("b"), EncodingType: "url", Prefix: aws.String("a"),
		})
		require.NoError(t, err)
		assert.Equal(t, "a+b", *out.Uploads[0].Key)
	})
}

func TestAPartIsListedWithTheTimeOfItsUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := new(s3readtest.Server)
		srv.CreateBucket(s3readtest.Bucket{Name: "b"})
		client := srv.S3Client(once)
		bucket, key := aws.String("b"), aws.String("k")
		up, err := client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key})
		require.NoError(t, err)
		var want []time.Time
		for n := range int32(2) {
			time.Sleep(time.Hour)
			_, err := client.UploadPart(t.Context(), &s3.UploadPartInput{
				Bucket: bucket, Key: key, UploadId: up.UploadId, PartNumber: aws.Int32(n + 1),
			})
			require.NoError(t, err)
			want = append(want, time.Now().UTC())
		}
		listed, err := client.ListParts(t.Context(),
			&s3.ListPartsInput{Bucket: bucket, Key: key, UploadId: up.UploadId})
		require.NoError(t, err)
		assert.Equal(t, want, []time.Time{*listed.Parts[0].LastModified, *listed.Parts[1].LastModified})
	})
}
