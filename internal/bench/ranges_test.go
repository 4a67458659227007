package bench_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// BenchmarkColumns reads 3 of 20 columns of an object of 64 MiB, laid out as Parquet does: in four
// groups of rows, each of which has its columns one behind the other, in pages of 64 KiB. Two of
// the three are neighbours, so that two requests for each group are the fewest. It counts requests,
// with ReadRanges for what is needed and with ReadAt for page after page.
func BenchmarkColumns(b *testing.B) {
	const (
		groups, columns, page = 4, 20, 64 << 10
		size                  = 64 << 20
		column                = size / groups / columns
		fewest                = 2 * groups
	)
	s := newServer(b)
	s.put(b, s3readtest.Object{Key: "key", Size: size})
	ours := s3read.NewBucket(s.client(), bucketName)
	var ranges []s3read.Range
	for g := range int64(groups) {
		for _, c := range []int64{2, 3, 15} {
			ranges = append(ranges, s3read.Range{Off: g*size/groups + c*column, Len: column})
		}
	}
	// requests counts those behind the one of Open.
	requests := func(read func(*s3read.Reader)) float64 {
		r, err := ours.Open(b.Context(), "key")
		require.NoError(b, err)
		s.ForgetRequests()
		read(r)
		n := len(s.Requests())
		require.NoError(b, r.Close())
		return float64(n)
	}
	for b.Loop() {
		b.ReportMetric(requests(func(r *s3read.Reader) {
			_, err := r.ReadRanges(ranges)
			require.NoError(b, err)
		})/fewest, "ReadRanges-x-fewest")
		b.ReportMetric(requests(func(r *s3read.Reader) {
			p := make([]byte, page)
			for _, g := range ranges {
				for off := int64(0); off < g.Len; off += page {
					_, err := r.ReadAt(p[:min(page, g.Len-off)], g.Off+off)
					require.NoError(b, err)
				}
			}
		})/fewest, "ReadAt-x-fewest")
		b.ReportMetric(requests(func(r *s3read.Reader) {
			apart := []s3read.Range{{Len: page}, {Off: 16 << 20, Len: page}, {Off: 32 << 20, Len: page},
				{Off: 48 << 20, Len: page}}
			_, err := r.ReadRanges(apart)
			require.NoError(b, err)
		}), "requests-for-4-apart")
	}
}
