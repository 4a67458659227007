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
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// BenchmarkCuts reads 100 MiB over connections that all break after 64 KiB. It reports how much of
// it each client delivers, and how much the server sent for that.
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

// BenchmarkFirstByte measures the time until the first byte of 256 MiB is there, and plain
// GetObject's.
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

// BenchmarkSmallReads reads 64 MiB in steps of 4 KiB, and of 32, and so does plain GetObject.
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
			unchecked := s.client(func(o *s3.Options) {
				o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
			})
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

// BenchmarkRandomReadAt makes a thousand reads of 4 KiB at random places of 4 MiB, and counts
// requests.
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
