package s3read_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/keyspace/keysim"
	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// collect ranges over a listing to its end.
func collect(b *s3read.Bucket, ctx context.Context, prefix string, optFns ...func(*s3read.ListOptions)) (objects []s3read.Object, err error) {
	for o, err := range b.List(ctx, prefix, optFns...) {
		if err != nil {
			return objects, err
		}
		objects = append(objects, o)
	}
	return objects, nil
}

func keysOf(objects []s3read.Object) []string {
	keys := make([]string, len(objects))
	for i := range objects {
		keys[i] = objects[i].Key
	}
	return keys
}

func parallel(n int) func(*s3read.ListOptions) {
	return func(o *s3read.ListOptions) { o.Parallel = n }
}

// numbered is a server with n keys.
func numbered(n int) (*s3readtest.Server, []string) {
	srv := new(s3readtest.Server)
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("logs/%06d", i)
	}
	srv.PutKeys("bucket", keys...)
	return srv, keys
}

func TestList(t *testing.T) {
	t.Run("every key, in order, with what S3 says of it", func(t *testing.T) {
		srv, keys := numbered(2500)
		put := srv.Put("bucket", "data", "content")
		b := s3read.NewBucket(srv.Client(), "bucket")
		objects, err := collect(b, t.Context(), "")
		require.NoError(t, err)
		assert.Equal(t, append([]string{"data"}, keys...), keysOf(objects))
		assert.Equal(t, s3read.Object{Key: "data", Size: 7, ETag: put.ETag, StorageClass: "STANDARD", LastModified: objects[0].LastModified}, objects[0])
		assert.WithinDuration(t, put.LastModified, objects[0].LastModified, time.Second)
		requests := srv.Requests()
		require.Len(t, requests, 3)
		for _, r := range requests {
			assert.Equal(t, "url", r.Query.Get("encoding-type"))
		}
	})
	t.Run("each range lists anew", func(t *testing.T) {
		srv, _ := numbered(10)
		list := s3read.NewBucket(srv.Client(), "bucket").List(t.Context(), "")
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
			objects, err := collect(s3read.NewBucket(srv.Client(), "bucket"), t.Context(), "none/", parallel(o))
			require.NoError(t, err)
			assert.Empty(t, objects)
		}
	})
	t.Run("a delimiter gives keys and common prefixes in one order", func(t *testing.T) {
		srv := new(s3readtest.Server)
		srv.PutKeys("bucket", "a", "b/1", "b/2", "b/c/3", "b0", "c", "d//e", "/x")
		b := s3read.NewBucket(srv.Client(), "bucket")
		slash := func(o *s3read.ListOptions) { o.Delimiter = "/" }
		objects, err := collect(b, t.Context(), "", slash)
		require.NoError(t, err)
		assert.Equal(t, []string{"/", "a", "b/", "b0", "c", "d/"}, keysOf(objects))
		for _, o := range objects {
			assert.Equal(t, strings.HasSuffix(o.Key, "/"), o.IsPrefix)
		}
		objects, err = collect(b, t.Context(), "b/", slash)
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
		objects, err := collect(s3read.NewBucket(srv.Client(), "bucket"), t.Context(), "", func(o *s3read.ListOptions) { o.Delimiter = "/" })
		require.NoError(t, err)
		assert.Equal(t, want, keysOf(objects))
	})
	t.Run("after a key that need not exist", func(t *testing.T) {
		srv, keys := numbered(3000)
		b := s3read.NewBucket(srv.Client(), "bucket")
		for _, p := range []int{0, 7} {
			for after, from := range map[string]int{"logs/000999": 1000, "logs/000999x": 1000, "a": 0, "z": 3000, "logs/001999": 2000} {
				objects, err := collect(b, t.Context(), "logs/", parallel(p), func(o *s3read.ListOptions) { o.StartAfter = after })
				require.NoError(t, err)
				got := keysOf(objects)
				slices.Sort(got)
				assert.Equal(t, append([]string{}, keys[from:]...), got)
			}
		}
	})
	t.Run("keys that paths and XML can't hold, byte for byte", func(t *testing.T) {
		want := []string{"a//b", "/x", "x/", "a b", "a+b", "a%2Bb", "ä日本", "&<>\"'", "a\\b", "\x01\x02\b\x1f\x7f", "tab\tnl\ncr\r", "..", "./", "]]>", "\U0010FFFF", "%", "\u00a0", "\uFFFE"}
		slices.Sort(want)
		srv := new(s3readtest.Server)
		srv.PutKeys("bucket", want...)
		for _, client := range []s3read.Client{srv.Client(), struct{ s3read.Client }{srv.Client()}} {
			objects, err := collect(s3read.NewBucket(client, "bucket"), t.Context(), "")
			require.NoError(t, err)
			assert.Equal(t, want, keysOf(objects))
			for _, key := range want {
				objects, err = collect(s3read.NewBucket(client, "bucket"), t.Context(), key)
				require.NoError(t, err)
				assert.Contains(t, keysOf(objects), key)
			}
		}
	})
	t.Run("a client that wraps the SDK's lists the same", func(t *testing.T) {
		srv, keys := numbered(2100)
		for _, p := range []int{0, 4} {
			objects, err := collect(s3read.NewBucket(struct{ s3read.Client }{srv.Client()}, "bucket"), t.Context(), "", parallel(p))
			require.NoError(t, err)
			got := keysOf(objects)
			slices.Sort(got)
			assert.Equal(t, keys, got)
		}
	})
	t.Run("requester pays and expected owner go with each page", func(t *testing.T) {
		srv, _ := numbered(1500)
		b := s3read.NewBucket(srv.Client(), "bucket", func(o *s3read.BucketOptions) { o.RequesterPays, o.ExpectedOwner = true, "999999999999" })
		_, err := collect(b, t.Context(), "")
		require.ErrorIs(t, err, fs.ErrPermission)
		for _, r := range srv.Requests() {
			assert.Equal(t, "requester", r.Header.Get("X-Amz-Request-Payer"))
			assert.Equal(t, "999999999999", r.Header.Get("X-Amz-Expected-Bucket-Owner"))
		}
	})
	t.Run("a missing bucket has its own reason", func(t *testing.T) {
		_, err := collect(s3read.NewBucket(new(s3readtest.Server).Client(), "none"), t.Context(), "p/", parallel(4))
		require.ErrorIs(t, err, s3read.ErrNoBucket)
		assert.NotErrorIs(t, err, fs.ErrNotExist)
		var e *s3read.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, []string{"list", "none", "p/"}, []string{e.Op, e.Bucket, e.Key})
	})
	t.Run("parallel doesn't go with a delimiter", func(t *testing.T) {
		srv, _ := numbered(1)
		_, err := collect(s3read.NewBucket(srv.Client(), "bucket"), t.Context(), "", parallel(2), func(o *s3read.ListOptions) { o.Delimiter = "/" })
		require.ErrorIs(t, err, errors.ErrUnsupported)
		assert.Empty(t, srv.Requests())
	})
}

func TestListAhead(t *testing.T) {
	t.Run("the next page is asked for when half of this one is consumed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv, _ := numbered(2000)
			n := 0
			for _, err := range s3read.NewBucket(srv.Client(), "bucket").List(t.Context(), "") {
				require.NoError(t, err)
				n++
				synctest.Wait()
				switch n {
				case 500:
					assert.Len(t, srv.Requests(), 1)
				case 501:
					assert.Len(t, srv.Requests(), 2)
				}
			}
			assert.Equal(t, 2000, n)
		})
	})
	t.Run("who breaks off leaves nothing behind", func(t *testing.T) {
		for _, p := range []int{0, 16} {
			synctest.Test(t, func(t *testing.T) { // which fails where a goroutine remains
				srv, _ := numbered(30_000)
				srv.Inject(s3readtest.Fault{Skip: 1, Do: s3readtest.Delay(time.Hour)})
				start := time.Now()
				n := 0
				for _, err := range s3read.NewBucket(srv.Client(), "bucket").List(t.Context(), "", parallel(p)) {
					require.NoError(t, err)
					if n++; n == 700 {
						synctest.Wait()
						break
					}
				}
				assert.Less(t, time.Since(start), time.Minute)
			})
		}
	})
	t.Run("a context that ends is an error, not an end", func(t *testing.T) {
		for _, p := range []int{0, 16} {
			synctest.Test(t, func(t *testing.T) {
				srv, keys := numbered(30_000)
				srv.Inject(s3readtest.Fault{Do: s3readtest.Delay(time.Second)})
				ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
				defer cancel()
				objects, err := collect(s3read.NewBucket(srv.Client(), "bucket"), ctx, "", parallel(p))
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Less(t, len(objects), len(keys))
			})
		}
	})
}

func TestListParallel(t *testing.T) {
	for _, set := range keysim.KeySets {
		t.Run(set.Name, func(t *testing.T) {
			keys := set.Keys(20_000)
			srv := new(s3readtest.Server)
			srv.PutKeys("bucket", keys...)
			for _, p := range []int{2, 3, 16} {
				objects, err := collect(s3read.NewBucket(srv.Client(), "bucket"), t.Context(), "", parallel(p))
				require.NoError(t, err)
				got := keysOf(objects)
				slices.Sort(got)
				require.Equal(t, len(keys), len(got))
				require.True(t, slices.Equal(keys, got))
			}
		})
	}
	t.Run("so many requests at once, and no more", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv, keys := numbered(100_000)
			srv.Inject(s3readtest.Fault{Do: s3readtest.Delay(time.Second)})
			start := time.Now()
			objects, err := collect(s3read.NewBucket(srv.Client(), "bucket"), t.Context(), "logs/", parallel(16))
			require.NoError(t, err)
			assert.Len(t, objects, len(keys))
			assert.LessOrEqual(t, time.Since(start), 12*time.Second, "100 pages one by one take 100 seconds, ideally 7")
			at := map[int64]int{}
			for _, r := range srv.Requests() {
				at[int64(r.Received.Sub(start)/time.Second)]++
			}
			for _, n := range at {
				assert.LessOrEqual(t, n, 16)
			}
		})
	})
	t.Run("what fits a page takes one request", func(t *testing.T) {
		srv, _ := numbered(1000)
		_, err := collect(s3read.NewBucket(srv.Client(), "bucket"), t.Context(), "", parallel(64))
		require.NoError(t, err)
		assert.Len(t, srv.Requests(), 1)
	})
}

func TestListFaults(t *testing.T) {
	html := s3readtest.Reply(200, "text/html", "<!DOCTYPE html><html><body><p>Sign in</p></body></html>")
	lacking := s3readtest.Rewrite(func(b []byte) []byte {
		return []byte(strings.NewReplacer("<IsTruncated>true</IsTruncated>", "", "<IsTruncated>false</IsTruncated>", "").Replace(string(b)))
	})
	foreign := s3readtest.Rewrite(func(b []byte) []byte {
		return []byte(strings.Replace(string(b), "<Key>logs", "<Key>logz", 1))
	})
	for name, do := range map[string]s3readtest.Effect{
		"503 SlowDown":                          s3readtest.Error("SlowDown", ""),
		"500 InternalError":                     s3readtest.Error("InternalError", ""),
		"a connection reset":                    s3readtest.Reset(-1),
		"a reset in the page":                   s3readtest.Reset(700),
		"a page that is cut":                    s3readtest.Cut(5000),
		"a page that is cut and whole for HTTP": s3readtest.Truncate(5000),
		"an empty 200":                          s3readtest.Reply(200, "application/xml", ""),
		"an HTML 200":                           html,
		"an error in a 200":                     s3readtest.Reply(200, "application/xml", "<Error><Code>InternalError</Code><Message>m</Message></Error>"),
		"truncated without a token":             s3readtest.NoToken(),
		"no IsTruncated":                        lacking,
		"a key without the prefix":              foreign,
		"a stall in the page":                   s3readtest.Stall(5000),
	} {
		for _, p := range []int{0, 8} {
			for i, client := range []func(*s3readtest.Server) s3read.Client{
				func(s *s3readtest.Server) s3read.Client { return s.Client() },
				func(s *s3readtest.Server) s3read.Client { return struct{ s3read.Client }{s.Client()} },
			} {
				if i > 0 && p > 0 {
					continue // the decoder makes no difference to them
				}
				t.Run(fmt.Sprintf("%s, every third time, with %d at once: complete", name, p), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						srv, keys := numbered(3_500)
						srv.Inject(s3readtest.Fault{Every: 3, Do: do})
						objects, err := collect(s3read.NewBucket(client(srv), "bucket"), t.Context(), "logs/", parallel(p))
						require.NoError(t, err)
						got := keysOf(objects)
						slices.Sort(got)
						require.True(t, slices.Equal(keys, got))
					})
				})
				if i > 0 || p > 0 && !strings.Contains(name, "200") {
					continue // sixty seconds of repeating whole pages eight times over
				}
				t.Run(fmt.Sprintf("%s, from the third on, with %d at once: an error", name, p), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						srv, keys := numbered(3_500)
						srv.Inject(s3readtest.Fault{Skip: 2, Do: do})
						objects, err := collect(s3read.NewBucket(client(srv), "bucket"), t.Context(), "logs/", parallel(p))
						require.Error(t, err)
						assert.Less(t, len(objects), len(keys))
						var e *s3read.Error
						require.ErrorAs(t, err, &e)
						assert.Equal(t, "list", e.Op)
						assert.NotContains(t, err.Error(), "\n")
					})
				})
			}
		}
	}
	t.Run("throttling without an end has its reason", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv, _ := numbered(5000)
			srv.Inject(s3readtest.Fault{Skip: 1, Do: s3readtest.Error("SlowDown", "")})
			_, err := collect(s3read.NewBucket(srv.Client(), "bucket"), t.Context(), "", parallel(8))
			require.ErrorIs(t, err, s3read.ErrThrottled)
		})
	})
	t.Run("SlowDown halves the number of requests at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv, keys := numbered(80_000)
			srv.Inject(s3readtest.Fault{Do: s3readtest.Delay(time.Second)})
			srv.Inject(s3readtest.Fault{Skip: 40, Times: 32, Do: s3readtest.Error("SlowDown", "")})
			objects, err := collect(s3read.NewBucket(srv.Client(), "bucket"), t.Context(), "", parallel(32))
			require.NoError(t, err)
			assert.Len(t, objects, len(keys))
		})
	})
	t.Run("pages in no order are listed one by one", func(t *testing.T) {
		srv, keys := numbered(5000)
		srv.Inject(s3readtest.Fault{Do: s3readtest.Unsorted()})
		objects, err := collect(s3read.NewBucket(srv.Client(), "bucket"), t.Context(), "", parallel(8))
		require.NoError(t, err)
		got := keysOf(objects)
		slices.Sort(got)
		assert.Equal(t, keys, got)
		assert.Len(t, srv.Requests(), 5)
		_, err = collect(s3read.NewBucket(srv.Client(), "bucket"), t.Context(), "", func(o *s3read.ListOptions) { o.StartAfter = "a" })
		require.ErrorIs(t, err, errors.ErrUnsupported)
	})
	t.Run("a page out of order where there was order is asked for again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv, keys := numbered(12_000)
			remove := srv.Inject(s3readtest.Fault{Skip: 1, Every: 3, Do: s3readtest.Unsorted()})
			objects, err := collect(s3read.NewBucket(srv.Client(), "bucket"), t.Context(), "", parallel(8))
			require.NoError(t, err)
			assert.Len(t, objects, len(keys))
			remove()
			srv.Inject(s3readtest.Fault{Skip: 1, Do: s3readtest.Unsorted()})
			_, err = collect(s3read.NewBucket(srv.Client(), "bucket"), t.Context(), "", parallel(8))
			require.ErrorContains(t, err, "not in order")
		})
	})
	t.Run("tokens that go round in a circle end in an error", func(t *testing.T) {
		for _, circle := range []int{1, 2, 7} {
			synctest.Test(t, func(t *testing.T) {
				pages := 0
				c := serveMemory(func(w http.ResponseWriter, r *http.Request) {
					pages++
					_, _ = fmt.Fprintf(w, "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t%d</NextContinuationToken><EncodingType>url</EncodingType></ListBucketResult>", pages%circle)
				})
				_, err := collect(s3read.NewBucket(c, "bucket"), t.Context(), "")
				require.ErrorContains(t, err, "continuation token")
				assert.Less(t, pages, 100000)
			})
		}
	})
	t.Run("headers of two minutes are waited for, a body that stalls is not", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv, keys := numbered(1500)
			srv.Inject(s3readtest.Fault{Times: 1, Do: s3readtest.Delay(2 * time.Minute)})
			start := time.Now()
			objects, err := collect(s3read.NewBucket(srv.Client(), "bucket"), t.Context(), "")
			require.NoError(t, err)
			assert.Len(t, objects, len(keys))
			assert.Len(t, srv.Requests(), 2)
			assert.GreaterOrEqual(t, time.Since(start), 2*time.Minute)
		})
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
	b := s3read.NewBucket(srv.Client(), name)
	t.Run("no order, no parallelism, any prefix", func(t *testing.T) {
		objects, err := collect(b, t.Context(), "dir/part-", parallel(8))
		require.NoError(t, err)
		got := keysOf(objects)
		slices.Sort(got)
		assert.Equal(t, want, got)
		assert.Len(t, srv.Requests("ListObjectsV2"), 3)
	})
	t.Run("StartAfter is an error", func(t *testing.T) {
		_, err := collect(b, t.Context(), "", func(o *s3read.ListOptions) { o.StartAfter = "dir/" })
		require.ErrorIs(t, err, errors.ErrUnsupported)
	})
}

// serveMemory is a client of a handler, through memory.
func serveMemory(h http.HandlerFunc, optFns ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{Region: "us-east-1", HTTPClient: &http.Client{Transport: handled{h}}, EndpointOptions: s3.EndpointResolverOptions{DisableHTTPS: true},
		Credentials: aws.AnonymousCredentials{}}, optFns...)
}

// handled is a transport that calls a handler.
type handled struct{ http.Handler }

func (m handled) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	res := w.Result()
	res.Request = r
	return res, nil
}
