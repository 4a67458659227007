package conformance

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// made are the cases of making buckets, at an endpoint of us-east-1.
func made() []Case {
	create := func(name string, at types.BucketLocationConstraint) step {
		return func(ctx context.Context, client *s3.Client) error {
			in := &s3.CreateBucketInput{Bucket: &name}
			if at != "" {
				in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: at}
			}
			_, err := client.CreateBucket(ctx, in)
			return err
		}
	}
	location := func(name string) asking {
		return told(func(ctx context.Context, client *s3.Client) (string, error) {
			out, err := client.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: &name})
			if err != nil {
				return "", err
			}
			return string(out.LocationConstraint), nil
		})
	}
	return []Case{
		{Name: "a bucket of us-east-1 has no constraint", Ask: location(readBucket), Want: Answer{Status: 200}},
		{
			Name: "a bucket that is made", Want: Answer{Status: 200},
			Ask: after(location("conformance-made"), create("conformance-made", "")),
		},
		{
			Name: "a bucket that is made again", Want: Answer{Status: 200},
			Ask: after(location("conformance-again"), create("conformance-again", ""), create("conformance-again", "")),
			Except: map[string]Exception{"MinIO": {
				Why: "it answers as S3 does outside us-east-1; S3 API reference, CreateBucket, " +
					"BucketAlreadyOwnedByYou: \"Amazon S3 returns this error in all AWS Regions except in the North " +
					"Virginia Region\"",
				Want: Answer{Status: 409, Code: "BucketAlreadyOwnedByYou", Header: none},
			}},
		},
		{
			Name: "the constraint us-east-1", Want: Answer{Status: 400, Code: "InvalidLocationConstraint", Header: none},
			Ask: after(location("conformance-constraint"), create("conformance-constraint", "us-east-1")),
			Except: map[string]Exception{"MinIO": {
				Why: "it takes the constraint; S3 API reference, CreateBucketConfiguration, LocationConstraint: " +
					"us-east-1 is not among the valid values",
				Want: Answer{Status: 200},
			}},
		},
		{
			Name: "a bucket that isn't empty", Want: Answer{Status: 409, Code: "BucketNotEmpty", Header: none},
			Ask: told(func(ctx context.Context, client *s3.Client) (string, error) {
				_, err := client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String(readBucket)})
				return "", err
			}),
		},
		{
			Name: "the location of a bucket that isn't there", Ask: location("conformance-none"),
			Want: Answer{Status: 404, Code: "NoSuchBucket", Header: none},
		},
	}
}
