package s3read_test

import (
	"context"
	"io"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestAnAnswerOfAnotherVersionOrPartIsRefused(t *testing.T) {
	const size = 1 << 20
	set := func(header, value string) func(*s3readtest.Server) {
		return func(fake *s3readtest.Server) {
			fake.Inject(everyGet(s3readtest.SetHeader(header, value)))
		}
	}
	for _, tt := range []struct {
		name  string
		etag  string // of the first answer
		later func(*s3readtest.Server)
		says  string
	}{
		{"another size", "", func(fake *s3readtest.Server) {
			fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: content(size + 1)})
		}, "it had 1048576 bytes and has 1048577"},
		{"another ETag", `W/"1"`, set("ETag", `W/"2"`), `its ETag was W/"1" and is W/"2"`},
		{"another date", "", set("Last-Modified", "Mon, 23 Nov 2026 09:00:00 GMT"), "it was modified at 2026-11-23"},
		{"another part", "", set("Content-Range", "bytes 99999-1048574/1048576"), "another part"},
		{"a part that ends where it should begin", "", func(fake *s3readtest.Server) {
			fake.Inject(everyGet(s3readtest.Truncate(100_000)))
			set("Content-Range", "bytes 0-99999/1048576")(fake)
		}, "another part"},
		{
			"a length that isn't the part's", "",
			set("Content-Range", "bytes 100000-1048574/1048576"), "has 948576 bytes for Content-Range",
		},
		{"a Content-Range that is none", "", set("Content-Range", "bytes 100000"), "bad Content-Range"},
	} {
		inBubble(t, tt.name, func(t *testing.T) {
			var fake s3readtest.Server
			data := content(size)
			fake.PutObject("bucket", s3readtest.Object{
				Key: "key", Body: data, ChecksumAlgorithm: s3readtest.NoChecksum,
			})
			fake.Inject(firstGet(s3readtest.Cut(100_000)))
			fake.Inject(everyGet(s3readtest.SetHeader("ETag", tt.etag)))
			r, err := onHTTP(t, &fake).Open(t.Context(), "key")
			require.NoError(t, err)
			defer r.Close()
			tt.later(&fake)
			got, err := io.ReadAll(r)
			require.ErrorContains(t, err, tt.says)
			assert.Equal(t, data[:100_000], got)
		})
	}
}

func TestAnAnswerOfAnUnknownPartIsRefused(t *testing.T) {
	var fake s3readtest.Server
	data := content(1 << 20)
	fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
	fake.Inject(everyGet(s3readtest.SetHeader("Content-Range", "")))
	b := direct(&fake)
	_, err := b.Download(t.Context(), "key", make(memory, len(data)), smallParts)
	require.ErrorContains(t, err, "doesn't say which")
	_, err = b.ReadAll(t.Context(), "key", 1<<20)
	require.NoError(t, err, "a whole one needs no Content-Range")
}

// looking is a client that looks for the SDK's step that hashes a body, when all options have been
// applied.
type looking struct {
	*s3.Client
	found *bool
}

func (c looking) GetObject(
	ctx context.Context, in *s3.GetObjectInput, optFns ...func(*s3.Options),
) (*s3.GetObjectOutput, error) {
	return c.Client.GetObject(ctx, in, append(optFns, func(o *s3.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			_, *c.found = stack.Deserialize.Get("AWSChecksum:ValidateOutputPayloadChecksum")
			return nil
		})
	})...)
}

func TestBytesAreNotHashedByTheSDKToo(t *testing.T) {
	var fake s3readtest.Server
	fake.Put("bucket", "key", "body")
	var found bool
	client := looking{fake.S3Client(), &found}
	out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("key")})
	require.NoError(t, err)
	require.NoError(t, out.Body.Close())
	require.True(t, found, "the pinned SDK has the step that is taken off")
	_, err = s3read.NewBucket(client, "bucket").ReadAll(t.Context(), "key", 10)
	require.NoError(t, err)
	assert.False(t, found)
}
