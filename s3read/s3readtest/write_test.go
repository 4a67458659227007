package s3readtest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
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

func TestABodyThatIsNotWhatIsSaidOfItIsRefused(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "b"})
	sum := sha256.Sum256([]byte("other"))
	streaming := map[string]string{
		"X-Amz-Content-Sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "Content-Encoding": "aws-chunked",
		"X-Amz-Decoded-Content-Length": "4", "X-Amz-Trailer": "x-amz-checksum-crc32",
	}
	for _, tc := range []struct {
		name, body string
		header     map[string]string
		status     int
		code       string
	}{
		{"another hash", "body", map[string]string{"X-Amz-Content-Sha256": hex.EncodeToString(sum[:])}, 400,
			"XAmzContentSHA256Mismatch"},
		{"a hash that is none", "body", map[string]string{"X-Amz-Content-Sha256": "beef"}, 400, "InvalidArgument"},
		{"another MD5", "body", map[string]string{"Content-MD5": "XrY7u+Ae7tCTyyK7j1rNww=="}, 400, "BadDigest"},
		{"an MD5 that is none", "body", map[string]string{"Content-MD5": "beef"}, 400, "InvalidDigest"},
		{"another checksum", "body", map[string]string{"x-amz-checksum-crc32": "AAAAAA=="}, 400, "BadDigest"},
		{"a checksum that is none", "body", map[string]string{"x-amz-checksum-crc32": "AA"}, 400, "InvalidRequest"},
		{"two checksums", "body", map[string]string{"x-amz-checksum-crc32": "26gLsg==",
			"x-amz-checksum-sha1": "AA=="}, 400, "InvalidRequest"},
		{"a checksum that is announced", "body", map[string]string{"x-amz-sdk-checksum-algorithm": "CRC32"}, 400,
			"InvalidRequest"},
		{"a checksum of a new kind", "body", map[string]string{"x-amz-checksum-xxhash128": "AA=="}, 501,
			"NotImplemented"},
		{"chunks that end early", "4\r\nbo", streaming, 400, "IncompleteBody"},
		{"chunks of another length", "3\r\nbod\r\n0\r\nx-amz-checksum-crc32:26gLsg==\r\n\r\n", streaming, 400,
			"IncompleteBody"},
		{"chunks that are none", "body\r\n", streaming, 400, "InvalidRequest"},
		{"chunks without their trailer", "4\r\nbody\r\n0\r\n\r\n", streaming, 400, "MalformedTrailerError"},
		{"chunks with another checksum", "4\r\nbody\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", streaming, 400,
			"BadDigest"},
		{"a customer's key", "body", map[string]string{"x-amz-server-side-encryption-customer-algorithm": "AES256"},
			501, "NotImplemented"},
		{"an ACL", "body", map[string]string{"x-amz-acl": "public-read"}, 400, "AccessControlListNotSupported"},
		{"a storage class that isn't one", "body", map[string]string{"x-amz-storage-class": "WARM"}, 400,
			"InvalidStorageClass"},
		{"metadata of 2 KB and more", "body", map[string]string{"x-amz-meta-a": strings.Repeat("a", 2<<10)}, 400,
			"MetadataTooLarge"},
		{"eleven tags", "body", map[string]string{"x-amz-tagging": "a&b&c&d&e&f&g&h&i&j&k"}, 400, "BadRequest"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, body := sent(t, srv, "PUT", "/k", tc.body, tc.header)
			assert.Equal(t, tc.status, status)
			assert.Contains(t, body, "<Code>"+tc.code+"</Code>")
			status, _ = sent(t, srv, "GET", "/k", "", nil)
			assert.Equal(t, http.StatusNotFound, status, "nothing is stored")
		})
	}
	t.Run("chunks that are right", func(t *testing.T) {
		status, _ := sent(t, srv, "PUT", "/k", "4\r\nbody\r\n0\r\nx-amz-checksum-crc32:26gLsg==\r\n\r\n", streaming)
		require.Equal(t, http.StatusOK, status)
	})
	t.Run("chunks whose whole has no length", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), "PUT", "http://b.s3.us-east-1.amazonaws.com/whole",
			io.MultiReader(strings.NewReader("0\r\n\r\n")))
		require.NoError(t, err)
		r.Header = http.Header{
			"X-Amz-Content-Sha256": {"STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, "X-Amz-Decoded-Content-Length": {"0"},
		}
		resp, err := srv.Client().Do(r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusOK, resp.StatusCode)
	})
	t.Run("a body without a length", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), "PUT", "http://b.s3.us-east-1.amazonaws.com/k",
			io.MultiReader(strings.NewReader("body")))
		require.NoError(t, err)
		resp, err := srv.Client().Do(r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusLengthRequired, resp.StatusCode)
	})
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

func TestKeysAndBucketsThatCanNotBeAreRefused(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "b"})
	_, err := srv.S3Client(once).PutObject(t.Context(), put(strings.Repeat("k", 1024), "x"))
	require.NoError(t, err)
	_, err = srv.S3Client(once).PutObject(t.Context(), put(strings.Repeat("k", 1025), "x"))
	got, status, _ := code(t, err)
	assert.Equal(t, []any{"KeyTooLongError", 400}, []any{got, status})
	status, body := sent(t, srv, "PUT", "/%ff", "x", nil)
	assert.Equal(t, 400, status, body)

	pathStyle := srv.S3Client(once, func(o *s3.Options) { o.UsePathStyle = true })
	for _, name := range []string{"ab", "UPPER", "under_score", "a..b", "192.168.1.1", "-dash", "xn--name",
		"name-s3alias", strings.Repeat("a", 64)} {
		_, err := pathStyle.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name})
		got, status, _ := code(t, err)
		assert.Equal(t, []any{"InvalidBucketName", 400}, []any{got, status}, name)
	}
	_, err = pathStyle.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("good.name-1")})
	require.NoError(t, err)
	_, err = pathStyle.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("good.name-1")})
	got, _, _ = code(t, err)
	assert.Equal(t, "BucketAlreadyOwnedByYou", got)
	_, err = pathStyle.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("b")})
	got, _, _ = code(t, err)
	assert.Equal(t, "BucketNotEmpty", got)
	_, err = pathStyle.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("good.name-1")})
	require.NoError(t, err)
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
