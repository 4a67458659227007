package s3read_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// buckets ranges over a listing of buckets to its end.
func buckets(
	ctx context.Context, t *testing.T, client s3.ListBucketsAPIClient, optFns ...func(*s3read.BucketsOptions),
) (infos []s3read.BucketInfo, err error) {
	t.Helper()
	for info, err := range s3read.Buckets(ctx, client, optFns...) {
		if err != nil {
			assert.Zero(t, info)
			return infos, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}

func TestBuckets(t *testing.T) {
	created := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	srv := new(s3readtest.Server)
	var want []s3read.BucketInfo
	for i := range 2345 {
		region := []string{"us-east-1", "eu-west-1"}[i%2]
		info := s3read.BucketInfo{Name: fmt.Sprintf("bucket-%04d", i), Region: region, Created: created}
		srv.CreateBucket(s3readtest.Bucket{Name: info.Name, Region: info.Region, Created: created})
		want = append(want, info)
	}
	t.Run("all of them over pages, each with its region", func(t *testing.T) {
		srv.ForgetRequests()
		got, err := buckets(t.Context(), t, srv.S3Client())
		require.NoError(t, err)
		assert.Equal(t, want, got)
		requests := srv.Requests()
		require.Len(t, requests, 3)
		for _, r := range requests {
			assert.Equal(t, "1000", r.Query.Get("max-buckets"))
		}
	})
	t.Run("those with a prefix, and those of a region", func(t *testing.T) {
		got, err := buckets(t.Context(), t, srv.S3Client(), func(o *s3read.BucketsOptions) {
			o.Prefix, o.Region = "bucket-000", "eu-west-1"
		})
		require.NoError(t, err)
		assert.Equal(t, []s3read.BucketInfo{want[1], want[3], want[5], want[7], want[9]}, got)
	})
	t.Run("an account without buckets", func(t *testing.T) {
		got, err := buckets(t.Context(), t, new(s3readtest.Server).S3Client())
		require.NoError(t, err)
		assert.Empty(t, got)
	})
	t.Run("a loop that breaks sends no more requests", func(t *testing.T) {
		srv.ForgetRequests()
		for _, err := range s3read.Buckets(t.Context(), srv.S3Client()) {
			require.NoError(t, err)
			break
		}
		assert.Len(t, srv.Requests(), 1)
	})
	t.Run("a denial names the permission that is missing", func(t *testing.T) {
		defer srv.Inject(s3readtest.Fault{Do: s3readtest.Error("AccessDenied", "")})()
		_, err := buckets(t.Context(), t, srv.S3Client())
		require.ErrorIs(t, err, fs.ErrPermission)
		var e *s3read.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "buckets", e.Op)
		assert.Contains(t, e.Hint, "s3:ListAllMyBuckets")
	})
}

func TestBucketsFaults(t *testing.T) {
	const two = "<Buckets><Bucket><Name>a</Name></Bucket><Bucket><Name>b</Name></Bucket></Buckets>"
	for name, body := range map[string]string{
		"a server that ignores pages and has no token":  two,
		"a server that ignores tokens and repeats them": two + "<ContinuationToken>t</ContinuationToken>",
	} {
		t.Run(name+" is listed once", func(t *testing.T) {
			got, err := buckets(t.Context(), t, serve(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = fmt.Fprintf(w, "<ListAllMyBucketsResult>%s</ListAllMyBucketsResult>", body)
			}))
			require.NoError(t, err)
			assert.Equal(t, []s3read.BucketInfo{{Name: "a"}, {Name: "b"}}, got)
		})
	}
	t.Run("a server that ignores prefix and region", func(t *testing.T) {
		got, err := buckets(t.Context(), t, serve(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, "<ListAllMyBucketsResult><Buckets>"+
				"<Bucket><Name>a</Name></Bucket><Bucket><Name>b1</Name></Bucket>"+
				"<Bucket><Name>b2</Name><BucketRegion>eu-west-1</BucketRegion></Bucket>"+
				"</Buckets></ListAllMyBucketsResult>")
		}), func(o *s3read.BucketsOptions) { o.Prefix, o.Region = "b", "us-east-1" })
		require.NoError(t, err)
		assert.Equal(t, []s3read.BucketInfo{{Name: "b1"}}, got)
	})
	for name, body := range map[string]string{
		"nothing":                 "",
		"a proxy's HTML":          "<html><body><p>Sign in</p></body></html>",
		"a list without its list": "<ListAllMyBucketsResult><Owner><ID>1</ID></Owner></ListAllMyBucketsResult>",
		"a bucket without a name": "<ListAllMyBucketsResult><Buckets><Bucket/></Buckets></ListAllMyBucketsResult>",
		"a list that is cut":      "<ListAllMyBucketsResult><Buckets><Bucket><Name>a</Name></Bucket>",
		"empty pages without end": "<ListAllMyBucketsResult><Buckets/><ContinuationToken>t</ContinuationToken>" +
			"</ListAllMyBucketsResult>",
		"an error in place of one": "<Error><Code>InternalError</Code></Error>",
	} {
		inBubble(t, name+" is an error, not an account without buckets", func(t *testing.T) {
			client := serve(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, body) })
			got, err := buckets(t.Context(), t, client)
			require.Error(t, err)
			assert.Empty(t, got)
		})
	}
	for name, do := range map[string]s3readtest.Effect{
		"SlowDown":                              s3readtest.Error("SlowDown", ""),
		"a proxy's HTML":                        s3readtest.Reply(200, "text/html", "<html></html>"),
		"a list that is cut":                    s3readtest.Cut(300),
		"a list that is cut and whole for HTTP": s3readtest.Truncate(300),
		"a list that stalls":                    s3readtest.Stall(300),
	} {
		inBubble(t, name+" is asked for again", func(t *testing.T) {
			srv := new(s3readtest.Server)
			srv.CreateBucket(s3readtest.Bucket{Name: "bucket"})
			srv.Inject(s3readtest.Fault{Times: 2, Do: do})
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			got, err := buckets(ctx, t, srv.S3Client())
			require.NoError(t, err)
			assert.Len(t, got, 1)
		})
	}
	inBubble(t, "an outage of 40 seconds behind the first page is waited out", func(t *testing.T) {
		srv := new(s3readtest.Server)
		for i := range 1500 {
			srv.CreateBucket(s3readtest.Bucket{Name: fmt.Sprintf("bucket-%04d", i)})
		}
		start := time.Now()
		srv.Inject(s3readtest.Fault{Skip: 1, Do: s3readtest.Error("InternalError", ""),
			Match: func(s3readtest.Request) bool { return time.Since(start) < 40*time.Second }})
		got, err := buckets(t.Context(), t, srv.S3Client())
		require.NoError(t, err)
		assert.Len(t, got, 1500)
	})
	t.Run("tokens that go round in a circle end in an error", func(t *testing.T) {
		pages := 0
		_, err := buckets(t.Context(), t, serve(func(w http.ResponseWriter, _ *http.Request) {
			pages++
			_, _ = fmt.Fprintf(w, "<ListAllMyBucketsResult><Buckets/>"+
				"<ContinuationToken>t%d</ContinuationToken></ListAllMyBucketsResult>", pages%3)
		}))
		require.ErrorContains(t, err, "continuation token")
	})
}

func TestABucketWithAnOddDateIsListedWithoutOne(t *testing.T) {
	client := serve(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<ListAllMyBucketsResult><Buckets><Bucket><Name>a</Name><CreationDate>today`+
			`</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>`)
	})
	for _, c := range []s3.ListBucketsAPIClient{client, struct{ s3.ListBucketsAPIClient }{client}} {
		got, err := buckets(t.Context(), t, c)
		require.NoError(t, err)
		assert.Equal(t, []s3read.BucketInfo{{Name: "a"}}, got)
	}
}
