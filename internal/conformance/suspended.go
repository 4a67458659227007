package conformance

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// versioning turns a bucket's versioning on, or suspends it.
func versioning(status types.BucketVersioningStatus) step {
	return func(ctx context.Context, client *s3.Client) error {
		_, err := client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
			Bucket:                  aws.String(suspendedBucket),
			VersioningConfiguration: &types.VersioningConfiguration{Status: status},
		})
		return err
	}
}

// suspended are the cases of a bucket whose versioning was on: what was kept stays, and there is
// one version "null" of each key besides, which writes replace (S3 User Guide, "Adding objects to
// versioning-suspended buckets").
func suspended() []Case {
	kept := func(key, content string) step {
		return put(key, content, func(in *s3.PutObjectInput) { in.Bucket = aws.String(suspendedBucket) })
	}
	remove := func(key string) step {
		return func(ctx context.Context, client *s3.Client) error {
			_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(suspendedBucket), Key: &key})
			return err
		}
	}
	versions := func(prefix string) asking {
		return versionList(s3.ListObjectVersionsInput{Bucket: aws.String(suspendedBucket), Prefix: &prefix})
	}
	on, off := versioning(types.BucketVersioningStatusEnabled), versioning(types.BucketVersioningStatusSuspended)
	return []Case{
		{
			Name: "a write while versioning is suspended keeps what was kept",
			Ask:  after(versions("write"), on, kept("write", "a"), off, kept("write", "bb")),
			Want: Answer{Status: 200, Keys: []string{"write true 2", "write false 1"}},
		},
		{
			Name: "a second write replaces the first", Ask: after(versions("again"), on, kept("again", "a"), off,
				kept("again", "bb"), kept("again", "ccc")),
			Want: Answer{Status: 200, Keys: []string{"again true 3", "again false 1"}},
		},
		{
			Name: "a delete puts a marker in place of the version null",
			Ask:  after(versions("gone"), on, kept("gone", "a"), off, kept("gone", "bb"), remove("gone")),
			Want: Answer{Status: 200, Keys: []string{"gone false 1"}, Prefixes: []string{"gone true"}},
		},
		{
			Name: "the version that a read of a suspended bucket tells", Ask: after(get(s3.GetObjectInput{
				Bucket: aws.String(suspendedBucket), Key: aws.String("read"),
			}), off, kept("read", "abc")),
			Want: body("abc", abcMD5, "Content-Length", "3", "X-Amz-Version-Id", "null"),
			Except: map[string]Exception{"MinIO": {
				Why: "it tells no version \"null\"; S3 API reference, GetObject, x-amz-version-id: \"Version ID of " +
					"the object\"",
				Want: body("abc", abcMD5, length("3")...),
			}},
		},
	}
}
