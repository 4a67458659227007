package integration_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/miniotest"
	"github.com/seed-15cba5db/irsa-go/s3read"
)

// mixedKeys are more than 50,000, of every kind that MinIO can hold: it keeps objects as
// files, so no key has empty elements or another key for a folder.
func mixedKeys() []string {
	var keys []string
	for i := range 10_400 {
		sum := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		keys = append(keys,
			hex.EncodeToString(sum[:]),
			fmt.Sprintf("sequence-%08d", i),
			fmt.Sprintf("year=%d/month=%02d/day=%02d/part-%05d.parquet", 2020+i%5, i%12+1, i%28+1, i),
			fmt.Sprintf("tenant-1/%s/%d", strings.Repeat("the same for a long while ", 4), i),
		)
		odd := []string{
			"a b+c %d", "%%2F%%25 %d", "&<>'\"=%d", "é/日本/%d", "tab\t%d", "~!*()_-.%d", "𝄞 %d", "A%d",
		}[i%8]
		keys = append(keys, "odd/"+fmt.Sprintf(odd, i))
	}
	slices.Sort(keys)
	return keys
}

func TestListingsOfMinIOAreWhole(t *testing.T) {
	m := miniotest.Start(t, miniotest.Options{})
	admin := m.Client(t)
	require.NoError(t, admin.MakeBucket(t.Context(), "listing", minio.MakeBucketOptions{}))
	want := mixedKeys()
	require.Greater(t, len(want), 50_000)
	objects := make(chan minio.SnowballObject)
	go func() {
		defer close(objects)
		for _, key := range want {
			objects <- minio.SnowballObject{Key: key, Size: 1, ModTime: time.Now(),
				Content: bytes.NewReader([]byte("x"))}
		}
	}()
	require.NoError(t, admin.PutObjectsSnowball(t.Context(), "listing", minio.SnowballOptions{InMemory: true}, objects))

	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &m.URL, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(m.User, m.Password, ""),
	})
	bucket := s3read.NewBucket(client, "listing")
	ours := func(parallel int) func() []string {
		return func() (keys []string) {
			for o, err := range bucket.List(t.Context(), "", func(l *s3read.ListOptions) { l.Parallel = parallel }) {
				require.NoError(t, err)
				keys = append(keys, o.Key)
			}
			return keys
		}
	}
	for _, list := range []struct {
		name string
		keys func() []string
	}{
		{"the SDK's paginator", func() (keys []string) {
			pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{
				Bucket: aws.String("listing"), EncodingType: types.EncodingTypeUrl,
			})
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				require.NoError(t, err)
				for _, o := range page.Contents {
					key, err := url.QueryUnescape(aws.ToString(o.Key))
					require.NoError(t, err)
					keys = append(keys, key)
				}
			}
			return keys
		}},
		{"minio-go", func() (keys []string) {
			for o := range admin.ListObjects(t.Context(), "listing", minio.ListObjectsOptions{Recursive: true}) {
				require.NoError(t, o.Err)
				keys = append(keys, o.Key)
			}
			return keys
		}},
		{"s3read, serial", ours(0)},
		{"s3read, 16 at once", ours(16)},
	} {
		began := time.Now()
		got := list.keys()
		t.Logf("%-20s %.0f keys/s", list.name, float64(len(got))/time.Since(began).Seconds())
		if list.name != "s3read, 16 at once" {
			require.True(t, slices.IsSorted(got), "%s: not in the order of the keys", list.name)
		}
		slices.Sort(got)
		require.Equal(t, len(want), len(got), list.name)
		require.True(t, slices.Equal(want, got), "%s: other keys than were put", list.name)
	}
}
