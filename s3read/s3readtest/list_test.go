package s3readtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// walk lists with the SDK's paginator: keys, then prefixes, and the number of pages.
func walk(t *testing.T, client *s3.Client, in s3.ListObjectsV2Input) (keys, prefixes []string, pages int) {
	t.Helper()
	for p := s3.NewListObjectsV2Paginator(client, &in); p.HasMorePages(); pages++ {
		out, err := p.NextPage(t.Context())
		require.NoError(t, err)
		assert.EqualValues(t, len(out.Contents)+len(out.CommonPrefixes), *out.KeyCount)
		for _, o := range out.Contents {
			keys = append(keys, *o.Key)
		}
		for _, cp := range out.CommonPrefixes {
			prefixes = append(prefixes, *cp.Prefix)
		}
	}
	return keys, prefixes, pages
}

func TestAListingHasEveryKeyInOrder(t *testing.T) {
	srv := new(s3readtest.Server)
	var want []string
	for i := range 2500 {
		want = append(want, fmt.Sprintf("%x/%d", i*7919%256, i))
	}
	srv.PutKeys("b", want...)
	srv.PutKeys("b", want[:10]...)
	srv.Put("b", want[0], "not lost to PutKeys")
	slices.Sort(want)
	client := srv.S3Client(once)

	keys, prefixes, pages := walk(t, client, s3.ListObjectsV2Input{Bucket: aws.String("b")})
	assert.Equal(t, want, keys)
	assert.Empty(t, prefixes)
	assert.Equal(t, 3, pages)

	keys, _, _ = walk(t, client, s3.ListObjectsV2Input{Bucket: aws.String("b"), MaxKeys: aws.Int32(7),
		Prefix: aws.String("a")})
	i, _ := slices.BinarySearch(want, "a")
	j, _ := slices.BinarySearch(want, "b")
	assert.Equal(t, want[i:j], keys, "a prefix, in pages of 7")

	srv.PageSize = 500
	keys, _, pages = walk(t, client, s3.ListObjectsV2Input{Bucket: aws.String("b")})
	assert.Equal(t, want, keys)
	assert.Equal(t, 5, pages, "of the size that the test asked for")
	srv.PageSize = 0

	keys, _, _ = walk(t, client, s3.ListObjectsV2Input{Bucket: aws.String("b"), StartAfter: &want[99]})
	assert.Equal(t, want[100:], keys, "StartAfter is exclusive")

	keys, prefixes, _ = walk(t, client, s3.ListObjectsV2Input{Bucket: aws.String("b"), Delimiter: aws.String("/"),
		MaxKeys: aws.Int32(3)})
	assert.Empty(t, keys)
	assert.Len(t, prefixes, 256)
	assert.True(t, slices.IsSorted(prefixes))

	for _, r := range srv.Requests() {
		assert.Equal(t, "ListObjectsV2", r.Op)
		assert.Equal(t, 200, r.Status)
		assert.Positive(t, r.Sent)
	}
	srv.ForgetRequests()
	assert.Empty(t, srv.Requests())
}

func TestADelimiterRollsKeysUp(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.PutKeys("b", "a", "a//b", "a/1", "a/2", "b/1", "b/2/3", "c")
	list := func(in s3.ListObjectsV2Input) (keys, prefixes []string) {
		in.Bucket = aws.String("b")
		keys, prefixes, _ = walk(t, srv.S3Client(once), in)
		return keys, prefixes
	}
	keys, prefixes := list(s3.ListObjectsV2Input{Delimiter: aws.String("/")})
	assert.Equal(t, []string{"a", "c"}, keys)
	assert.Equal(t, []string{"a/", "b/"}, prefixes)
	keys, prefixes = list(s3.ListObjectsV2Input{Delimiter: aws.String("/"), Prefix: aws.String("a/")})
	assert.Equal(t, []string{"a/1", "a/2"}, keys)
	assert.Equal(t, []string{"a//"}, prefixes)
	keys, prefixes = list(s3.ListObjectsV2Input{Delimiter: aws.String("/"), StartAfter: aws.String("a/1")})
	assert.Equal(t, []string{"c"}, keys)
	assert.Equal(t, []string{"b/"}, prefixes, "a prefix before StartAfter is not told")
	keys, prefixes = list(s3.ListObjectsV2Input{Delimiter: aws.String("/2"), MaxKeys: aws.Int32(1)})
	assert.Equal(t, []string{"a", "a//b", "a/1", "b/1", "c"}, keys)
	assert.Equal(t, []string{"a/2", "b/2"}, prefixes)
}

func TestEncodingTypeURLKeepsEveryKey(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.PutKeys("b", "a+b c%/é\x08&<>\"'\u2028", "/", "//")
	out, err := srv.S3Client(once).ListObjectsV2(t.Context(),
		&s3.ListObjectsV2Input{Bucket: aws.String("b"), EncodingType: types.EncodingTypeUrl, Prefix: aws.String("a+")})
	require.NoError(t, err)
	assert.Equal(t, types.EncodingTypeUrl, out.EncodingType)
	assert.Equal(t, "a%2Bb+c%25/%C3%A9%08%26%3C%3E%22%27%E2%80%A8", *out.Contents[0].Key)
	assert.Equal(t, "a%2B", *out.Prefix)

	_, err = srv.S3Client(once).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("b")})
	require.ErrorContains(t, err, "illegal character code U+0008", "as with S3")
}

func TestPagingParametersAreJudged(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.PutKeys("b", "a", "b")
	client := srv.S3Client(once)
	for name, in := range map[string]*s3.ListObjectsV2Input{
		"negative max-keys":           {MaxKeys: aws.Int32(-1)},
		"a token of another server":   {ContinuationToken: aws.String("AAAA")},
		"an encoding that S3 has not": {EncodingType: "base64"},
	} {
		t.Run(name, func(t *testing.T) {
			in.Bucket = aws.String("b")
			_, err := client.ListObjectsV2(t.Context(), in)
			got, status, _ := code(t, err)
			assert.Equal(t, []any{"InvalidArgument", 400}, []any{got, status})
		})
	}
	out, err := client.ListObjectsV2(t.Context(),
		&s3.ListObjectsV2Input{Bucket: aws.String("b"), MaxKeys: aws.Int32(0)})
	require.NoError(t, err)
	assert.False(t, *out.IsTruncated)
	out, err = client.ListObjectsV2(t.Context(),
		&s3.ListObjectsV2Input{Bucket: aws.String("b"), MaxKeys: aws.Int32(5000)})
	require.NoError(t, err)
	assert.EqualValues(t, 1000, *out.MaxKeys)
}

func TestADirectoryBucketHasNoOrder(t *testing.T) {
	srv := new(s3readtest.Server)
	const name = "data--use1-az4--x-s3"
	var want []string
	for i := range 2100 {
		want = append(want, fmt.Sprintf("d%d/%04d", i%3, i))
	}
	srv.PutKeys(name, want...)
	client := srv.S3Client(once)
	keys, _, pages := walk(t, client, s3.ListObjectsV2Input{Bucket: aws.String(name)})
	assert.Equal(t, 3, pages)
	assert.False(t, slices.IsSorted(keys))
	assert.ElementsMatch(t, want, keys)
	_, prefixes, _ := walk(t, client, s3.ListObjectsV2Input{Bucket: aws.String(name), Delimiter: aws.String("/"),
		MaxKeys: aws.Int32(1)})
	assert.ElementsMatch(t, []string{"d0/", "d1/", "d2/"}, prefixes)
	keys, _, _ = walk(t, client, s3.ListObjectsV2Input{Bucket: aws.String(name), Prefix: aws.String("d1/")})
	assert.Len(t, keys, 700)
	for refused, in := range map[string]*s3.ListObjectsV2Input{
		"StartAfter":             {StartAfter: aws.String("d")},
		"a prefix without slash": {Prefix: aws.String("d")},
		"another delimiter":      {Delimiter: aws.String("-")},
	} {
		in.Bucket = aws.String(name)
		_, err := client.ListObjectsV2(t.Context(), in)
		got, _, _ := code(t, err)
		assert.Equal(t, "InvalidRequest", got, refused)
	}
}

func TestBucketsArePagedAndFiltered(t *testing.T) {
	srv := new(s3readtest.Server)
	for i := range 25 {
		srv.CreateBucket(s3readtest.Bucket{Name: fmt.Sprintf("bucket-%02d", i),
			Region: []string{"us-east-1", "eu-west-1"}[i%2]})
	}
	client := srv.S3Client(once)
	out, err := client.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	require.NoError(t, err)
	require.Len(t, out.Buckets, 25)
	assert.Nil(t, out.Buckets[0].BucketRegion, "S3 tells regions only on paged requests")

	var names []string
	for p := s3.NewListBucketsPaginator(client, &s3.ListBucketsInput{MaxBuckets: aws.Int32(10)}); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		require.NoError(t, err)
		for _, b := range out.Buckets {
			names = append(names, *b.Name)
			require.NotNil(t, b.BucketRegion)
		}
	}
	assert.Len(t, names, 25)
	assert.True(t, slices.IsSorted(names))

	out, err = client.ListBuckets(t.Context(),
		&s3.ListBucketsInput{Prefix: aws.String("bucket-1"), BucketRegion: aws.String("eu-west-1")})
	require.NoError(t, err)
	assert.Len(t, out.Buckets, 5)
	assert.Equal(t, "bucket-1", *out.Prefix)
	_, err = client.ListBuckets(t.Context(), &s3.ListBucketsInput{MaxBuckets: aws.Int32(10001)})
	got, _, _ := code(t, err)
	assert.Equal(t, "InvalidArgument", got)
}

func TestFaultsOfListing(t *testing.T) {
	srv := new(s3readtest.Server)
	for i := range 1500 {
		srv.PutKeys("b", fmt.Sprintf("%04d", i))
	}
	in := &s3.ListObjectsV2Input{Bucket: aws.String("b")}
	list := func(t *testing.T, effect s3readtest.Effect) (*s3.ListObjectsV2Output, error) {
		defer srv.Inject(s3readtest.Fault{Op: "ListObjectsV2", Do: effect})()
		return srv.S3Client(once).ListObjectsV2(t.Context(), in)
	}
	t.Run("truncated without a token", func(t *testing.T) {
		out, err := list(t, s3readtest.NoToken())
		require.NoError(t, err)
		assert.True(t, *out.IsTruncated)
		assert.Nil(t, out.NextContinuationToken)
	})
	t.Run("unsorted", func(t *testing.T) {
		out, err := list(t, s3readtest.Unsorted())
		require.NoError(t, err)
		assert.Equal(t, "0999", *out.Contents[0].Key)
		assert.Len(t, out.Contents, 1000)
	})
	t.Run("an empty body", func(t *testing.T) {
		out, err := list(t, s3readtest.Reply(200, "application/xml", ""))
		require.NoError(t, err, "the SDK takes it for an empty page")
		assert.Empty(t, out.Contents)
	})
	t.Run("a proxy's HTML", func(t *testing.T) {
		out, err := list(t, s3readtest.Reply(200, "text/html", "<html><body>Sign in</body></html>"))
		require.NoError(t, err, "the SDK takes it for an empty page")
		assert.Empty(t, out.Contents)
	})
	t.Run("cut in the middle", func(t *testing.T) {
		_, err := list(t, s3readtest.Cut(5000))
		require.ErrorContains(t, err, "unexpected EOF")
	})
	t.Run("ended early as if whole", func(t *testing.T) {
		_, err := list(t, s3readtest.Truncate(5000))
		require.Error(t, err)
	})
	t.Run("rewritten", func(t *testing.T) {
		out, err := list(t, s3readtest.Rewrite(func(b []byte) []byte {
			return []byte(strings.Replace(string(b), "<Key>0000", "<Key>foreign", 1))
		}))
		require.NoError(t, err)
		assert.Equal(t, "foreign", *out.Contents[0].Key)
	})
	t.Run("every third request", func(t *testing.T) {
		srv.ForgetRequests()
		defer srv.Inject(s3readtest.Fault{Every: 3, Times: 2, Skip: 1, Do: s3readtest.Error("SlowDown", "")})()
		for range 12 {
			_, err := srv.S3Client(once).ListObjectsV2(t.Context(), in)
			if err != nil {
				got, status, _ := code(t, err)
				assert.Equal(t, []any{"SlowDown", 503}, []any{got, status})
			}
		}
		var statuses []int
		for _, r := range srv.Requests() {
			statuses = append(statuses, r.Status)
		}
		assert.Equal(t, []int{200, 200, 200, 503, 200, 200, 503, 200, 200, 200, 200, 200}, statuses)
	})
}
