package s3read_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
)

// elsewhere answers as S3 does for a bucket in home: requests signed for another region fail and
// name it.
func elsewhere(home string, failed, served *atomic.Int32) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Bucket-Region", home)
		if !strings.Contains(r.Header.Get("Authorization"), "/"+home+"/s3/") {
			failed.Add(1)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		served.Add(1)
		w.Header().Set("Content-Length", "5")
	}
}

func TestRegion(t *testing.T) {
	stat := func(t *testing.T, b *s3read.Bucket) error {
		_, err := b.Stat(t.Context(), "key")
		return err
	}
	t.Run("a wrong region costs one failed request per bucket", func(t *testing.T) {
		var failed, served atomic.Int32
		client := serve(elsewhere("eu-west-1", &failed, &served))
		b := s3read.NewBucket(client, "bucket")
		for range 3 {
			require.NoError(t, stat(t, b))
		}
		assert.EqualValues(t, 1, failed.Load())
		assert.EqualValues(t, 3, served.Load())
		assert.Equal(t, "us-east-1", client.Options().Region, "the caller's client is as it was")
	})
	t.Run("concurrent first calls fail at most once each", func(t *testing.T) {
		var failed, served atomic.Int32
		b := s3read.NewBucket(serve(elsewhere("eu-west-1", &failed, &served)), "bucket")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { assert.NoError(t, stat(t, b)) })
		}
		wg.Wait()
		assert.LessOrEqual(t, failed.Load(), int32(8))
		assert.EqualValues(t, 8, served.Load())
	})
	t.Run("a region that is given is used from the start", func(t *testing.T) {
		var failed, served atomic.Int32
		b := s3read.NewBucket(serve(elsewhere("eu-west-1", &failed, &served)), "bucket",
			func(o *s3read.BucketOptions) { o.Region = "eu-west-1" })
		require.NoError(t, stat(t, b))
		assert.Zero(t, failed.Load())
	})
	t.Run("a bucket that moves is found again", func(t *testing.T) {
		var home atomic.Pointer[string]
		home.Store(aws.String("eu-west-1"))
		var failed, served atomic.Int32
		b := s3read.NewBucket(serve(func(w http.ResponseWriter, r *http.Request) {
			elsewhere(*home.Load(), &failed, &served)(w, r)
		}), "bucket")
		require.NoError(t, stat(t, b))
		home.Store(aws.String("ap-south-1"))
		require.NoError(t, stat(t, b))
		assert.EqualValues(t, 2, failed.Load())
	})
	t.Run("a server that always names another region ends in an error", func(t *testing.T) {
		var requests atomic.Int32
		b := s3read.NewBucket(serve(func(w http.ResponseWriter, r *http.Request) {
			name := []string{"eu-west-1", "eu-west-2", "eu-west-3"}[requests.Add(1)%3]
			w.Header().Set("X-Amz-Bucket-Region", name)
			w.WriteHeader(http.StatusConflict)
		}), "bucket")
		require.Error(t, stat(t, b))
		assert.EqualValues(t, 2, requests.Load())
	})
	for name, said := range map[string]string{
		"a directory bucket's":                "eu-west-1",
		"one that could name a host":          "evil.example/",
		"one that is longer than a DNS label": strings.Repeat("a", 64),
	} {
		t.Run("a region is not learned: "+name, func(t *testing.T) {
			var requests atomic.Int32
			bucket := "bucket"
			if said == "eu-west-1" {
				bucket = "bucket--use1-az4--x-s3"
			}
			b := s3read.NewBucket(serve(func(w http.ResponseWriter, r *http.Request) {
				assert.Contains(t, r.Header.Get("Authorization"), "/us-east-1/")
				if requests.Add(1) > 1 {
					w.Header().Set("Content-Length", "5")
					return
				}
				w.Header().Set("X-Amz-Bucket-Region", said)
				w.WriteHeader(http.StatusConflict)
			}, func(o *s3.Options) { o.DisableS3ExpressSessionAuth = aws.Bool(true) }), bucket)
			require.Error(t, stat(t, b))
			assert.EqualValues(t, 1, requests.Load())
			require.NoError(t, stat(t, b))
		})
	}
}

func TestRetries(t *testing.T) {
	t.Run("transient failures are retried, without the client's own retries", func(t *testing.T) {
		var requests atomic.Int32
		quota := &countingRetryer{Retryer: retry.NewStandard()}
		b := s3read.NewBucket(serve(func(w http.ResponseWriter, r *http.Request) {
			if requests.Add(1) < 4 {
				fail(w, http.StatusInternalServerError, "", "")
				return
			}
			w.Header().Set("Content-Length", "5")
		}, func(o *s3.Options) { o.Retryer = quota }), "bucket")
		object, err := b.Stat(t.Context(), "key")
		require.NoError(t, err)
		assert.EqualValues(t, 5, object.Size)
		assert.EqualValues(t, 4, requests.Load())
		assert.Zero(t, quota.used.Load())
	})
	t.Run("other failures are not retried", func(t *testing.T) {
		var requests atomic.Int32
		b := s3read.NewBucket(serve(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			fail(w, http.StatusPreconditionFailed, "", "")
		}), "bucket")
		_, err := b.Stat(t.Context(), "key")
		require.ErrorIs(t, err, s3read.ErrChanged)
		assert.EqualValues(t, 1, requests.Load())
	})
	t.Run("a context that ends stops the backoff, and the error says after which failure", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := s3read.NewBucket(serve(func(w http.ResponseWriter, r *http.Request) {
			fail(w, http.StatusServiceUnavailable, "", "")
			defer cancel()
		}), "bucket")
		_, err := b.Stat(ctx, "key")
		require.ErrorIs(t, err, context.Canceled)
		var e *s3read.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "stat", e.Op)
	})
}

type countingRetryer struct {
	aws.Retryer
	used atomic.Int32
}

func (r *countingRetryer) GetRetryToken(ctx context.Context, err error) (func(error) error, error) {
	r.used.Add(1)
	return r.Retryer.GetRetryToken(ctx, err)
}
