package s3readtest_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestAnObjectInPartsIsOne(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "b"})
	client := srv.S3Client(once)
	first, second := bytes.Repeat([]byte("a"), 5<<20), []byte("end")
	for _, tc := range []struct {
		algorithm types.ChecksumAlgorithm
		kind      types.ChecksumType
		want      types.ChecksumType
	}{
		{types.ChecksumAlgorithmCrc64nvme, "", types.ChecksumTypeFullObject},
		{types.ChecksumAlgorithmCrc32, "", types.ChecksumTypeComposite},
		{types.ChecksumAlgorithmCrc32, types.ChecksumTypeFullObject, types.ChecksumTypeFullObject},
		{types.ChecksumAlgorithmSha256, "", types.ChecksumTypeComposite},
	} {
		t.Run(string(tc.algorithm+" ")+string(tc.want), func(t *testing.T) {
			up, err := client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
				Bucket: aws.String("b"), Key: aws.String("k"), ChecksumAlgorithm: tc.algorithm, ChecksumType: tc.kind,
			})
			require.NoError(t, err)
			var parts []types.CompletedPart
			for i, data := range [][]byte{first, second} {
				n := aws.Int32(int32(i+1) * 7) // numbers may have gaps
				out, err := client.UploadPart(t.Context(), &s3.UploadPartInput{
					Bucket: aws.String("b"), Key: aws.String("k"), UploadId: up.UploadId, PartNumber: n,
					Body: bytes.NewReader(data), ChecksumAlgorithm: tc.algorithm,
				})
				require.NoError(t, err)
				parts = append(parts, types.CompletedPart{
					PartNumber: n, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32,
					ChecksumCRC64NVME: out.ChecksumCRC64NVME, ChecksumSHA256: out.ChecksumSHA256,
				})
			}
			listed, err := client.ListParts(t.Context(),
				&s3.ListPartsInput{Bucket: aws.String("b"), Key: aws.String("k"), UploadId: up.UploadId})
			require.NoError(t, err)
			assert.Len(t, listed.Parts, 2)
			done, err := client.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
				Bucket: aws.String("b"), Key: aws.String("k"), UploadId: up.UploadId,
				MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
			})
			require.NoError(t, err)
			assert.Regexp(t, `^"[0-9a-f]{32}-2"$`, *done.ETag)
			assert.Equal(t, tc.want, done.ChecksumType)
			body, _, err := get(t.Context(), client, &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
			require.NoError(t, err)
			assert.Equal(t, string(first)+"end", body)
			body, out, err := get(t.Context(), client,
				&s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k"), PartNumber: aws.Int32(2)})
			require.NoError(t, err)
			assert.Equal(t, "end 2", fmt.Sprint(body, " ", *out.PartsCount))
			uploads, err := client.ListMultipartUploads(t.Context(),
				&s3.ListMultipartUploadsInput{Bucket: aws.String("b")})
			require.NoError(t, err)
			assert.Empty(t, uploads.Uploads)
		})
	}
}

func TestUploadsThatCanNotBeCompletedAreRefused(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "b"})
	client := srv.S3Client(once)
	up, err := client.CreateMultipartUpload(t.Context(),
		&s3.CreateMultipartUploadInput{Bucket: aws.String("b"), Key: aws.String("k")})
	require.NoError(t, err)
	part := func(n int32, body string) (*s3.UploadPartOutput, error) {
		return client.UploadPart(t.Context(), &s3.UploadPartInput{
			Bucket: aws.String("b"), Key: aws.String("k"), UploadId: up.UploadId, PartNumber: &n,
			Body: strings.NewReader(body),
		})
	}
	one, err := part(1, "small")
	require.NoError(t, err)
	two, err := part(2, "end")
	require.NoError(t, err)
	many := make([]types.CompletedPart, 10001)
	for i := range many {
		many[i] = types.CompletedPart{PartNumber: aws.Int32(int32(i + 1)), ETag: one.ETag}
	}
	first, second := types.CompletedPart{PartNumber: aws.Int32(1), ETag: one.ETag},
		types.CompletedPart{PartNumber: aws.Int32(2), ETag: two.ETag}
	for name, tc := range map[string]struct {
		id    *string
		parts []types.CompletedPart
		code  string
	}{
		"parts out of order": {up.UploadId, []types.CompletedPart{second, first}, "InvalidPartOrder"},
		"a part twice":       {up.UploadId, []types.CompletedPart{first, first}, "InvalidPartOrder"},
		"a part that wasn't uploaded": {up.UploadId,
			[]types.CompletedPart{first, {PartNumber: aws.Int32(3), ETag: one.ETag}}, "InvalidPart"},
		"only one that wasn't": {up.UploadId,
			[]types.CompletedPart{{PartNumber: aws.Int32(3), ETag: one.ETag}}, "InvalidPart"},
		"another ETag": {up.UploadId,
			[]types.CompletedPart{{PartNumber: aws.Int32(1), ETag: two.ETag}}, "InvalidPart"},
		"a part below 5 MiB before the last": {up.UploadId, []types.CompletedPart{first, second}, "EntityTooSmall"},
		"10,001 parts":                       {up.UploadId, many, "MalformedXML"},
		"no part":                            {up.UploadId, nil, "MalformedXML"},
		"an upload that isn't there":         {aws.String("upload-0"), []types.CompletedPart{first}, "NoSuchUpload"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
				Bucket: aws.String("b"), Key: aws.String("k"), UploadId: tc.id,
				MultipartUpload: &types.CompletedMultipartUpload{Parts: tc.parts},
			})
			got, _, _ := code(t, err)
			assert.Equal(t, tc.code, got)
		})
	}
	for _, n := range []int32{0, -1, 10001} {
		_, err := part(n, "x")
		got, status, _ := code(t, err)
		assert.Equal(t, []any{"InvalidArgument", 400}, []any{got, status}, n)
	}
	_, err = client.AbortMultipartUpload(t.Context(),
		&s3.AbortMultipartUploadInput{Bucket: aws.String("b"), Key: aws.String("k"), UploadId: up.UploadId})
	require.NoError(t, err)
	_, err = part(1, "x")
	got, status, _ := code(t, err)
	assert.Equal(t, []any{"NoSuchUpload", 404}, []any{got, status})
}

func TestAWholeOfAnotherSizeIsNotCompleted(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "b"})
	client := srv.S3Client(once)
	up, err := client.CreateMultipartUpload(t.Context(),
		&s3.CreateMultipartUploadInput{Bucket: aws.String("b"), Key: aws.String("k")})
	require.NoError(t, err)
	part, err := client.UploadPart(t.Context(), &s3.UploadPartInput{
		Bucket: aws.String("b"), Key: aws.String("k"), UploadId: up.UploadId, PartNumber: aws.Int32(1),
		Body: strings.NewReader("part"),
	})
	require.NoError(t, err)
	complete := func(size int64) error {
		_, err := client.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
			Bucket: aws.String("b"), Key: aws.String("k"), UploadId: up.UploadId, MpuObjectSize: &size,
			MultipartUpload: &types.CompletedMultipartUpload{
				Parts: []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: part.ETag}},
			},
		})
		return err
	}
	got, status, _ := code(t, complete(5))
	assert.Equal(t, []any{"InvalidRequest", 400}, []any{got, status})
	require.NoError(t, complete(4))
}
