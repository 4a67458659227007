package s3readtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func object(key string) *s3.GetObjectInput {
	return &s3.GetObjectInput{Bucket: aws.String("b"), Key: &key}
}

func TestAnObjectIsServedAsItWasPut(t *testing.T) {
	srv := new(s3readtest.Server)
	put := srv.PutObject("b", s3readtest.Object{
		Key: "k", Body: []byte("0123456789"), ContentType: "text/plain", ContentEncoding: "gzip",
		Metadata: map[string]string{"team": "data"}, StorageClass: types.StorageClassStandardIa,
		LastModified: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
	})
	assert.Equal(t, `"781e5e245d69b566979b86e28d23f2c7"`, put.ETag)
	body, out, err := get(t.Context(), srv.S3Client(once), object("k"))
	require.NoError(t, err)
	assert.Equal(t, "0123456789", body)
	assert.Equal(t, put.ETag, *out.ETag)
	assert.EqualValues(t, 10, *out.ContentLength)
	assert.Equal(t, "text/plain", *out.ContentType)
	assert.Equal(t, "gzip", *out.ContentEncoding)
	assert.Equal(t, map[string]string{"team": "data"}, out.Metadata)
	assert.Equal(t, types.StorageClassStandardIa, out.StorageClass)
	assert.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), *out.LastModified)
	assert.Nil(t, out.VersionId)

	head, err := srv.S3Client(once).HeadObject(t.Context(),
		&s3.HeadObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
	require.NoError(t, err)
	assert.EqualValues(t, 10, *head.ContentLength)
	assert.Equal(t, put.ETag, *head.ETag)
}

func TestRanges(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.Put("b", "k", "0123456789")
	srv.Put("b", "empty", "")
	for header, want := range map[string][2]string{
		"bytes=0-":      {"0123456789", "bytes 0-9/10"},
		"bytes=2-4":     {"234", "bytes 2-4/10"},
		"bytes=5-100":   {"56789", "bytes 5-9/10"},
		"bytes=-3":      {"789", "bytes 7-9/10"},
		"bytes=-30":     {"0123456789", "bytes 0-9/10"},
		"bytes=4-2":     {"0123456789", ""},
		"bytes=0-1,3-4": {"0123456789", ""},
		"items=0-1":     {"0123456789", ""},
	} {
		t.Run(header, func(t *testing.T) {
			in := object("k")
			in.Range = &header
			body, out, err := get(t.Context(), srv.S3Client(once), in)
			require.NoError(t, err)
			assert.Equal(t, want[0], body)
			assert.Equal(t, want[1], aws.ToString(out.ContentRange))
		})
	}
	for header, key := range map[string]string{"bytes=10-": "k", "bytes=-0": "k", "bytes=0-": "empty",
		"bytes=-1": "empty"} {
		t.Run(header+" of "+key, func(t *testing.T) {
			in := object(key)
			in.Range = &header
			_, _, err := get(t.Context(), srv.S3Client(once), in)
			got, status, _ := code(t, err)
			assert.Equal(t, []any{"InvalidRange", 416}, []any{got, status})
		})
	}
}

func TestVersionsAndDeleteMarkers(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "b", Versioning: true})
	first := srv.Put("b", "k", "first")
	second := srv.Put("b", "k", "second")
	require.NotEqual(t, first.VersionID, second.VersionID)
	client := srv.S3Client(once)
	body, out, err := get(t.Context(), client, object("k"))
	require.NoError(t, err)
	assert.Equal(t, "second", body)
	assert.Equal(t, second.VersionID, *out.VersionId)

	srv.Delete("b", "k")
	_, _, err = get(t.Context(), client, object("k"))
	got, status, _ := code(t, err)
	assert.Equal(t, []any{"NoSuchKey", 404}, []any{got, status})
	marker := header(t, err)
	assert.Equal(t, "true", marker.Get("x-amz-delete-marker"))
	keys, _, _ := walk(t, client, s3.ListObjectsV2Input{Bucket: aws.String("b")})
	assert.Empty(t, keys)

	in := object("k")
	in.VersionId = &first.VersionID
	body, _, err = get(t.Context(), client, in)
	require.NoError(t, err)
	assert.Equal(t, "first", body)
	in.VersionId = aws.String(marker.Get("x-amz-version-id"))
	_, _, err = get(t.Context(), client, in)
	got, status, _ = code(t, err)
	assert.Equal(t, []any{"MethodNotAllowed", 405}, []any{got, status})
	assert.Equal(t, "true", header(t, err).Get("x-amz-delete-marker"))
	in.VersionId = aws.String("none")
	_, _, err = get(t.Context(), client, in)
	got, status, _ = code(t, err)
	assert.Equal(t, []any{"NoSuchVersion", 404}, []any{got, status})

	srv.Put("other", "k", "v")
	srv.Delete("other", "k")
	_, _, err = get(t.Context(), client, &s3.GetObjectInput{Bucket: aws.String("other"), Key: aws.String("k")})
	assert.Empty(t, header(t, err).Get("x-amz-delete-marker"), "without versioning nothing is left")
}

func TestASuspendedBucketKeepsOldVersionsAndOneNullVersion(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "b"})
	srv.Put("b", "k", "before")
	client := srv.S3Client(once)
	set := func(status types.BucketVersioningStatus) {
		_, err := client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
			Bucket: aws.String("b"), VersioningConfiguration: &types.VersioningConfiguration{Status: status},
		})
		require.NoError(t, err)
	}
	versions := func() (ids []string) {
		out, err := client.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: aws.String("b")})
		require.NoError(t, err)
		for _, v := range out.Versions {
			ids = append(ids, *v.VersionId)
		}
		for _, m := range out.DeleteMarkers {
			ids = append(ids, "marker "+*m.VersionId)
		}
		return ids
	}
	set(types.BucketVersioningStatusEnabled)
	kept := srv.Put("b", "k", "kept").VersionID
	assert.Equal(t, []string{kept, "null"}, versions())

	set(types.BucketVersioningStatusSuspended)
	out, err := client.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: aws.String("b")})
	require.NoError(t, err)
	assert.Equal(t, types.BucketVersioningStatusSuspended, out.Status)
	_, err = client.PutObject(t.Context(), put("k", "suspended"))
	require.NoError(t, err)
	assert.Equal(t, []string{"null", kept}, versions(), "the null version from before is gone")
	body, read, err := get(t.Context(), client, object("k"))
	require.NoError(t, err)
	assert.Equal(t, "suspended null", body+" "+*read.VersionId)
	in := object("k")
	in.VersionId = &kept
	body, _, err = get(t.Context(), client, in)
	require.NoError(t, err)
	assert.Equal(t, "kept", body)

	gone, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
	require.NoError(t, err)
	assert.True(t, *gone.DeleteMarker)
	assert.Equal(t, []string{kept, "marker null"}, versions(), "the marker is in the null version's place")
	_, err = client.DeleteObject(t.Context(),
		&s3.DeleteObjectInput{Bucket: aws.String("b"), Key: aws.String("k"), VersionId: aws.String("null")})
	require.NoError(t, err)
	assert.Equal(t, []string{kept}, versions())

	set(types.BucketVersioningStatusEnabled)
	again := srv.Put("b", "k", "again").VersionID
	assert.Equal(t, []string{again, kept}, versions())
}

func TestPartsOfAMultipartObject(t *testing.T) {
	srv := new(s3readtest.Server)
	put := srv.PutObject("b", s3readtest.Object{Key: "k", Content: s3readtest.Synthetic(1), Size: 25 << 10,
		PartSize: 10 << 10})
	assert.True(t, strings.HasSuffix(put.ETag, `-3"`), put.ETag)
	whole, _, err := get(t.Context(), srv.S3Client(once), object("k"))
	require.NoError(t, err)
	var joined strings.Builder
	for part := int32(1); part <= 3; part++ {
		in := object("k")
		in.PartNumber, in.ChecksumMode = &part, types.ChecksumModeEnabled
		body, out, err := get(t.Context(), srv.S3Client(once), in)
		require.NoError(t, err, "the SDK compares the part's checksum")
		assert.EqualValues(t, 3, *out.PartsCount)
		joined.WriteString(body)
	}
	assert.Equal(t, whole, joined.String())
	in := object("k")
	in.PartNumber = aws.Int32(4)
	_, _, err = get(t.Context(), srv.S3Client(once), in)
	got, status, _ := code(t, err)
	assert.Equal(t, []any{"InvalidPartNumber", 416}, []any{got, status})
}

func TestArchivedRequesterPaysAndOwner(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "b", RequesterPays: true, Owner: "999988887777"})
	srv.PutObject("b", s3readtest.Object{Key: "cold", StorageClass: types.StorageClassGlacier})
	client := srv.S3Client(once)
	in := object("cold")
	_, _, err := get(t.Context(), client, in)
	got, _, _ := code(t, err)
	assert.Equal(t, "AccessDenied", got)
	in.RequestPayer = types.RequestPayerRequester
	_, _, err = get(t.Context(), client, in)
	var archived *types.InvalidObjectState
	require.ErrorAs(t, err, &archived)
	assert.Equal(t, types.StorageClassGlacier, archived.StorageClass)
	head, err := client.HeadObject(t.Context(),
		&s3.HeadObjectInput{Bucket: in.Bucket, Key: in.Key, RequestPayer: in.RequestPayer})
	require.NoError(t, err, "an archived object has a HEAD")
	assert.Equal(t, types.RequestChargedRequester, head.RequestCharged)
	in.ExpectedBucketOwner = aws.String("111122223333")
	_, _, err = get(t.Context(), client, in)
	got, _, _ = code(t, err)
	assert.Equal(t, "AccessDenied", got)
}
