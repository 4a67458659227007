package bench_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	tmtypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// A reading goes through an object from its first byte to its last.
type reading struct {
	name string
	run  func(ctx context.Context, key string) (int64, error)
}

// through reads r to its end in steps of n bytes, and throws away what it reads.
func through(r io.Reader, n int) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, n))
}

// readings returns the readers of irsa-go and its peers, each with its own defaults. The first two
// are irsa-go's, the third is one connection.
func (s *server) readings(tb testing.TB) []reading {
	ours := s3read.NewBucket(s.client(), bucketName)
	open := func(read func(*s3read.Reader) (int64, error)) func(context.Context, string) (int64, error) {
		return func(ctx context.Context, key string) (int64, error) {
			r, err := ours.Open(ctx, key)
			if err != nil {
				return 0, err
			}
			n, err := read(r)
			return n, errors.Join(err, r.Close())
		}
	}
	return []reading{
		{"Read", open(func(r *s3read.Reader) (int64, error) { return through(r, 64<<10) })},
		{"io.Copy", open(func(r *s3read.Reader) (int64, error) { return io.Copy(io.Discard, r) })},
		{"GetObject", func(ctx context.Context, key string) (int64, error) {
			out, err := s.client().GetObject(ctx, &s3.GetObjectInput{Bucket: bucket(), Key: &key})
			if err != nil {
				return 0, err
			}
			n, err := through(out.Body, 64<<10)
			return n, errors.Join(err, out.Body.Close())
		}},
		{"tm-ranges", func(ctx context.Context, key string) (int64, error) {
			tm := transfermanager.New(s.client(),
				func(o *transfermanager.Options) { o.GetObjectType = tmtypes.GetObjectRanges })
			out, err := tm.GetObject(ctx, &transfermanager.GetObjectInput{Bucket: bucket(), Key: &key})
			if err != nil {
				return 0, err
			}
			return through(out.Body, 16<<20)
		}},
		{"minio-go", func(ctx context.Context, key string) (int64, error) {
			o, err := s.minio(tb).GetObject(ctx, bucketName, key, minio.GetObjectOptions{})
			if err != nil {
				return 0, err
			}
			n, err := through(o, 64<<10)
			return n, errors.Join(err, o.Close())
		}},
	}
}

// BenchmarkReadInOrder reads 512 MiB in order, from a server that takes 20 ms to begin and sends
// 90 MB/s on each connection, as S3 does, and from one that sends what it can.
func BenchmarkReadInOrder(b *testing.B) {
	for _, row := range []struct {
		name  string
		delay time.Duration
		pace  int64
	}{{"paced", 20 * time.Millisecond, 90e6}, {"unpaced", 0, 0}} {
		b.Run(row.name, func(b *testing.B) {
			newServer(b).compareInOrder(b, row.delay, row.pace)
		})
	}
}

// BenchmarkReadInOrderTLS is the paced row of BenchmarkReadInOrder over TLS, with the SDK's default
// client, which keeps ten idle connections, and with one that keeps 64. It counts the handshakes.
func BenchmarkReadInOrderTLS(b *testing.B) {
	for _, keep := range []int{10, 64} {
		b.Run(fmt.Sprintf("keep-%d", keep), func(b *testing.B) {
			newTLSServer(b, keep).compareInOrder(b, 20*time.Millisecond, 90e6)
		})
	}
}

// compareInOrder reads 512 MiB in order, with each reading in turn; 64 MiB with -short.
func (s *server) compareInOrder(b *testing.B, delay time.Duration, pace int64) {
	b.Helper()
	size := short(512<<20, 64<<20)
	s.put(b, s3readtest.Object{Key: "key", Size: size})
	if pace > 0 {
		s.every("GetObject", s3readtest.Delay(delay).And(s3readtest.Pace(pace)))
	}
	all := s.readings(b)
	fastest, peak, dials := make([]time.Duration, len(all)), make([]uint64, len(all)), make([]int64, len(all))
	for b.Loop() {
		for i, r := range all {
			s.handshakes.Store(0)
			took, most := s.through(b, r, "key", size)
			if fastest[i] == 0 || took < fastest[i] {
				fastest[i] = took
			}
			peak[i], dials[i] = max(peak[i], most), s.handshakes.Load()
		}
	}
	for i, r := range all {
		b.ReportMetric(float64(size)/fastest[i].Seconds()/1e6, r.name+"-MB/s")
		b.ReportMetric(float64(peak[i])/(1<<20), r.name+"-peak-MiB")
		if dials[i] > 0 {
			b.ReportMetric(float64(dials[i]), r.name+"-handshakes")
		}
	}
	b.ReportMetric(fastest[2].Seconds()/fastest[0].Seconds(), "Read-x-one")
	b.ReportMetric(fastest[2].Seconds()/fastest[1].Seconds(), "io.Copy-x-one")
	b.ReportMetric(fastest[3].Seconds()/fastest[0].Seconds(), "Read-x-tm")
	b.ReportMetric(0, "ns/op")
}

// through runs one reading, and returns how long it took and how much memory it had at most.
func (s *server) through(b *testing.B, r reading, key string, size int64) (took time.Duration, peak uint64) {
	b.Helper()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, top := make(chan struct{}), make(chan uint64)
	go func() { top <- watchHeap(stop) }()
	began := time.Now()
	n, err := r.run(b.Context(), key)
	took = time.Since(began)
	close(stop)
	peak = <-top
	require.NoError(b, err, r.name)
	require.Equal(b, size, n, r.name)
	return took, peak - min(peak, before.HeapAlloc)
}
