package s3readtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func put(key, body string) *s3.PutObjectInput {
	return &s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String(key), Body: strings.NewReader(body)}
}

// https is a client whose bodies the SDK streams, with a checksum in the trailer.
func https(o *s3.Options) { o.EndpointOptions.DisableHTTPS = false }

func TestWhatIsWrittenIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := new(s3readtest.Server)
		srv.CreateBucket(s3readtest.Bucket{Name: "b"})
		for name, client := range map[string]*s3.Client{"signed": srv.S3Client(once),
			"in chunks": srv.S3Client(once, https)} {
			in := put(name, "content")
			in.ContentType, in.CacheControl, in.ContentLanguage = aws.String("text/plain"), aws.String("no-store"),
				aws.String("de")
			in.ContentDisposition, in.ContentEncoding = aws.String("attachment"), aws.String("gzip")
			in.Metadata, in.Tagging = map[string]string{"team": "data"}, aws.String("a=1&b=2")
			in.StorageClass = types.StorageClassStandardIa
			made, err := client.PutObject(t.Context(), in)
			require.NoError(t, err, name)
			body, out, err := get(t.Context(), client, &s3.GetObjectInput{Bucket: aws.String("b"), Key: &name})
			require.NoError(t, err, name)
			assert.Equal(t, "content", body, name)
			assert.Equal(t, *made.ETag, *out.ETag)
			assert.Equal(t, "text/plain no-store de attachment gzip", strings.Join([]string{
				*out.ContentType, *out.CacheControl, *out.ContentLanguage, *out.ContentDisposition,
				*out.ContentEncoding,
			}, " "), name)
			assert.Equal(t, map[string]string{"team": "data"}, out.Metadata)
			assert.EqualValues(t, 2, *out.TagCount)
			assert.Equal(t, types.StorageClassStandardIa, out.StorageClass)
			tags, err := client.GetObjectTagging(t.Context(),
				&s3.GetObjectTaggingInput{Bucket: aws.String("b"), Key: &name})
			require.NoError(t, err)
			assert.Equal(t, []types.Tag{{Key: aws.String("a"), Value: aws.String("1")},
				{Key: aws.String("b"), Value: aws.String("2")}}, tags.TagSet)
		}
		r := srv.Requests("PutObject")[0]
		assert.Equal(t, "AKIDEXAMPLE us-east-1 200", fmt.Sprint(r.AccessKey, " ", r.Region, " ", r.Status))
	})
}

// sent is a request of a client that need not be a good one.
func sent(t *testing.T, srv *s3readtest.Server, method, target, body string, header map[string]string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://b.s3.us-east-1.amazonaws.com"+target,
		strings.NewReader(body))
	require.NoError(t, err)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	resp, err := srv.Client().Do(r)
	require.NoError(t, err)
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, errors.Join(err, resp.Body.Close()))
	return resp.StatusCode, string(answer)
}

func TestWritesFailOnDemand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, tc := range map[string]struct {
			do     s3readtest.Effect
			stored bool
		}{
			"refused":                       {s3readtest.Error("SlowDown", ""), false},
			"cut before it is looked at":    {s3readtest.Cut(s3readtest.Response), false},
			"cut in the middle of the body": {s3readtest.CutRequest(100), false},
			"done, and the answer lost":     {s3readtest.LoseAnswer(), true},
		} {
			srv := new(s3readtest.Server)
			srv.CreateBucket(s3readtest.Bucket{Name: "b"})
			srv.Inject(s3readtest.Fault{Op: "PutObject", Times: 1, Do: tc.do})
			_, err := srv.S3Client(once).PutObject(t.Context(), put("k", strings.Repeat("x", 1<<20)))
			require.Error(t, err, name)
			_, _, err = get(t.Context(), srv.S3Client(once),
				&s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
			assert.Equal(t, tc.stored, err == nil, name)

			_, err = srv.S3Client().PutObject(context.WithoutCancel(t.Context()), put("again", "y"))
			require.NoError(t, err, name)
		}
	})
}

func FuzzPutObject(f *testing.F) {
	f.Add("body", "", "", "a=b", "bytes=0-1")
	f.Add("4\r\nbody\r\n0\r\n\r\n", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "aws-chunked", "", "x")
	f.Add("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>", "", "gzip",
		"%zz", "")
	f.Fuzz(func(t *testing.T, body, hash, encoding, tags, source string) {
		srv := new(s3readtest.Server)
		srv.Put("b", "source", "content")
		for _, target := range []struct{ method, path string }{
			{"PUT", "/k"}, {"PUT", "/k?tagging"}, {"PUT", "/k?uploadId=u&partNumber=1"}, {"POST", "/k?uploadId=u"},
			{"POST", "/?delete"}, {"PUT", "/?versioning"},
		} {
			r, err := http.NewRequestWithContext(t.Context(), target.method,
				"http://b.s3.us-east-1.amazonaws.com"+target.path, strings.NewReader(body))
			require.NoError(t, err)
			r.Header = http.Header{"X-Amz-Content-Sha256": {hash}, "Content-Encoding": {encoding},
				"X-Amz-Tagging": {tags}}
			if source != "" {
				r.Header["X-Amz-Copy-Source"], r.Header["X-Amz-Copy-Source-Range"] = []string{"b/source"},
					[]string{source}
			}
			w := httptest.NewRecorder()
			srv.ServeHTTP(w, r)
			if w.Code != http.StatusNotImplemented {
				assert.Less(t, w.Code, 500, "the request was bad, not the server")
			}
		}
	})
}
