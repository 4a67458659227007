package irsa_test

import (
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// BenchmarkRetrieve gets credentials that are at hand from a Provider and from an
// aws.CredentialsCache by turns, and reports the first's share of the second's time:
//
//	go test -run '^$' -bench Retrieve ./irsa
func BenchmarkRetrieve(b *testing.B) {
	w := newTestbed(b)
	ours, theirs := w.provider(b, irsa.Options{}), w.sdkCache(b)
	const batch = 10_000
	retrieve := func(p aws.CredentialsProvider) {
		for range batch {
			if _, err := p.Retrieve(w.ctx); err != nil {
				b.Error(err)
				return
			}
		}
	}
	for _, goroutines := range []int{1, 8} {
		name := "serial"
		if goroutines > 1 {
			name = "parallel"
		}
		b.Run(name, func(b *testing.B) {
			measure := func(p aws.CredentialsProvider) time.Duration {
				start := time.Now()
				var wg sync.WaitGroup
				for range goroutines {
					wg.Go(func() { retrieve(p) })
				}
				wg.Wait()
				return time.Since(start)
			}
			measure(ours) // the first exchange
			measure(theirs)
			var a, z time.Duration
			n := 0
			for b.Loop() {
				a, z, n = a+measure(ours), z+measure(theirs), n+batch*goroutines
			}
			require.NotZero(b, n)
			b.ReportMetric(float64(a.Nanoseconds())/float64(n), "ns/Retrieve")
			b.ReportMetric(float64(a)/float64(z), "time/SDK")
			b.ReportMetric(testing.AllocsPerRun(1000, func() { _, _ = ours.Retrieve(w.ctx) }), "allocs/Retrieve")
			b.ReportMetric(0, "ns/op")
		})
	}
}
