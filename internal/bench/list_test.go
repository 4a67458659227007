package bench_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/keyspace/keysim"
	"github.com/seed-15cba5db/irsa-go/internal/listxml"
	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

const (
	million  = 1_000_000
	pageTime = 82 * time.Millisecond // what S3 takes for a page of a thousand keys, as published

	// part is how many keys the peers list: for a million they would take a minute and a half.
	part = 30_000
)

// recorded is a transport that answers every request with one recorded page, so that only the
// client's own work is measured.
type recorded []byte

func (page recorded) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/xml"}},
		Body: io.NopCloser(bytes.NewReader(page)), ContentLength: -1, Request: r}, nil
}

// record returns the page of the first thousand keys, as the server sends it.
func record(b *testing.B, keys []string) recorded {
	s := newServer(b)
	s.PutKeys(bucketName, keys...)
	url := s.url + "/" + bucketName + "?list-type=2&encoding-type=url"
	res, err := s.transport.RoundTrip(must(http.NewRequest(http.MethodGet, url, nil)))
	require.NoError(b, err)
	page, err := io.ReadAll(res.Body)
	require.NoError(b, errors.Join(err, res.Body.Close()))
	require.Equal(b, 1000, strings.Count(string(page), "<Key>"))
	return page
}

// must returns v where err is nil.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// floor is how many times as many keys as the SDK's decoder ours reads at least. Where it reads as
// many, it is left out: see TestTheSDKsDecoderIsReplaced of listxml.
const floor = 12

// BenchmarkListDecoder reads a page through the whole client on one processor, with the SDK's
// decoder and with ours, and fails below the floor. The best of several rounds counts, since what
// else runs on the machine only ever slows one of them down.
func BenchmarkListDecoder(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	page := record(b, keysim.KeySets[2].Keys(million)[:2000])
	client := newServer(b).client(func(o *s3.Options) { o.HTTPClient = &http.Client{Transport: page} })
	in := &s3.ListObjectsV2Input{Bucket: bucket(), EncodingType: "url"}

	sdk, ours := time.Hour, time.Hour // for a page
	var allocs uint64
	var p listxml.Page
	for b.Loop() {
		for range 50 {
			began := time.Now()
			out, err := client.ListObjectsV2(b.Context(), in)
			sdk = min(sdk, time.Since(began))
			require.NoError(b, err)
			require.Len(b, out.Contents, 1000)

			const pages = 10 // take about as long
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began = time.Now()
			for range pages {
				require.NoError(b, listxml.Get(b.Context(), client, in, &p))
			}
			ours = min(ours, time.Since(began)/pages)
			runtime.ReadMemStats(&after)
			require.Len(b, p.Objects, 1000)
			allocs = (after.Mallocs - before.Mallocs) / pages
		}
	}
	times := sdk.Seconds() / ours.Seconds()
	b.ReportMetric(1000/sdk.Seconds(), "sdk-keys/s")
	b.ReportMetric(1000/ours.Seconds(), "keys/s")
	b.ReportMetric(float64(allocs)/1000, "allocs/key")
	b.ReportMetric(times, "times-the-sdk")
	require.GreaterOrEqual(b, times, float64(floor), "times the keys that the SDK's decoder reads")
}

// BenchmarkListPlan lists a million keys in virtual time, each page one round trip.
func BenchmarkListPlan(b *testing.B) {
	for _, set := range keysim.KeySets {
		keys := set.Keys(million)
		for _, workers := range []int{16, 64} {
			b.Run(fmt.Sprintf("%s/P=%d", set.Name, workers), func(b *testing.B) {
				var res keysim.Result
				var err error
				for b.Loop() {
					res, err = keysim.Bucket{Keys: keys, Workers: workers}.List()
					require.NoError(b, err)
				}
				require.Len(b, res.Delivered, million)
				for _, times := range res.Delivered {
					require.Equal(b, 1, times)
				}
				ideal := (million/1000 + workers - 1) / workers
				b.ReportMetric(res.RoundTrips, "round-trips")
				b.ReportMetric(res.RoundTrips/float64(ideal), "of-ideal-time")
				b.ReportMetric(float64(res.Requests)/(million/1000), "of-ideal-requests")
			})
		}
	}
}

// BenchmarkList lists a million keys over HTTP from a server that takes 82 ms for a page, 64 pages
// at once. The peers list one page after the other: they list 30 pages, and their time is
// multiplied. With -short there is one set of keys.
func BenchmarkList(b *testing.B) {
	for _, set := range keysim.KeySets[:short(int64(len(keysim.KeySets)), 1)] {
		b.Run(set.Name, func(b *testing.B) {
			s := newServer(b)
			keys := set.Keys(million)
			s.PutKeys(bucketName, keys...)
			s.PutKeys("part", keys[:part]...)
			s.every("ListObjectsV2", s3readtest.Delay(pageTime))
			client := s.client()

			parallel := func(o *s3read.ListOptions) { o.Parallel = 64 }
			// Once before anything is timed, so that connections and buffers are there.
			for _, err := range s3read.NewBucket(client, "part").List(b.Context(), "", parallel) {
				require.NoError(b, err)
			}

			var ours, sdk, viaMinio, viaGocloud time.Duration
			n := 0
			for b.Loop() {
				n++
				runtime.GC()
				ours += timed(b, million, func() (keys int) {
					for _, err := range s3read.NewBucket(client, bucketName).List(b.Context(), "", parallel) {
						require.NoError(b, err)
						keys++
					}
					return keys
				})
				sdk += timed(b, part, func() (keys int) {
					p := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: aws.String("part")})
					for p.HasMorePages() {
						out, err := p.NextPage(b.Context())
						require.NoError(b, err)
						keys += len(out.Contents)
					}
					return keys
				})
				viaMinio += timed(b, part, func() (keys int) {
					for o := range s.minio(b).ListObjectsIter(b.Context(), "part",
						minio.ListObjectsOptions{Recursive: true}) {
						require.NoError(b, o.Err)
						keys++
					}
					return keys
				})
				viaGocloud += timed(b, part, func() (keys int) {
					for list := s.gocloud(b, "part").List(nil); ; keys++ {
						if _, err := list.Next(b.Context()); errors.Is(err, io.EOF) {
							return keys
						} else if err != nil {
							require.NoError(b, err)
						}
					}
				})
			}
			b.ReportMetric(ours.Seconds()/float64(n), "s")
			b.ReportMetric(million*float64(n)/ours.Seconds(), "keys/s")
			for name, took := range map[string]time.Duration{"sdk": sdk, "minio-go": viaMinio, "gocloud": viaGocloud} {
				b.ReportMetric(float64(million)/part*took.Seconds()/ours.Seconds(), "times-"+name)
			}
		})
	}
}

// timed returns how long list takes, and requires that it lists so many keys.
func timed(b *testing.B, keys int, list func() int) time.Duration {
	began := time.Now()
	n := list()
	took := time.Since(began)
	require.Equal(b, keys, n)
	return took
}
