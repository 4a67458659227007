package s3read_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestList(t *testing.T) {
	t.Run("every key, in order, with all fields", func(t *testing.T) {
		srv, keys := numbered(2500)
		put := srv.Put("bucket", "data", "content")
		b := direct(srv)
		objects, err := collect(t.Context(), b, "")
		require.NoError(t, err)
		assert.Equal(t, append([]string{"data"}, keys...), keysOf(objects))
		assert.Equal(t, s3read.Object{
			Key: "data", Size: 7, ETag: put.ETag, StorageClass: "STANDARD", LastModified: objects[0].LastModified,
		}, objects[0])
		assert.WithinDuration(t, put.LastModified, objects[0].LastModified, time.Second)
		requests := srv.Requests()
		require.Len(t, requests, 3)
		for _, r := range requests {
			assert.Equal(t, "url", r.Query.Get("encoding-type"))
		}
	})
	t.Run("each range lists anew", func(t *testing.T) {
		srv, _ := numbered(10)
		list := direct(srv).List(t.Context(), "")
		for want := 10; want < 12; want++ {
			n := 0
			for _, err := range list {
				require.NoError(t, err)
				n++
			}
			assert.Equal(t, want, n)
			srv.Put("bucket", fmt.Sprint("more", n), "")
		}
	})
	t.Run("an empty bucket, and a prefix of nothing", func(t *testing.T) {
		srv := new(s3readtest.Server)
		srv.CreateBucket(s3readtest.Bucket{Name: "bucket"})
		for _, o := range []int{0, 8} {
			objects, err := collect(t.Context(), direct(srv), "none/", parallel(o))
			require.NoError(t, err)
			assert.Empty(t, objects)
		}
	})
	t.Run("a delimiter gives keys and common prefixes in one order", func(t *testing.T) {
		srv := new(s3readtest.Server)
		srv.PutKeys("bucket", "a", "b/1", "b/2", "b/c/3", "b0", "c", "d//e", "/x")
		b := direct(srv)
		objects, err := collect(t.Context(), b, "", slash)
		require.NoError(t, err)
		assert.Equal(t, []string{"/", "a", "b/", "b0", "c", "d/"}, keysOf(objects))
		for _, o := range objects {
			assert.Equal(t, strings.HasSuffix(o.Key, "/"), o.IsPrefix)
		}
		objects, err = collect(t.Context(), b, "b/", slash)
		require.NoError(t, err)
		assert.Equal(t, []string{"b/1", "b/2", "b/c/"}, keysOf(objects))
	})
	t.Run("thousands of common prefixes over pages", func(t *testing.T) {
		srv := new(s3readtest.Server)
		var want []string
		for i := range 1500 {
			name := fmt.Sprintf("%05d", i)
			srv.PutKeys("bucket", name, name+"/x", name+"/y")
			want = append(want, name, name+"/")
		}
		objects, err := collect(t.Context(), direct(srv), "", slash)
		require.NoError(t, err)
		assert.Equal(t, want, keysOf(objects))
	})
	t.Run("after a key that need not exist", func(t *testing.T) {
		srv, keys := numbered(3000)
		b := direct(srv)
		for _, p := range []int{0, 7} {
			for after, from := range map[string]int{
				"logs/000999": 1000, "logs/000999x": 1000, "a": 0, "z": 3000, "logs/001999": 2000,
			} {
				objects, err := collect(t.Context(), b, "logs/", parallel(p), startAfter(after))
				require.NoError(t, err)
				got := keysOf(objects)
				slices.Sort(got)
				assert.Equal(t, append([]string{}, keys[from:]...), got)
			}
		}
	})
	t.Run("keys that paths and XML can't hold, byte for byte", func(t *testing.T) {
		want := []string{
			"a//b", "/x", "x/", "a b", "a+b", "a%2Bb", "ä日本", "&<>\"'", "a\\b",
			"\x01\x02\b\x1f\x7f", "tab\tnl\ncr\r", "..", "./", "]]>", "\U0010FFFF", "%", "\u00a0", "\uFFFE",
		}
		slices.Sort(want)
		srv := new(s3readtest.Server)
		srv.PutKeys("bucket", want...)
		for _, client := range []s3read.Client{srv.S3Client(), wrapped(srv.S3Client())} {
			objects, err := collect(t.Context(), s3read.NewBucket(client, "bucket"), "")
			require.NoError(t, err)
			assert.Equal(t, want, keysOf(objects))
			for _, key := range want {
				objects, err = collect(t.Context(), s3read.NewBucket(client, "bucket"), key)
				require.NoError(t, err)
				assert.Contains(t, keysOf(objects), key)
			}
		}
	})
	t.Run("a client that wraps the SDK's lists the same", func(t *testing.T) {
		srv, keys := numbered(2100)
		for _, p := range []int{0, 4} {
			objects, err := collect(t.Context(), s3read.NewBucket(wrapped(srv.S3Client()), "bucket"), "", parallel(p))
			require.NoError(t, err)
			got := keysOf(objects)
			slices.Sort(got)
			assert.Equal(t, keys, got)
		}
	})
	t.Run("requester pays and expected owner go with each page", func(t *testing.T) {
		srv, _ := numbered(1500)
		b := direct(srv, func(o *s3read.BucketOptions) {
			o.RequesterPays, o.ExpectedOwner = true, "999999999999"
		})
		_, err := collect(t.Context(), b, "")
		require.ErrorIs(t, err, fs.ErrPermission)
		for _, r := range srv.Requests() {
			assert.Equal(t, "requester", r.Header.Get("X-Amz-Request-Payer"))
			assert.Equal(t, "999999999999", r.Header.Get("X-Amz-Expected-Bucket-Owner"))
		}
	})
	t.Run("a missing bucket has its own reason", func(t *testing.T) {
		_, err := collect(t.Context(), s3read.NewBucket(new(s3readtest.Server).S3Client(), "none"), "p/", parallel(4))
		require.ErrorIs(t, err, s3read.ErrNoBucket)
		assert.NotErrorIs(t, err, fs.ErrNotExist)
		var e *s3read.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, []string{"list", "none", "p/"}, []string{e.Op, e.Bucket, e.Key})
	})
	t.Run("parallel doesn't go with a delimiter", func(t *testing.T) {
		srv, _ := numbered(1)
		_, err := collect(t.Context(), direct(srv), "", parallel(2), slash)
		require.ErrorIs(t, err, errors.ErrUnsupported)
		assert.Empty(t, srv.Requests())
	})
}

func TestDirectoryBuckets(t *testing.T) {
	name := "bucket--use1-az4--x-s3"
	srv := new(s3readtest.Server)
	var want []string
	for i := range 2500 {
		want = append(want, fmt.Sprintf("dir/part-%04d", i))
	}
	srv.PutKeys(name, append(want, "dir/q", "other")...)
	b := s3read.NewBucket(srv.S3Client(), name)
	t.Run("no order, no parallelism, any prefix", func(t *testing.T) {
		objects, err := collect(t.Context(), b, "dir/part-", parallel(8))
		require.NoError(t, err)
		got := keysOf(objects)
		slices.Sort(got)
		assert.Equal(t, want, got)
		assert.Len(t, srv.Requests("ListObjectsV2"), 3)
	})
	t.Run("StartAfter is an error", func(t *testing.T) {
		_, err := collect(t.Context(), b, "", startAfter("dir/"))
		require.ErrorIs(t, err, errors.ErrUnsupported)
	})
}
