package conformance

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// oldList asks for one page of the older ListObjects.
func oldList(in s3.ListObjectsInput) asking {
	return func(ctx context.Context, client *s3.Client) (Answer, error) {
		in := in
		in.Bucket = aws.String(listBucket)
		out, err := client.ListObjects(ctx, &in)
		if err != nil {
			return failure(err)
		}
		a := Answer{Status: 200, Page: Page{
			Truncated: aws.ToBool(out.IsTruncated), Token: out.NextMarker != nil, Max: aws.ToInt32(out.MaxKeys),
			Prefix: aws.ToString(out.Prefix), Delimiter: aws.ToString(out.Delimiter),
			StartAfter: aws.ToString(out.Marker),
		}}
		for _, o := range out.Contents {
			a.Keys = append(a.Keys, aws.ToString(o.Key))
		}
		for _, p := range out.CommonPrefixes {
			a.Prefixes = append(a.Prefixes, aws.ToString(p.Prefix))
		}
		a.Page.Count = int32(len(a.Keys) + len(a.Prefixes))
		return a, nil
	}
}

// versionList asks for the versions of a bucket, page by page, and tells of each its key, whether
// it is the newest, and whether it is a delete marker.
func versionList(in s3.ListObjectVersionsInput) asking {
	return func(ctx context.Context, client *s3.Client) (Answer, error) {
		in := in
		a := Answer{Status: 200}
		for {
			out, err := client.ListObjectVersions(ctx, &in)
			if err != nil {
				return failure(err)
			}
			for _, v := range out.Versions {
				a.Keys = append(a.Keys, *v.Key+" "+strconv.FormatBool(*v.IsLatest)+" "+strconv.FormatInt(*v.Size, 10))
			}
			for _, m := range out.DeleteMarkers {
				a.Prefixes = append(a.Prefixes, *m.Key+" "+strconv.FormatBool(*m.IsLatest))
			}
			if !aws.ToBool(out.IsTruncated) {
				return a, nil
			}
			in.KeyMarker, in.VersionIdMarker = out.NextKeyMarker, out.NextVersionIdMarker
		}
	}
}

// told asks with a function whose result is a few words.
func told(ask func(context.Context, *s3.Client) (string, error)) asking {
	return func(ctx context.Context, client *s3.Client) (Answer, error) {
		text, err := ask(ctx, client)
		if err != nil {
			return failure(err)
		}
		return Answer{Status: 200, Body: text}, nil
	}
}

// around are the cases of what programs ask for around reading.
func around() []Case {
	versions := []string{"deleted false 4", "kept true 6", "kept false 5"}
	status := func(bucket string) func(context.Context, *s3.Client) (string, error) {
		return func(ctx context.Context, client *s3.Client) (string, error) {
			out, err := client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &bucket})
			if err != nil {
				return "", err
			}
			return string(out.Status), nil
		}
	}
	cases := []Case{
		{
			Name: "ListObjects begins behind its marker",
			Ask:  oldList(s3.ListObjectsInput{Prefix: aws.String("a/"), Marker: aws.String("a/2/x")}),
			Want: page(Page{Prefix: "a/", StartAfter: "a/2/x"}, []string{"a/2/y", "a/3"}, nil),
		},
		{
			Name: "ListObjects names the next marker with a delimiter",
			Ask: oldList(s3.ListObjectsInput{
				Prefix: aws.String("a/"), Delimiter: aws.String("/"), MaxKeys: aws.Int32(2),
			}),
			Want: page(Page{Prefix: "a/", Delimiter: "/", Max: 2, Truncated: true, Token: true},
				[]string{"a/1"}, []string{"a/2/"}),
		},
		{
			Name: "ListObjects names none without a delimiter",
			Ask:  oldList(s3.ListObjectsInput{Prefix: aws.String("a/"), MaxKeys: aws.Int32(2)}),
			Want: page(Page{Prefix: "a/", Max: 2, Truncated: true}, []string{"a/1", "a/2/x"}, nil),
			Except: map[string]Exception{"MinIO": {
				Why: "it always names one; S3 API reference, ListObjects: \"This element is returned only if you have " +
					"the delimiter request parameter specified\"",
				Want: page(Page{Prefix: "a/", Max: 2, Truncated: true, Token: true}, []string{"a/1", "a/2/x"}, nil),
			}},
		},
		{
			Name: "ListObjects behind a common prefix leaves it out",
			Ask: oldList(s3.ListObjectsInput{
				Prefix: aws.String("a/"), Delimiter: aws.String("/"), Marker: aws.String("a/2/"),
			}),
			Want: page(Page{Prefix: "a/", Delimiter: "/", StartAfter: "a/2/"}, []string{"a/3"}, nil),
		},
		{
			Name: "all versions, the newest of a key first",
			Ask:  versionList(s3.ListObjectVersionsInput{Bucket: aws.String(versionBucket)}),
			Want: Answer{Status: 200, Keys: versions, Prefixes: []string{"deleted true"}},
		},
		{
			Name: "versions in pages of one",
			Ask:  versionList(s3.ListObjectVersionsInput{Bucket: aws.String(versionBucket), MaxKeys: aws.Int32(1)}),
			Want: Answer{Status: 200, Keys: versions, Prefixes: []string{"deleted true"}},
		},
		{
			Name: "a bucket without versioning has versions too",
			Ask:  versionList(s3.ListObjectVersionsInput{Bucket: aws.String(listBucket), Prefix: aws.String("a/1")}),
			Want: Answer{Status: 200, Keys: []string{"a/1 true 3"}},
		},
		{Name: "versioning that is on", Ask: told(status(versionBucket)), Want: Answer{Status: 200, Body: "Enabled"}},
		{Name: "versioning that never was", Ask: told(status(listBucket)), Want: Answer{Status: 200}},
		{
			Name: "an object's tags",
			Ask: after(told(func(ctx context.Context, client *s3.Client) (string, error) {
				out, err := client.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{
					Bucket: aws.String(writeBucket), Key: aws.String("tagged"),
				})
				if err != nil {
					return "", err
				}
				text := ""
				for _, tag := range out.TagSet {
					text += *tag.Key + "=" + *tag.Value + ";"
				}
				return text, nil
			}), put("tagged", "abc", func(in *s3.PutObjectInput) { in.Tagging = aws.String("b=2&a=1") })),
			Want: Answer{Status: 200, Body: "a=1;b=2;"},
		},
		{
			Name: "the tags of an object that isn't there", Want: Answer{Status: 404, Code: "NoSuchKey", Header: none},
			Ask: told(func(ctx context.Context, client *s3.Client) (string, error) {
				_, err := client.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{
					Bucket: aws.String(writeBucket), Key: aws.String("none"),
				})
				return "", err
			}),
		},
		{
			Name: "an object's attributes",
			Want: Answer{Status: 200, Body: "781e5e245d69b566979b86e28d23f2c7 10 STANDARD Ffmx7kz9nB0="},
			Ask: told(func(ctx context.Context, client *s3.Client) (string, error) {
				out, err := client.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{
					Bucket: aws.String(readBucket), Key: aws.String("digits"),
					ObjectAttributes: []types.ObjectAttributes{
						types.ObjectAttributesEtag, types.ObjectAttributesObjectSize,
						types.ObjectAttributesStorageClass,
						types.ObjectAttributesChecksum,
					},
				})
				if err != nil {
					return "", err
				}
				return *out.ETag + " " + strconv.FormatInt(*out.ObjectSize, 10) + " " + string(out.StorageClass) + " " +
					aws.ToString(out.Checksum.ChecksumCRC64NVME), nil
			}),
		},
	}
	return append(cases, Case{
		Name: "headers that the request names",
		Ask: get(read("digits", func(in *s3.GetObjectInput) {
			in.ResponseContentType, in.ResponseCacheControl = aws.String("text/csv"), aws.String("no-cache")
			in.ResponseContentDisposition, in.ResponseContentLanguage = aws.String("inline"), aws.String("fr")
			in.ResponseContentEncoding = aws.String("br")
		})),
		Want: Answer{Status: 200, Body: "0123456789", Header: with(digits, "Content-Type", "text/csv",
			"Cache-Control", "no-cache", "Content-Disposition", "inline", "Content-Language", "fr",
			"Content-Encoding", "br")},
	})
}
