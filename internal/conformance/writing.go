package conformance

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const writeBucket = "conformance-write"

// A step is one request of a case that takes several. It fails as an operation of the SDK does.
type step func(ctx context.Context, client *s3.Client) error

// after runs steps and then asks. A step that the server refuses is the answer.
func after(ask asking, steps ...step) asking {
	return func(ctx context.Context, client *s3.Client) (Answer, error) {
		for _, do := range steps {
			if err := do(ctx, client); err != nil {
				return failure(err)
			}
		}
		return ask(ctx, client)
	}
}

// put stores an object in writeBucket, changed by a function if there is one.
func put(key, body string, change func(*s3.PutObjectInput)) step {
	return func(ctx context.Context, client *s3.Client) error {
		in := &s3.PutObjectInput{
			Bucket: aws.String(writeBucket), Key: &key, Body: strings.NewReader(body),
			ContentType: aws.String("text/plain"),
		}
		if change != nil {
			change(in)
		}
		_, err := client.PutObject(ctx, in)
		return err
	}
}

func written(key string) asking {
	return get(s3.GetObjectInput{Bucket: aws.String(writeBucket), Key: &key})
}

// body is the answer with the content and the headers of an object that was written.
func body(content, etag string, more ...string) Answer {
	return Answer{Status: 200, Body: content, Header: with(map[string]string{
		"Accept-Ranges": "bytes", "Content-Type": "text/plain", "Etag": `"` + etag + `"`, "Last-Modified": "present",
	}, more...)}
}

const (
	abcMD5   = "900150983cd24fb0d6963f7d28e17f72" // of "abc"
	xyzMD5   = "d16fb36f0911f878998c136191af705e" // of "xyz"
	emptyMD5 = "d41d8cd98f00b204e9800998ecf8427e"
)

func length(n string) []string { return []string{"Content-Length", n} }

// writing are the cases of PutObject, CopyObject and DeleteObject.
func writing() []Case {
	return append(append(writes(), copies()...), append(deletes(), uploads()...)...)
}

func writes() []Case {
	wrong := aws.String("AAAAAAAAAAAAAAAAAAAAAA==")
	return []Case{
		{
			Name: "what is written is read", Want: body("abc", abcMD5, length("3")...),
			Ask: after(written("write/k"), put("write/k", "abc", nil)),
		},
		{
			Name: "a write replaces what was there", Want: body("xyz", xyzMD5, length("3")...),
			Ask: after(written("write/k"), put("write/k", "abc", nil), put("write/k", "xyz", nil)),
		},
		{
			Name: "nothing can be written", Want: body("", emptyMD5, length("0")...),
			Ask: after(written("write/empty"), put("write/empty", "", nil)),
		},
		{
			Name: "what describes an object is kept", Want: body("abc", abcMD5, "Content-Length", "3",
				"Cache-Control", "no-store", "Content-Disposition", "attachment", "Content-Encoding", "gzip",
				"Content-Language", "de", "X-Amz-Meta-Team", "data", "X-Amz-Tagging-Count", "1"),
			Ask: after(written("write/described"), put("write/described", "abc", func(in *s3.PutObjectInput) {
				in.CacheControl, in.ContentDisposition = aws.String("no-store"), aws.String("attachment")
				in.ContentEncoding, in.ContentLanguage = aws.String("gzip"), aws.String("de")
				in.Metadata, in.Tagging = map[string]string{"team": "data"}, aws.String("a=b")
			})),
		},
		{
			Name: "another MD5 than the body's", Want: Answer{Status: 400, Code: "BadDigest", Header: none},
			Ask: after(written("write/bad"),
				put("write/bad", "abc", func(in *s3.PutObjectInput) { in.ContentMD5 = wrong })),
		},
		{
			Name: "a checksum comes back with the object",
			Want: body("abc", abcMD5, "Content-Length", "3",
				"X-Amz-Checksum-Sha256", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
				"X-Amz-Checksum-Type", "FULL_OBJECT"),
			Ask: after(get(s3.GetObjectInput{
				Bucket: aws.String(writeBucket), Key: aws.String("write/sum"), ChecksumMode: types.ChecksumModeEnabled,
			}), put("write/sum", "abc", func(in *s3.PutObjectInput) {
				in.ChecksumAlgorithm = types.ChecksumAlgorithmSha256
			})),
		},
		{
			Name: "another checksum than the body's", Want: Answer{Status: 400, Code: "BadDigest", Header: none},
			Ask: after(written("write/bad"), put("write/bad", "abc", func(in *s3.PutObjectInput) {
				in.ChecksumSHA256 = aws.String("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
			})),
			Except: map[string]Exception{"MinIO": {
				Why:  "it has a code of its own; S3 User Guide, \"Checking object integrity\": \"BadDigest\"",
				Want: Answer{Status: 400, Code: "XAmzContentChecksumMismatch", Header: none},
			}},
		},
		{
			Name: "If-None-Match of a key that is there",
			Want: Answer{Status: 412, Code: "PreconditionFailed", Header: none},
			Ask: after(written("write/once"), put("write/once", "abc", nil),
				put("write/once", "xyz", func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") })),
		},
		{
			Name: "If-None-Match of a key that isn't", Want: body("abc", abcMD5, length("3")...),
			Ask: after(written("write/new"),
				put("write/new", "abc", func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") })),
		},
		{
			Name: "If-Match of another ETag", Want: Answer{Status: 412, Code: "PreconditionFailed", Header: none},
			Ask: after(written("write/swap"), put("write/swap", "abc", nil),
				put("write/swap", "xyz", func(in *s3.PutObjectInput) { in.IfMatch = aws.String(`"` + xyzMD5 + `"`) })),
		},
		{
			Name: "If-Match of the ETag", Want: body("xyz", xyzMD5, length("3")...),
			Ask: after(written("write/swap"), put("write/swap", "abc", nil),
				put("write/swap", "xyz", func(in *s3.PutObjectInput) { in.IfMatch = aws.String(`"` + abcMD5 + `"`) })),
		},
		{
			Name: "a write to a bucket that does not exist",
			Want: Answer{Status: 404, Code: "NoSuchBucket", Header: none},
			Ask: after(written("write/k"),
				put("write/k", "abc", func(in *s3.PutObjectInput) { in.Bucket = aws.String("conformance-none") })),
		},
		{
			Name: "a key of 1,025 bytes", Want: Answer{Status: 400, Code: "KeyTooLongError", Header: none},
			Ask: after(written("k"), put(strings.Repeat("k", 1025), "abc", nil)),
		},
		{
			Name: "a bucket that can't be", Want: Answer{Status: 400, Code: "InvalidBucketName", Header: none},
			Ask: after(written("k"), func(ctx context.Context, client *s3.Client) error {
				_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("Under_Score")})
				return err
			}),
		},
	}
}

// copyTo copies an object within writeBucket.
func copyTo(key, source string, change func(*s3.CopyObjectInput)) step {
	return func(ctx context.Context, client *s3.Client) error {
		in := &s3.CopyObjectInput{
			Bucket: aws.String(writeBucket), Key: &key, CopySource: aws.String(writeBucket + "/" + source),
		}
		if change != nil {
			change(in)
		}
		_, err := client.CopyObject(ctx, in)
		return err
	}
}

func copies() []Case {
	described := put("copy/a b", "abc", func(in *s3.PutObjectInput) { in.Metadata = map[string]string{"team": "data"} })
	return []Case{
		{
			Name: "a copy has the source's description",
			Want: body("abc", abcMD5, "Content-Length", "3", "X-Amz-Meta-Team", "data"),
			Ask:  after(written("copy/k"), described, copyTo("copy/k", "copy/a%20b", nil)),
		},
		{
			Name: "a copy with a description of its own",
			Want: body("abc", abcMD5, "Content-Length", "3", "Content-Type", "text/css", "X-Amz-Meta-Team", "web"),
			Ask: after(written("copy/k"), described, copyTo("copy/k", "copy/a%20b", func(in *s3.CopyObjectInput) {
				in.MetadataDirective, in.ContentType = types.MetadataDirectiveReplace, aws.String("text/css")
				in.Metadata = map[string]string{"team": "web"}
			})),
		},
		{
			Name: "a copy of what isn't there", Want: Answer{Status: 404, Code: "NoSuchKey", Header: none},
			Ask: after(written("copy/k"), copyTo("copy/k", "copy/none", nil)),
		},
		{
			Name: "a copy from a bucket that isn't there",
			Want: Answer{Status: 404, Code: "NoSuchBucket", Header: none},
			Ask: after(written("copy/k"),
				copyTo("copy/k", "", func(in *s3.CopyObjectInput) {
					in.CopySource = aws.String("conformance-none/k")
				})),
		},
		{
			Name: "a copy of an object to itself", Want: Answer{Status: 400, Code: "InvalidRequest", Header: none},
			Ask: after(written("copy/self"), put("copy/self", "abc", nil), copyTo("copy/self", "copy/self", nil)),
		},
		{
			Name: "a copy whose source has changed",
			Want: Answer{Status: 412, Code: "PreconditionFailed", Header: none},
			Ask: after(written("copy/k"), described, copyTo("copy/k", "copy/a%20b", func(in *s3.CopyObjectInput) {
				in.CopySourceIfMatch = aws.String(`"` + xyzMD5 + `"`)
			})),
		},
	}
}

func deletes() []Case {
	remove := func(key string) step {
		return func(ctx context.Context, client *s3.Client) error {
			_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(writeBucket), Key: &key})
			return err
		}
	}
	gone := Answer{Status: 404, Code: "NoSuchKey", Header: none}
	return []Case{
		{
			Name: "what is deleted is gone", Want: gone,
			Ask: after(written("delete/k"), put("delete/k", "abc", nil), remove("delete/k")),
		},
		{
			Name: "what isn't there can be deleted", Want: gone,
			Ask: after(written("delete/none"), remove("delete/none")),
		},
		{
			Name: "several are deleted at once",
			Want: page(Page{Prefix: "delete/many/"}, []string{"delete/many/3"}, nil),
			Ask: after(list(s3.ListObjectsV2Input{Bucket: aws.String(writeBucket), Prefix: aws.String("delete/many/")}),
				put("delete/many/1", "abc", nil), put("delete/many/2", "abc", nil), put("delete/many/3", "abc", nil),
				func(ctx context.Context, client *s3.Client) error {
					_, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
						Bucket: aws.String(writeBucket), Delete: &types.Delete{Objects: []types.ObjectIdentifier{
							{Key: aws.String("delete/many/1")}, {Key: aws.String("delete/many/2")},
							{Key: aws.String("delete/many/none")},
						}},
					})
					return err
				}),
		},
	}
}
