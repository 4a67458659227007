package integration_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/conformance"
	"github.com/seed-15cba5db/irsa-go/internal/integration/miniotest"
)

// The same table runs against s3readtest.Server: see package conformance.
func TestMinIOAnswersAsS3(t *testing.T) {
	server := miniotest.Start(t, miniotest.Options{})
	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, UsePathStyle: true,
		RetryMaxAttempts: 10, // a MinIO that has just started answers 503
		Credentials:      credentials.NewStaticCredentialsProvider(server.User, server.Password, ""),
	})
	for _, b := range conformance.Buckets() {
		require.NoError(t, makeBucket(t.Context(), client, b))
		for _, p := range b.Puts {
			require.NoError(t, put(t.Context(), client, b.Name, p), p.Key)
		}
	}
	for _, c := range conformance.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			got, err := c.Ask(t.Context(), client)
			require.NoError(t, err)
			assert.Equal(t, c.Expected("MinIO"), got, c.Except["MinIO"].Why)
		})
	}
}

func makeBucket(ctx context.Context, client *s3.Client, b conformance.Bucket) error {
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &b.Name}); err != nil || !b.Versioning {
		return err
	}
	_, err := client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: &b.Name, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	return err
}

func put(ctx context.Context, client *s3.Client, bucket string, p conformance.Put) error {
	switch {
	case p.Delete:
		_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &p.Key})
		return err
	case p.PartSize > 0:
		return upload(ctx, client, bucket, p)
	}
	in := &s3.PutObjectInput{
		Bucket: &bucket, Key: &p.Key, Body: bytes.NewReader(p.Body), Metadata: p.Metadata,
		ChecksumAlgorithm: p.Checksum,
	}
	if p.ContentType != "" {
		in.ContentType = &p.ContentType
	}
	if p.ContentEncoding != "" {
		in.ContentEncoding = &p.ContentEncoding
	}
	_, err := client.PutObject(ctx, in)
	return err
}

// upload puts an object in parts.
func upload(ctx context.Context, client *s3.Client, bucket string, p conformance.Put) error {
	created, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &bucket, Key: &p.Key, ContentType: &p.ContentType,
		ChecksumAlgorithm: p.Checksum, ChecksumType: p.ChecksumType,
	})
	if err != nil {
		return fmt.Errorf("create upload: %w", err)
	}
	var parts []types.CompletedPart
	for body := p.Body; len(body) > 0; {
		number := int32(len(parts) + 1)
		part := body[:min(int64(len(body)), p.PartSize)]
		body = body[len(part):]
		out, err := client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &bucket, Key: &p.Key, UploadId: created.UploadId, PartNumber: &number,
			Body: bytes.NewReader(part), ChecksumAlgorithm: p.Checksum,
		})
		if err != nil {
			return fmt.Errorf("upload part %d: %w", number, err)
		}
		parts = append(parts, types.CompletedPart{
			PartNumber: &number, ETag: out.ETag, ChecksumCRC64NVME: out.ChecksumCRC64NVME,
			ChecksumSHA256: out.ChecksumSHA256,
		})
	}
	_, err = client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &bucket, Key: &p.Key, UploadId: created.UploadId, ChecksumType: p.ChecksumType,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	return err
}
