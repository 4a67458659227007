package bench_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// race runs the downloads in turns, and reports of each the best rate, the allocations and the peak
// of the heap, all with the server's share; and the ratio of the first one's rate to the best of
// the others.
func race(b *testing.B, downloads []download, key string, size int64) {
	fastest := make([]time.Duration, len(downloads))
	allocated, peak := make([]uint64, len(downloads)), make([]uint64, len(downloads))
	// Once before anything counts, so that the first finds memory and connections, too.
	measure(b, downloads[len(downloads)-1], key, size)
	for b.Loop() {
		for i, d := range downloads {
			took, a, p := measure(b, d, key, size)
			if fastest[i] == 0 || took < fastest[i] {
				fastest[i] = took
			}
			allocated[i], peak[i] = a, max(peak[i], p)
		}
	}
	var best, bestTM float64
	rates := make([]float64, len(downloads))
	for i, d := range downloads {
		rates[i] = float64(size) / fastest[i].Seconds() / 1e6
		b.ReportMetric(rates[i], d.name+"-MB/s")
		b.ReportMetric(float64(allocated[i])/(1<<20), d.name+"-alloc-MiB")
		b.ReportMetric(float64(peak[i])/(1<<20), d.name+"-peak-MiB")
		if i > 0 {
			best = max(best, rates[i])
			if strings.HasPrefix(d.name, "tm-") {
				bestTM = max(bestTM, rates[i])
			}
		}
	}
	b.ReportMetric(rates[0]/best, "x-best-peer")
	if bestTM > 0 {
		b.ReportMetric(rates[0]/bestTM, "x-best-tm")
	}
	b.ReportMetric(0, "ns/op")
}

// measure runs one download to a new file.
func measure(b *testing.B, d download, key string, size int64) (took time.Duration, allocated, peak uint64) {
	f, err := os.Create(filepath.Join(b.TempDir(), "file"))
	require.NoError(b, err)
	defer func() { require.NoError(b, errors.Join(f.Close(), os.Remove(f.Name()))) }()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, top := make(chan struct{}), make(chan uint64)
	go func() { top <- watchHeap(stop) }()
	began := time.Now()
	err = d.run(b.Context(), key, f)
	took = time.Since(began)
	close(stop)
	peak = <-top
	runtime.ReadMemStats(&after)
	require.NoError(b, err, d.name)
	stat, err := os.Stat(f.Name())
	require.NoError(b, err)
	require.Equal(b, size, stat.Size(), d.name)
	return took, after.TotalAlloc - before.TotalAlloc, peak - min(peak, before.HeapAlloc)
}

// watchHeap returns the most bytes that objects on the heap took until stop was closed.
func watchHeap(stop <-chan struct{}) (most uint64) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return most
		case <-ticker.C:
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
		}
	}
}
