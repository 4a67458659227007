package conformance

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// marker asks for a delete marker by its version id, which it takes from the 404 that a request
// without an id gets.
func marker(head bool) asking {
	return func(ctx context.Context, client *s3.Client) (Answer, error) {
		bucket, key := aws.String(versionBucket), aws.String("deleted")
		_, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key})
		var response *awshttp.ResponseError
		if !errors.As(err, &response) {
			return Answer{}, err
		}
		version := aws.String(response.Response.Header.Get("X-Amz-Version-Id"))
		if head {
			_, err = client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key, VersionId: version})
		} else {
			_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key, VersionId: version})
		}
		return failure(err)
	}
}

// versioned are the cases of a bucket with versioning.
func versioned() []Case {
	second := map[string]string{
		"Accept-Ranges": "bytes", "Content-Length": "6", "Content-Type": "text/plain",
		"Etag": `"a9f0e61a137d86aa9db53465e0801612"`, "Last-Modified": "present", "X-Amz-Version-Id": "present",
	}
	in := func(key string) s3.GetObjectInput {
		return s3.GetObjectInput{Bucket: aws.String(versionBucket), Key: &key}
	}
	deleted := map[string]string{"X-Amz-Delete-Marker": "true", "X-Amz-Version-Id": "present"}
	return []Case{
		{Name: "the newest version", Ask: get(in("kept")), Want: Answer{Status: 200, Header: second, Body: "second"}},
		{
			Name: "a version that does not exist", Want: Answer{Status: 404, Code: "NoSuchVersion", Header: none},
			Ask: get(s3.GetObjectInput{
				Bucket: aws.String(versionBucket), Key: aws.String("kept"),
				VersionId: aws.String("b3a0c7a4-5b1f-4e0e-9a51-0c1c2f0a7a11"),
			}),
		},
		{
			Name: "a deleted object", Ask: get(in("deleted")),
			Want: Answer{Status: 404, Code: "NoSuchKey", Header: deleted},
		},
		{
			Name: "a HEAD of a deleted object", Ask: head(headInput(versionBucket, "deleted")),
			Want: Answer{Status: 404, Code: "NotFound", Header: deleted},
		},
		{
			Name: "a delete marker by its version", Ask: marker(false),
			Want: Answer{Status: 405, Code: "MethodNotAllowed", Header: with(deleted, "Last-Modified", "present")},
			Except: map[string]Exception{"MinIO": {
				Why: "it doesn't say when the marker was made; S3 API reference, GetObject: \"the response returns a 405 " +
					"Method Not Allowed error and the Last-Modified: timestamp response header\"",
				Want: Answer{Status: 405, Code: "MethodNotAllowed", Header: deleted},
			}},
		},
		{
			Name: "a HEAD of a delete marker by its version", Ask: marker(true),
			Want: Answer{Status: 405, Code: "MethodNotAllowed", Header: with(deleted, "Last-Modified", "present")},
			Except: map[string]Exception{"MinIO": {
				Why: "it doesn't say when the marker was made; S3 API reference, HeadObject: \"the response returns a 405 " +
					"Method Not Allowed error and the Last-Modified: timestamp response header\"",
				Want: Answer{Status: 405, Code: "MethodNotAllowed", Header: deleted},
			}},
		},
		{
			Name: "a listing leaves deleted objects out",
			Ask:  list(s3.ListObjectsV2Input{Bucket: aws.String(versionBucket)}),
			Want: page(Page{}, []string{"kept"}, nil),
		},
	}
}
