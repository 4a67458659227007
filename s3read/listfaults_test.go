package s3read_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestListFaults(t *testing.T) {
	html := s3readtest.Reply(200, "text/html", "<!DOCTYPE html><html><body><p>Sign in</p></body></html>")
	lacking := s3readtest.Rewrite(func(b []byte) []byte {
		cut := strings.NewReplacer("<IsTruncated>true</IsTruncated>", "", "<IsTruncated>false</IsTruncated>", "")
		return []byte(cut.Replace(string(b)))
	})
	failure := s3readtest.Reply(200, "application/xml",
		"<Error><Code>InternalError</Code><Message>m</Message></Error>")
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
		"an error in a 200":                     failure,
		"truncated without a token":             s3readtest.NoToken(),
		"no IsTruncated":                        lacking,
		"a key without the prefix":              foreign,
		"a stall in the page":                   s3readtest.Stall(5000),
	} {
		for _, p := range []int{0, 8} {
			for i, client := range []func(*s3readtest.Server) s3read.Client{
				func(s *s3readtest.Server) s3read.Client { return s.S3Client() },
				func(s *s3readtest.Server) s3read.Client { return wrapped(s.S3Client()) },
			} {
				if i > 0 && p > 0 {
					continue // the decoder makes no difference to them
				}
				title := fmt.Sprintf("%s, every third time, with %d at once: complete", name, p)
				inBubble(t, title, func(t *testing.T) {
					srv, keys := paged(350, 100)
					srv.Inject(s3readtest.Fault{Every: 3, Do: do})
					objects, err := collect(t.Context(), s3read.NewBucket(client(srv), "bucket"), "logs/", parallel(p))
					require.NoError(t, err)
					got := keysOf(objects)
					slices.Sort(got)
					require.True(t, slices.Equal(keys, got))
				})
				if i > 0 || p > 0 && !strings.Contains(name, "200") {
					continue // sixty seconds of repeating whole pages eight times over
				}
				title = fmt.Sprintf("%s, from the third on, with %d at once: an error", name, p)
				inBubble(t, title, func(t *testing.T) {
					srv, keys := paged(350, 100)
					srv.Inject(s3readtest.Fault{Skip: 2, Do: do})
					objects, err := collect(t.Context(), s3read.NewBucket(client(srv), "bucket"), "logs/", parallel(p))
					require.Error(t, err)
					assert.Less(t, len(objects), len(keys))
					var e *s3read.Error
					require.ErrorAs(t, err, &e)
					assert.Equal(t, "list", e.Op)
					assert.NotContains(t, err.Error(), "\n")
				})
			}
		}
	}
	for _, p := range []int{0, 8} {
		title := fmt.Sprintf("an outage of 40 seconds behind the first page is waited out, with %d at once", p)
		inBubble(t, title, func(t *testing.T) {
			srv, keys := paged(350, 100)
			start := time.Now()
			srv.Inject(s3readtest.Fault{Skip: 1, Do: s3readtest.Error("InternalError", ""),
				Match: func(s3readtest.Request) bool { return time.Since(start) < 40*time.Second }})
			objects, err := collect(t.Context(), direct(srv), "", parallel(p))
			require.NoError(t, err)
			assert.Len(t, objects, len(keys))
		})
	}
	inBubble(t, "throttling without an end has its reason", func(t *testing.T) {
		srv, _ := numbered(5000)
		srv.Inject(s3readtest.Fault{Skip: 1, Do: s3readtest.Error("SlowDown", "")})
		_, err := collect(t.Context(), direct(srv), "", parallel(8))
		require.ErrorIs(t, err, s3read.ErrThrottled)
	})
	inBubble(t, "SlowDown halves the number of requests at once, until all is well for a while", func(t *testing.T) {
		srv, keys := paged(20_000, 100)
		start := time.Now()
		srv.Inject(s3readtest.Fault{Do: s3readtest.Delay(time.Second)})
		srv.Inject(s3readtest.Fault{Do: s3readtest.Error("SlowDown", ""), Match: func(r s3readtest.Request) bool {
			return r.Received.Sub(start)/time.Second == 4
		}})
		objects, err := collect(t.Context(), direct(srv), "", parallel(32))
		require.NoError(t, err)
		assert.Len(t, objects, len(keys))
		requests := srv.Requests()
		assert.Equal(t, 32, inFlight(requests, start.Add(4500*time.Millisecond)))
		assert.Equal(t, 16, inFlight(requests, start.Add(5900*time.Millisecond)), "those that were refused included")
		assert.Equal(t, 18, inFlight(requests, start.Add(8*time.Second)))
	})
	t.Run("pages in no order are listed one by one", func(t *testing.T) {
		srv, keys := numbered(5000)
		srv.Inject(s3readtest.Fault{Do: s3readtest.Unsorted()})
		objects, err := collect(t.Context(), direct(srv), "", parallel(8))
		require.NoError(t, err)
		got := keysOf(objects)
		slices.Sort(got)
		assert.Equal(t, keys, got)
		assert.Len(t, srv.Requests(), 5)
		_, err = collect(t.Context(), direct(srv), "", startAfter("a"))
		require.ErrorIs(t, err, errors.ErrUnsupported)
	})
	inBubble(t, "a page out of order where there was order is asked for again", func(t *testing.T) {
		srv, keys := paged(1_200, 100)
		remove := srv.Inject(s3readtest.Fault{Skip: 1, Every: 3, Do: s3readtest.Unsorted()})
		objects, err := collect(t.Context(), direct(srv), "", parallel(8))
		require.NoError(t, err)
		assert.Len(t, objects, len(keys))
		remove()
		srv.Inject(s3readtest.Fault{Skip: 1, Do: s3readtest.Unsorted()})
		_, err = collect(t.Context(), direct(srv), "", parallel(8))
		require.ErrorContains(t, err, "not in order")
	})
	t.Run("tokens that go round in a circle end in an error", func(t *testing.T) {
		for _, circle := range []int32{1, 2, 7} {
			synctest.Test(t, func(t *testing.T) {
				var pages atomic.Int32
				c := serve(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodHead {
						w.WriteHeader(http.StatusNotFound)
						return
					}
					keys := ""
					page := pages.Add(1)
					if page == 1 && r.URL.Query().Get("prefix") == "" {
						keys = "<Contents><Key>a</Key></Contents>"
					}
					_, _ = fmt.Fprintf(w, "<ListBucketResult>%s<IsTruncated>true</IsTruncated>"+
						"<NextContinuationToken>t%d</NextContinuationToken></ListBucketResult>", keys, page%circle)
				})
				b := s3read.NewBucket(c, "bucket")
				_, err := collect(t.Context(), b, "")
				require.ErrorContains(t, err, "continuation token")
				_, err = fs.Stat(b.FS(t.Context()), "folder")
				require.ErrorContains(t, err, "continuation token")
				pages.Store(0)
				_, err = collect(t.Context(), b, "", parallel(2))
				require.ErrorContains(t, err, "continuation token")
			})
		}
	})
	inBubble(t, "headers of two minutes are waited for, a body that stalls is not", func(t *testing.T) {
		srv, keys := numbered(1500)
		srv.Inject(s3readtest.Fault{Times: 1, Do: s3readtest.Delay(2 * time.Minute)})
		start := time.Now()
		objects, err := collect(t.Context(), direct(srv), "")
		require.NoError(t, err)
		assert.Len(t, objects, len(keys))
		assert.Len(t, srv.Requests(), 2)
		assert.GreaterOrEqual(t, time.Since(start), 2*time.Minute)
	})
}
