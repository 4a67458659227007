package irsa_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// BenchmarkLoadConfig loads configs with irsa.LoadConfig and config.LoadDefaultConfig by turns in
// the environment of a pod, and reports the first's share of the second's time and allocations:
//
//	go test -run '^$' -bench LoadConfig ./irsa
func BenchmarkLoadConfig(b *testing.B) {
	w := newTestbed(b)
	var kept runtime.MemStats
	measure := func(f func()) (time.Duration, uint64) {
		runtime.ReadMemStats(&kept)
		before, start := kept.Mallocs, time.Now()
		for range 50 {
			f()
		}
		took := time.Since(start)
		runtime.ReadMemStats(&kept)
		return took, kept.Mallocs - before
	}
	must := func(_ aws.Config, err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	var ours, theirs time.Duration
	var oursAllocs, theirsAllocs uint64
	for b.Loop() {
		d, n := measure(func() { must(irsa.LoadConfig(w.ctx)) })
		ours, oursAllocs = ours+d, oursAllocs+n
		d, n = measure(func() { must(config.LoadDefaultConfig(w.ctx)) })
		theirs, theirsAllocs = theirs+d, theirsAllocs+n
	}
	b.ReportMetric(float64(ours)/float64(theirs), "time/SDK")
	b.ReportMetric(float64(oursAllocs)/float64(theirsAllocs), "allocs/SDK")
	b.ReportMetric(float64(ours.Microseconds())/float64(50*b.N), "µs/load")
	b.ReportMetric(0, "ns/op")
}
