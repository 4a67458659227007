package bench_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	tmtypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// A download writes the object at key to f, in whatever way a client has.
type download struct {
	name string
	run  func(ctx context.Context, key string, f *os.File) error
}

// put stores an object, and has the server compute its checksum, which it does once, before anything is measured.
func (s *server) put(tb testing.TB, o s3readtest.Object) {
	o.Content = s3readtest.Synthetic(1)
	s.PutObject(bucketName, o)
	_, err := s3read.NewBucket(s.client(), bucketName).Stat(tb.Context(), o.Key)
	require.NoError(tb, err)
}

// copyTo is a download by a client that has only a stream.
func copyTo(f *os.File, r io.Reader, close func() error) error {
	_, err := io.Copy(struct{ io.Writer }{f}, r)
	return errors.Join(err, close())
}

// downloads are irsa-go's and its peers', with their own parts and parallelism, or, if parallel is above zero, all that
// many ranges of 8 MiB at once.
func (s *server) downloads(tb testing.TB, parallel int) []download {
	ours := s3read.NewBucket(s.client(), bucketName)
	transfer := func(kind tmtypes.GetObjectType) *transfermanager.Client {
		return transfermanager.New(s.client(), func(o *transfermanager.Options) {
			o.GetObjectType = kind
			if parallel > 0 {
				o.Concurrency, o.PartSizeBytes = parallel, 8<<20
			}
		})
	}
	object := func(kind tmtypes.GetObjectType) func(context.Context, string, *os.File) error {
		return func(ctx context.Context, key string, f *os.File) error {
			_, err := transfer(kind).DownloadObject(ctx, &transfermanager.DownloadObjectInput{Bucket: bucket(), Key: &key, WriterAt: f})
			return err
		}
	}
	return []download{
		{"irsa-go", func(ctx context.Context, key string, f *os.File) error {
			_, err := ours.Download(ctx, key, f, func(o *s3read.DownloadOptions) { o.Parallel = parallel })
			return err
		}},
		{"tm-parts", object(tmtypes.GetObjectParts)},
		{"tm-ranges", object(tmtypes.GetObjectRanges)},
		{"tm-reader", func(ctx context.Context, key string, f *os.File) error {
			out, err := transfer(tmtypes.GetObjectRanges).GetObject(ctx, &transfermanager.GetObjectInput{Bucket: bucket(), Key: &key})
			if err != nil {
				return err
			}
			return copyTo(f, out.Body, func() error { return nil })
		}},
		{"manager", func(ctx context.Context, key string, f *os.File) error {
			_, err := manager.NewDownloader(s.client(), func(d *manager.Downloader) {
				if parallel > 0 {
					d.Concurrency, d.PartSize = parallel, 8<<20
				}
			}).Download(ctx, f, &s3.GetObjectInput{Bucket: bucket(), Key: &key})
			return err
		}},
		{"minio-go", func(ctx context.Context, key string, f *os.File) error {
			o, err := s.minio(tb).GetObject(ctx, bucketName, key, minio.GetObjectOptions{})
			if err != nil {
				return err
			}
			return copyTo(f, o, o.Close)
		}},
		{"gocloud", func(ctx context.Context, key string, f *os.File) error {
			r, err := s.gocloud(tb, bucketName).NewReader(ctx, key, nil)
			if err != nil {
				return err
			}
			return copyTo(f, r, r.Close)
		}},
		{"s3.GetObject", func(ctx context.Context, key string, f *os.File) error {
			out, err := s.client().GetObject(ctx, &s3.GetObjectInput{Bucket: bucket(), Key: &key})
			if err != nil {
				return err
			}
			return copyTo(f, out.Body, out.Body.Close)
		}},
	}
}

// BenchmarkDownload writes 256 MiB to a file's WriterAt, by each client in turn. What counts is irsa-go's rate over the
// best of the transfer manager's modes, and over the best of all peers.
func BenchmarkDownload(b *testing.B) {
	single := s3readtest.Object{Key: "single"}
	multipart := s3readtest.Object{Key: "multipart", PartSize: 8 << 20}
	crc32c := s3readtest.Object{Key: "single-crc32c", ChecksumAlgorithm: types.ChecksumAlgorithmCrc32c}
	unchecked := s3readtest.Object{Key: "single-unchecked", ChecksumAlgorithm: s3readtest.NoChecksum}
	for _, object := range []s3readtest.Object{single, multipart} {
		b.Run("paced/"+object.Key, func(b *testing.B) { raceAll(b, object, 0, 90e6) })
		b.Run("paced/"+object.Key+"/5-at-once", func(b *testing.B) { raceAll(b, object, 5, 90e6) })
	}
	for _, object := range []s3readtest.Object{single, multipart, crc32c, unchecked} {
		b.Run("unpaced/"+object.Key, func(b *testing.B) { raceAll(b, object, 0, 0) })
	}
}

// raceAll has everybody download an object of 256 MiB, from a server that sends pace bytes a second on each connection,
// or as many as it can.
func raceAll(b *testing.B, object s3readtest.Object, parallel int, pace int64) {
	s := newServer(b)
	object.Size = 256 << 20
	s.put(b, object)
	if pace > 0 {
		s.every("GetObject", s3readtest.Pace(pace))
	}
	race(b, s.downloads(b, parallel), object.Key, object.Size)
}

// BenchmarkDownloadFile is DownloadFile, which waits for stable storage, beside Download to a file, which does not.
func BenchmarkDownloadFile(b *testing.B) {
	const size = 256 << 20
	s := newServer(b)
	s.put(b, s3readtest.Object{Key: "key", Size: size})
	ours := s3read.NewBucket(s.client(), bucketName)
	race(b, []download{
		s.downloads(b, 0)[0],
		{"DownloadFile", func(ctx context.Context, key string, f *os.File) error {
			_, err := ours.DownloadFile(ctx, key, f.Name())
			return err
		}},
	}, "key", size)
}

// race reports of several runs in turns the best rate, the allocations and the peak of the heap of each download, the server's share included, and
// the ratios of the first one's rate to the others'.
func race(b *testing.B, downloads []download, key string, size int64) {
	fastest := make([]time.Duration, len(downloads))
	allocated, peak := make([]uint64, len(downloads)), make([]uint64, len(downloads))
	measure(b, downloads[len(downloads)-1], key, size) // so that memory and connections are there for the first, too
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

// BenchmarkCuts reads 100 MiB over connections that are all cut after 64 KiB: what of it each client delivers, and how
// much the server sent for it.
func BenchmarkCuts(b *testing.B) {
	const size = 100 << 20
	s := newServer(b)
	s.put(b, s3readtest.Object{Key: "key", Size: size})
	want := sha256.New()
	_, err := io.Copy(want, io.NewSectionReader(s3readtest.Synthetic(1), 0, size))
	require.NoError(b, err)
	s.every("GetObject", s3readtest.Cut(64<<10))
	ours := s3read.NewBucket(s.client(), bucketName)
	all := append([]download{{"irsa-go-Open", func(ctx context.Context, key string, f *os.File) error {
		r, err := ours.Open(ctx, key)
		if err != nil {
			return err
		}
		return copyTo(f, r, r.Close)
	}}}, s.downloads(b, 0)...)
	for b.Loop() {
		for _, d := range all {
			f, err := os.Create(filepath.Join(b.TempDir(), "file"))
			require.NoError(b, err)
			s.ForgetRequests()
			err = d.run(b.Context(), "key", f)
			_, seekErr := f.Seek(0, io.SeekStart)
			require.NoError(b, seekErr)
			got := sha256.New()
			n, copyErr := io.Copy(got, f)
			require.NoError(b, errors.Join(copyErr, f.Close()))
			whole := err == nil && bytes.Equal(want.Sum(nil), got.Sum(nil))
			if d.name == "irsa-go" || d.name == "irsa-go-Open" {
				require.NoError(b, err)
				require.True(b, whole)
				var sent int64
				for _, r := range s.Requests("GetObject") {
					sent += r.Sent
				}
				b.ReportMetric(100*float64(sent-size)/size, d.name+"-%-sent-twice")
			}
			delivered := 100.0
			if !whole {
				delivered = min(99.9, 100*float64(n)/size)
				require.Error(b, err, d.name)
			}
			b.ReportMetric(delivered, d.name+"-%-delivered")
		}
	}
}

// BenchmarkFirstByte is the time until one byte of 256 MiB is there, beside plain GetObject's.
func BenchmarkFirstByte(b *testing.B) {
	const size = 256 << 20
	s := newServer(b)
	s.put(b, s3readtest.Object{Key: "key", Size: size})
	ours, client := s3read.NewBucket(s.client(), bucketName), s.client()
	one := make([]byte, 1)
	first := func(r io.ReadCloser, err error) {
		require.NoError(b, err)
		_, err = io.ReadFull(r, one)
		require.NoError(b, err)
	}
	var mine, plain []time.Duration
	for b.Loop() {
		began := time.Now()
		r, err := ours.Open(b.Context(), "key")
		first(r, err)
		mine = append(mine, time.Since(began))
		require.NoError(b, r.Close())

		began = time.Now()
		out, err := client.GetObject(b.Context(), &s3.GetObjectInput{Bucket: bucket(), Key: aws.String("key")})
		require.NoError(b, err)
		first(out.Body, nil)
		plain = append(plain, time.Since(began))
		require.NoError(b, out.Body.Close())
	}
	b.ReportMetric(float64((median(mine) - median(plain)).Microseconds()), "µs-behind-GetObject")
	b.ReportMetric(float64(median(plain).Microseconds()), "µs-GetObject")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// BenchmarkSmallReads reads 64 MiB in steps of 4 KiB, and of 32, beside plain GetObject.
func BenchmarkSmallReads(b *testing.B) {
	const size = 64 << 20
	for _, step := range []int{4 << 10, 32 << 10} {
		b.Run(fmt.Sprintf("%dKiB", step>>10), func(b *testing.B) {
			s := newServer(b)
			s.put(b, s3readtest.Object{Key: "key", Size: size})
			ours, client := s3read.NewBucket(s.client(), bucketName), s.client()
			p := make([]byte, step)
			through := func(r io.ReadCloser) time.Duration {
				began := time.Now()
				for {
					if _, err := r.Read(p); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
				took := time.Since(began)
				require.NoError(b, r.Close())
				return took
			}
			unchecked := s.client(func(o *s3.Options) { o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired })
			get := func(client *s3.Client) time.Duration {
				out, err := client.GetObject(b.Context(), &s3.GetObjectInput{Bucket: bucket(), Key: aws.String("key")})
				require.NoError(b, err)
				return through(out.Body)
			}
			var mine, plain, bare []time.Duration
			for b.Loop() {
				r, err := ours.Open(b.Context(), "key")
				require.NoError(b, err)
				mine = append(mine, through(r))
				plain = append(plain, get(client))
				bare = append(bare, get(unchecked))
			}
			b.ReportMetric(float64(median(bare))/float64(median(mine)), "x-GetObject-unchecked")
			b.ReportMetric(size/median(mine).Seconds()/1e6, "MB/s")
			b.ReportMetric(float64(median(plain))/float64(median(mine)), "x-GetObject")
		})
	}
}

// BenchmarkRandomReadAt is a thousand reads of 4 KiB anywhere within 4 MiB.
func BenchmarkRandomReadAt(b *testing.B) {
	s := newServer(b)
	s.put(b, s3readtest.Object{Key: "key", Size: 64 << 20})
	ours := s3read.NewBucket(s.client(), bucketName)
	p := make([]byte, 4<<10)
	for b.Loop() {
		s.ForgetRequests()
		r, err := ours.Open(b.Context(), "key")
		require.NoError(b, err)
		for range 1000 {
			_, err := r.ReadAt(p, 8<<20+rand.Int64N(4<<20-4<<10))
			require.NoError(b, err)
		}
		require.NoError(b, r.Close())
		b.ReportMetric(float64(len(s.Requests())), "requests")
	}
}
