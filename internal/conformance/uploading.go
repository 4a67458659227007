package conformance

import (
	"bytes"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// An uploading holds what the steps of an upload tell each other.
type uploading struct {
	key   string
	id    *string
	parts []types.CompletedPart
}

func (u *uploading) create(ctx context.Context, client *s3.Client) error {
	out, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: aws.String(writeBucket), Key: &u.key, ContentType: aws.String("text/plain"),
	})
	if err == nil {
		u.id, u.parts = out.UploadId, nil
	}
	return err
}

func (u *uploading) part(number int32, data []byte) step {
	return func(ctx context.Context, client *s3.Client) error {
		out, err := client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: aws.String(writeBucket), Key: &u.key, UploadId: u.id, PartNumber: &number,
			Body: bytes.NewReader(data),
		})
		if err == nil {
			u.parts = append(u.parts, types.CompletedPart{
				PartNumber: &number, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32,
			})
		}
		return err
	}
}

func (u *uploading) complete(ctx context.Context, client *s3.Client) error {
	_, err := client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: aws.String(writeBucket), Key: &u.key, UploadId: u.id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: u.parts},
	})
	return err
}

func (u *uploading) abort(ctx context.Context, client *s3.Client) error {
	_, err := client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
		Bucket: aws.String(writeBucket), Key: &u.key, UploadId: u.id,
	})
	return err
}

func uploads() []Case {
	u := &uploading{key: "upload/k"}
	refused := func(status int, code string) Answer { return Answer{Status: status, Code: code, Header: none} }
	return []Case{
		{
			Name: "an upload in parts, of which the last is small", Want: Answer{
				Status: 200, Header: with(parts, "Content-Type", "text/plain"), Body: digest(multipart),
			},
			Ask: after(written(u.key),
				u.create, u.part(1, multipart[:partSize]), u.part(2, multipart[partSize:]), u.complete),
		},
		{
			Name: "parts out of order", Want: refused(400, "InvalidPartOrder"),
			Ask: after(written(u.key), u.create, u.part(2, []byte("b")), u.part(1, []byte("a")), u.complete),
		},
		{
			Name: "a part below 5 MiB before the last", Want: refused(400, "EntityTooSmall"),
			Ask: after(written(u.key), u.create, u.part(1, []byte("a")), u.part(2, []byte("b")), u.complete),
		},
		{
			Name: "a part above 10,000", Want: refused(400, "InvalidArgument"),
			Ask: after(written(u.key), u.create, u.part(10001, []byte("a"))),
		},
		{
			Name: "a part of another ETag", Want: refused(400, "InvalidPart"),
			Ask: after(written(u.key), u.create, u.part(1, []byte("a")), func(context.Context, *s3.Client) error {
				u.parts[0].ETag, u.parts[0].ChecksumCRC32 = aws.String(`"`+abcMD5+`"`), nil
				return nil
			}, u.complete),
		},
		{
			Name: "an upload that was aborted", Want: refused(404, "NoSuchUpload"),
			Ask: after(written(u.key), u.create, u.part(1, []byte("a")), u.abort, u.complete),
		},
	}
}
