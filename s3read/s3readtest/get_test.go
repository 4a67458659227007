package s3readtest_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func object(key string) *s3.GetObjectInput {
	return &s3.GetObjectInput{Bucket: aws.String("b"), Key: &key}
}

func TestAnObjectIsServedAsItWasPut(t *testing.T) {
	srv := new(s3readtest.Server)
	put := srv.PutObject("b", s3readtest.Object{
		Key: "k", Body: []byte("0123456789"), ContentType: "text/plain", ContentEncoding: "gzip",
		Metadata: map[string]string{"team": "data"}, StorageClass: types.StorageClassStandardIa,
		LastModified: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
	})
	assert.Equal(t, `"781e5e245d69b566979b86e28d23f2c7"`, put.ETag)
	body, out, err := get(t.Context(), srv.Client(once), object("k"))
	require.NoError(t, err)
	assert.Equal(t, "0123456789", body)
	assert.Equal(t, put.ETag, *out.ETag)
	assert.EqualValues(t, 10, *out.ContentLength)
	assert.Equal(t, "text/plain", *out.ContentType)
	assert.Equal(t, "gzip", *out.ContentEncoding)
	assert.Equal(t, map[string]string{"team": "data"}, out.Metadata)
	assert.Equal(t, types.StorageClassStandardIa, out.StorageClass)
	assert.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), *out.LastModified)
	assert.Nil(t, out.VersionId)

	head, err := srv.Client(once).HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
	require.NoError(t, err)
	assert.EqualValues(t, 10, *head.ContentLength)
	assert.Equal(t, put.ETag, *head.ETag)
}

func TestRanges(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.Put("b", "k", "0123456789")
	srv.Put("b", "empty", "")
	for header, want := range map[string][2]string{
		"bytes=0-":      {"0123456789", "bytes 0-9/10"},
		"bytes=2-4":     {"234", "bytes 2-4/10"},
		"bytes=5-100":   {"56789", "bytes 5-9/10"},
		"bytes=-3":      {"789", "bytes 7-9/10"},
		"bytes=-30":     {"0123456789", "bytes 0-9/10"},
		"bytes=4-2":     {"0123456789", ""},
		"bytes=0-1,3-4": {"0123456789", ""},
		"items=0-1":     {"0123456789", ""},
	} {
		t.Run(header, func(t *testing.T) {
			in := object("k")
			in.Range = &header
			body, out, err := get(t.Context(), srv.Client(once), in)
			require.NoError(t, err)
			assert.Equal(t, want[0], body)
			assert.Equal(t, want[1], aws.ToString(out.ContentRange))
		})
	}
	for header, key := range map[string]string{"bytes=10-": "k", "bytes=-0": "k", "bytes=0-": "empty", "bytes=-1": "empty"} {
		t.Run(header+" of "+key, func(t *testing.T) {
			in := object(key)
			in.Range = &header
			_, _, err := get(t.Context(), srv.Client(once), in)
			got, status, _ := code(t, err)
			assert.Equal(t, []any{"InvalidRange", 416}, []any{got, status})
		})
	}
}

func TestConditions(t *testing.T) {
	srv := new(s3readtest.Server)
	etag := srv.Put("b", "k", "v").ETag
	srv.PutObject("b", s3readtest.Object{Key: "weak", Body: []byte("v"), ETag: `W/"1"`})
	old := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		in     s3.GetObjectInput
		status int
	}{
		"If-Match holds":                               {s3.GetObjectInput{IfMatch: &etag}, 200},
		"If-Match * holds":                             {s3.GetObjectInput{IfMatch: aws.String("*")}, 200},
		"If-Match fails":                               {s3.GetObjectInput{IfMatch: aws.String(`"other"`)}, 412},
		"If-Match never holds for a weak ETag":         {s3.GetObjectInput{Key: aws.String("weak"), IfMatch: aws.String(`W/"1"`)}, 412},
		"If-None-Match fails":                          {s3.GetObjectInput{IfNoneMatch: &etag}, 304},
		"If-None-Match holds":                          {s3.GetObjectInput{IfNoneMatch: aws.String(`"other"`)}, 200},
		"If-Unmodified-Since fails":                    {s3.GetObjectInput{IfUnmodifiedSince: &old}, 412},
		"If-Match decides over If-Unmodified-Since":    {s3.GetObjectInput{IfMatch: &etag, IfUnmodifiedSince: &old}, 200},
		"If-Modified-Since holds":                      {s3.GetObjectInput{IfModifiedSince: &old}, 200},
		"If-Modified-Since fails":                      {s3.GetObjectInput{IfModifiedSince: aws.Time(time.Now().Add(time.Hour))}, 304},
		"If-None-Match decides over If-Modified-Since": {s3.GetObjectInput{IfNoneMatch: &etag, IfModifiedSince: &old}, 304},
	} {
		t.Run(name, func(t *testing.T) {
			tt.in.Bucket = aws.String("b")
			if tt.in.Key == nil {
				tt.in.Key = aws.String("k")
			}
			_, _, err := get(t.Context(), srv.Client(once), &tt.in)
			if tt.status == 200 {
				require.NoError(t, err)
				return
			}
			_, status, _ := code(t, err)
			assert.Equal(t, tt.status, status)
		})
	}
}

func TestVersionsAndDeleteMarkers(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "b", Versioning: true})
	first := srv.Put("b", "k", "first")
	second := srv.Put("b", "k", "second")
	require.NotEqual(t, first.VersionID, second.VersionID)
	client := srv.Client(once)
	body, out, err := get(t.Context(), client, object("k"))
	require.NoError(t, err)
	assert.Equal(t, "second", body)
	assert.Equal(t, second.VersionID, *out.VersionId)

	srv.Delete("b", "k")
	_, _, err = get(t.Context(), client, object("k"))
	got, status, _ := code(t, err)
	assert.Equal(t, []any{"NoSuchKey", 404}, []any{got, status})
	marker := header(t, err)
	assert.Equal(t, "true", marker.Get("x-amz-delete-marker"))
	keys, _, _ := walk(t, client, s3.ListObjectsV2Input{Bucket: aws.String("b")})
	assert.Empty(t, keys)

	in := object("k")
	in.VersionId = &first.VersionID
	body, _, err = get(t.Context(), client, in)
	require.NoError(t, err)
	assert.Equal(t, "first", body)
	in.VersionId = aws.String(marker.Get("x-amz-version-id"))
	_, _, err = get(t.Context(), client, in)
	got, status, _ = code(t, err)
	assert.Equal(t, []any{"MethodNotAllowed", 405}, []any{got, status})
	assert.Equal(t, "true", header(t, err).Get("x-amz-delete-marker"))
	in.VersionId = aws.String("none")
	_, _, err = get(t.Context(), client, in)
	got, status, _ = code(t, err)
	assert.Equal(t, []any{"NoSuchVersion", 404}, []any{got, status})

	srv.Put("other", "k", "v")
	srv.Delete("other", "k")
	_, _, err = get(t.Context(), client, &s3.GetObjectInput{Bucket: aws.String("other"), Key: aws.String("k")})
	assert.Empty(t, header(t, err).Get("x-amz-delete-marker"), "without versioning nothing is left")
}

func TestChecksumsAreThoseOfTheSDK(t *testing.T) {
	srv := new(s3readtest.Server)
	content := strings.Repeat("0123456789", 1000)
	for _, algorithm := range []types.ChecksumAlgorithm{"", types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c,
		types.ChecksumAlgorithmCrc64nvme, types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256} {
		t.Run(string(algorithm), func(t *testing.T) {
			for _, partSize := range []int64{0, 4096} {
				srv.PutObject("b", s3readtest.Object{Key: "k", Body: []byte(content), PartSize: partSize, ChecksumAlgorithm: algorithm})
				in := object("k")
				in.ChecksumMode = types.ChecksumModeEnabled
				body, out, err := get(t.Context(), srv.Client(once), in)
				require.NoError(t, err, "the SDK compares")
				assert.Equal(t, content, body)
				sha := algorithm == types.ChecksumAlgorithmSha1 || algorithm == types.ChecksumAlgorithmSha256
				if partSize > 0 && sha {
					assert.Equal(t, types.ChecksumTypeComposite, out.ChecksumType)
				} else {
					assert.Equal(t, types.ChecksumTypeFullObject, out.ChecksumType)
				}
			}
		})
	}
	t.Run("a wrong one is refused by the SDK", func(t *testing.T) {
		defer srv.Inject(s3readtest.Fault{Do: s3readtest.SetHeader("x-amz-checksum-crc32", "AAAAAA==")})()
		srv.PutObject("b", s3readtest.Object{Key: "k", Body: []byte(content), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32})
		in := object("k")
		in.ChecksumMode = types.ChecksumModeEnabled
		_, _, err := get(t.Context(), srv.Client(once), in)
		require.ErrorContains(t, err, "checksum did not match")
	})
	t.Run("a missing one is missing", func(t *testing.T) {
		srv.PutObject("b", s3readtest.Object{Key: "k", Body: []byte(content), ChecksumAlgorithm: s3readtest.NoChecksum})
		in := object("k")
		in.ChecksumMode = types.ChecksumModeEnabled
		_, out, err := get(t.Context(), srv.Client(once), in)
		require.NoError(t, err)
		assert.Empty(t, out.ChecksumType)
	})
	t.Run("a range has none", func(t *testing.T) {
		srv.Put("b", "k", content)
		in := object("k")
		in.ChecksumMode, in.Range = types.ChecksumModeEnabled, aws.String("bytes=0-")
		_, out, err := get(t.Context(), srv.Client(once), in)
		require.NoError(t, err)
		assert.Nil(t, out.ChecksumCRC64NVME)
	})
}

func TestPartsOfAMultipartObject(t *testing.T) {
	srv := new(s3readtest.Server)
	put := srv.PutObject("b", s3readtest.Object{Key: "k", Content: s3readtest.Synthetic(1), Size: 25 << 10, PartSize: 10 << 10})
	assert.True(t, strings.HasSuffix(put.ETag, `-3"`), put.ETag)
	whole, _, err := get(t.Context(), srv.Client(once), object("k"))
	require.NoError(t, err)
	var joined strings.Builder
	for part := int32(1); part <= 3; part++ {
		in := object("k")
		in.PartNumber, in.ChecksumMode = &part, types.ChecksumModeEnabled
		body, out, err := get(t.Context(), srv.Client(once), in)
		require.NoError(t, err, "the SDK compares the part's checksum")
		assert.EqualValues(t, 3, *out.PartsCount)
		joined.WriteString(body)
	}
	assert.Equal(t, whole, joined.String())
	in := object("k")
	in.PartNumber = aws.Int32(4)
	_, _, err = get(t.Context(), srv.Client(once), in)
	got, status, _ := code(t, err)
	assert.Equal(t, []any{"InvalidPartNumber", 416}, []any{got, status})
}

func TestArchivedRequesterPaysAndOwner(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "b", RequesterPays: true, Owner: "999988887777"})
	srv.PutObject("b", s3readtest.Object{Key: "cold", StorageClass: types.StorageClassGlacier})
	client := srv.Client(once)
	in := object("cold")
	_, _, err := get(t.Context(), client, in)
	got, _, _ := code(t, err)
	assert.Equal(t, "AccessDenied", got)
	in.RequestPayer = types.RequestPayerRequester
	_, _, err = get(t.Context(), client, in)
	var archived *types.InvalidObjectState
	require.ErrorAs(t, err, &archived)
	assert.Equal(t, types.StorageClassGlacier, archived.StorageClass)
	head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: in.Bucket, Key: in.Key, RequestPayer: in.RequestPayer})
	require.NoError(t, err, "an archived object has a HEAD")
	assert.Equal(t, types.RequestChargedRequester, head.RequestCharged)
	in.ExpectedBucketOwner = aws.String("111122223333")
	_, _, err = get(t.Context(), client, in)
	got, _, _ = code(t, err)
	assert.Equal(t, "AccessDenied", got)
}

func TestFaultsOfReading(t *testing.T) {
	srv := new(s3readtest.Server)
	const size = 1 << 20
	srv.PutObject("b", s3readtest.Object{Key: "k", Content: s3readtest.Synthetic(1), Size: size})
	for name, client := range map[string]*s3.Client{"in memory": srv.Client(once), "on a listener": overHTTP(t, srv)} {
		read := func(effect s3readtest.Effect) (int, error) {
			defer srv.Inject(s3readtest.Fault{Op: "GetObject", Do: effect})()
			body, _, err := get(t.Context(), client, object("k"))
			return len(body), err
		}
		t.Run("cut after so many bytes, "+name, func(t *testing.T) {
			srv.ForgetRequests()
			out, err := func() (*s3.GetObjectOutput, error) {
				defer srv.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Cut(70_000)})()
				return client.GetObject(t.Context(), object("k"))
			}()
			require.NoError(t, err)
			body, err := io.ReadAll(out.Body)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.NoError(t, out.Body.Close())
			assert.Len(t, body, 70_000)
			assert.EqualValues(t, 70_000, srv.Requests()[0].Sent)
		})
		t.Run("cut before the headers, "+name, func(t *testing.T) {
			_, err := read(s3readtest.Cut(-1))
			require.ErrorIs(t, err, io.EOF)
		})
		t.Run("reset before the headers, "+name, func(t *testing.T) {
			_, err := read(s3readtest.Reset(-1))
			require.ErrorIs(t, err, syscall.ECONNRESET)
		})
		t.Run("reset in the body, "+name, func(t *testing.T) {
			out, err := func() (*s3.GetObjectOutput, error) {
				defer srv.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Reset(size / 2)})()
				return client.GetObject(t.Context(), object("k"))
			}()
			if err == nil {
				_, err = io.ReadAll(out.Body)
				_ = out.Body.Close()
			}
			require.ErrorIs(t, err, syscall.ECONNRESET)
		})
		t.Run("truncated as if whole, "+name, func(t *testing.T) {
			n, err := read(s3readtest.Truncate(1000))
			require.NoError(t, err)
			assert.Equal(t, 1000, n)
		})
		t.Run("overwritten while it is read, "+name, func(t *testing.T) {
			srv.Put("b", "old", strings.Repeat("old", 100_000))
			defer srv.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.At(150_000, func() { srv.Put("b", "old", "new") })})()
			body, _, err := get(t.Context(), client, object("old"))
			require.NoError(t, err)
			assert.Equal(t, strings.Repeat("old", 100_000), body, "an answer is of one version")
			body, _, err = get(t.Context(), client, object("old"))
			require.NoError(t, err)
			assert.Equal(t, "new", body)
		})
	}
	t.Run("an ignored range", func(t *testing.T) {
		defer srv.Inject(s3readtest.Fault{Do: s3readtest.IgnoreHeader("Range")})()
		in := object("k")
		in.Range = aws.String("bytes=5-6")
		body, out, err := get(t.Context(), srv.Client(once), in)
		require.NoError(t, err)
		assert.Len(t, body, size)
		assert.Nil(t, out.ContentRange)
	})
	t.Run("headers set and removed", func(t *testing.T) {
		defer srv.Inject(s3readtest.Fault{Do: s3readtest.SetHeader("Content-Range", "bytes 0-1/7")})()
		defer srv.Inject(s3readtest.Fault{Do: s3readtest.SetHeader("ETag", "")})()
		in := object("k")
		in.Range = aws.String("bytes=5-6")
		_, out, err := get(t.Context(), srv.Client(once), in)
		require.NoError(t, err)
		assert.Equal(t, "bytes 0-1/7", *out.ContentRange)
		assert.Nil(t, out.ETag)
	})
	t.Run("another region for one request", func(t *testing.T) {
		defer srv.Inject(s3readtest.Fault{Times: 1, Do: s3readtest.WrongRegion("eu-west-1")})()
		_, _, err := get(t.Context(), srv.Client(once), object("k"))
		_, status, region := code(t, err)
		assert.Equal(t, []any{301, "eu-west-1"}, []any{status, region})
		_, _, err = get(t.Context(), srv.Client(once), object("k"))
		require.NoError(t, err)
	})
	t.Run("a chosen request", func(t *testing.T) {
		defer srv.Inject(s3readtest.Fault{
			Match: func(r s3readtest.Request) bool { return r.Header.Get("Range") == "bytes=1-2" },
			Do:    s3readtest.Error("InternalError", "not today"),
		})()
		_, _, err := get(t.Context(), srv.Client(once), object("k"))
		require.NoError(t, err)
		in := object("k")
		in.Range = aws.String("bytes=1-2")
		_, _, err = get(t.Context(), srv.Client(once), in)
		require.ErrorContains(t, err, "not today")
	})
}

func TestTimeInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := new(s3readtest.Server)
		srv.PutObject("b", s3readtest.Object{Key: "k", Content: s3readtest.Synthetic(1), Size: 10e6})
		client := srv.Client(once)
		began := time.Now()
		remove := srv.Inject(s3readtest.Fault{Do: s3readtest.Delay(82 * time.Millisecond)})
		_, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("b")})
		require.NoError(t, err)
		assert.Equal(t, 82*time.Millisecond, time.Since(began))
		remove()

		began = time.Now()
		remove = srv.Inject(s3readtest.Fault{Do: s3readtest.Pace(1e6)})
		body, _, err := get(t.Context(), client, object("k"))
		require.NoError(t, err)
		assert.Equal(t, 10*time.Second, time.Since(began))
		want := make([]byte, 10e6)
		_, err = s3readtest.Synthetic(1).ReadAt(want, 0)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(want, []byte(body)))
		remove()

		for _, after := range []int64{-1, 0, 5_000_000} {
			remove = srv.Inject(s3readtest.Fault{Do: s3readtest.Stall(after)})
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			began = time.Now()
			var n int64
			out, err := client.GetObject(ctx, object("k"))
			if after < 0 {
				require.ErrorIs(t, err, context.DeadlineExceeded)
			} else {
				require.NoError(t, err)
				n, err = io.Copy(io.Discard, out.Body)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.NoError(t, out.Body.Close())
			}
			assert.Equal(t, max(0, after), n)
			assert.Equal(t, time.Hour, time.Since(began))
			cancel()
			remove()
		}
	})
}
