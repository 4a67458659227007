package bench_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// BenchmarkLateAnswers makes 2000 small reads (200 with -short), 20 at a time, of answers that take
// 20 ms, and of which one in a hundred takes five seconds. It reports the median and the 99.9th
// percentile, and how many requests there are more than reads.
func BenchmarkLateAnswers(b *testing.B) {
	const atOnce = 20
	reads := int(short(2000, 200))
	s := newServer(b)
	s.put(b, s3readtest.Object{Key: "key", Size: 64 << 10})
	s.every("GetObject", s3readtest.Delay(20*time.Millisecond))
	s.Inject(s3readtest.Fault{Op: "GetObject", Skip: 50, Every: 100, Do: s3readtest.Delay(5 * time.Second)})
	client := s.client()
	ours := s3read.NewBucket(client, bucketName)
	for b.Loop() {
		for _, c := range []struct {
			name string
			read func(context.Context) error
		}{
			{"irsa-go", func(ctx context.Context) error {
				_, err := ours.ReadAll(ctx, "key", 1<<20)
				return err
			}},
			{"GetObject", func(ctx context.Context) error {
				out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket(), Key: aws.String("key")})
				if err != nil {
					return err
				}
				_, err = io.Copy(io.Discard, out.Body)
				return errors.Join(err, out.Body.Close())
			}},
		} {
			s.ForgetRequests()
			took := make([]time.Duration, reads)
			var next atomic.Int64
			var wg sync.WaitGroup
			for range atOnce {
				wg.Go(func() {
					for i := int(next.Add(1)) - 1; i < reads; i = int(next.Add(1)) - 1 {
						began := time.Now()
						if err := c.read(b.Context()); err != nil {
							b.Error(err)
						}
						took[i] = time.Since(began)
					}
				})
			}
			wg.Wait()
			slices.Sort(took)
			b.ReportMetric(float64(took[reads/2].Microseconds())/1e3, c.name+"-ms-median")
			b.ReportMetric(float64(took[reads*999/1000].Microseconds())/1e3, c.name+"-ms-p99.9")
			b.ReportMetric(100*float64(len(s.Requests())-reads)/float64(reads), c.name+"-%-more-requests")
		}
	}
	s.reportHandshakes(b)
	require.False(b, b.Failed())
}
