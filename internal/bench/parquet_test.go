package bench_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

const (
	parquetGroups, parquetColumns = 4, 20
	parquetRows                   = 64 << 20 / parquetColumns / 8
)

// wanted are the columns that are read; two of them are neighbours.
var wanted = []int{2, 3, 15}

// parquetFile returns a file of 64 MiB: rows of 20 random numbers, in four groups.
func parquetFile(tb testing.TB) []byte {
	tb.Helper()
	type row struct {
		V0, V1, V2, V3, V4, V5, V6, V7, V8, V9           int64
		V10, V11, V12, V13, V14, V15, V16, V17, V18, V19 int64
	}
	var file bytes.Buffer
	w := parquet.NewGenericWriter[row](&file, parquet.MaxRowsPerRowGroup(parquetRows/parquetGroups))
	random := rand.New(rand.NewPCG(1, 2)).Int64
	rows := make([]row, 1024)
	for left := parquetRows; left > 0; left -= len(rows) {
		rows = rows[:min(left, len(rows))]
		for i := range rows {
			rows[i] = row{
				random(), random(), random(), random(), random(), random(), random(), random(), random(), random(),
				random(), random(), random(), random(), random(), random(), random(), random(), random(), random(),
			}
		}
		_, err := w.Write(rows)
		require.NoError(tb, err)
	}
	require.NoError(tb, w.Close())
	return file.Bytes()
}

// A prefetched reader has some ranges of an object already.
type prefetched struct {
	*s3read.Reader
	ranges []s3read.Range
	data   [][]byte
}

func (p *prefetched) ReadAt(b []byte, off int64) (int, error) {
	i := slices.IndexFunc(p.ranges, func(g s3read.Range) bool {
		return off >= g.Off && off+int64(len(b)) <= g.Off+g.Len
	})
	if i < 0 {
		return p.Reader.ReadAt(b, off)
	}
	return copy(b, p.data[i][off-p.ranges[i].Off:]), nil
}

// prefetch reads the chunks of the wanted columns.
func (p *prefetched) prefetch(file *parquet.File) (err error) {
	var ranges []s3read.Range
	for _, group := range file.Metadata().RowGroups {
		for _, c := range wanted {
			chunk := group.Columns[c].MetaData
			off := chunk.DataPageOffset
			if chunk.DictionaryPageOffset > 0 {
				off = min(off, chunk.DictionaryPageOffset)
			}
			ranges = append(ranges, s3read.Range{Off: off, Len: chunk.TotalCompressedSize})
		}
	}
	p.data, err = p.ReadRanges(ranges)
	p.ranges = ranges
	return err
}

// values counts the values of the wanted columns, by reading them.
func values(file *parquet.File) (n int64, err error) {
	for _, group := range file.RowGroups() {
		for _, c := range wanted {
			pages := group.ColumnChunks()[c].Pages()
			for {
				page, err := pages.ReadPage()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					return 0, errors.Join(err, pages.Close())
				}
				n += page.NumValues()
				parquet.Release(page)
			}
			if err := pages.Close(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// BenchmarkParquet has parquet-go read 3 of 20 columns of a file of 64 MiB. The fewest requests are
// one for the object and its version, one for the footer, and two for each of the four groups, as
// two of the columns are neighbours. It counts requests, with ReadRanges for the chunks that the
// footer names, and with ReadAt alone.
func BenchmarkParquet(b *testing.B) {
	const fewest = 2 + 2*parquetGroups
	file := parquetFile(b)
	s := newServer(b)
	s.put(b, s3readtest.Object{Key: "key", Content: bytes.NewReader(file), Size: int64(len(file))})
	ours := s3read.NewBucket(s.client(), bucketName)
	requests := func(prefetch bool) float64 {
		s.ForgetRequests()
		r, err := ours.Open(b.Context(), "key")
		require.NoError(b, err)
		p := &prefetched{Reader: r}
		f, err := parquet.OpenFile(p, r.Object().Size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
		require.NoError(b, err)
		if prefetch {
			require.NoError(b, p.prefetch(f))
		}
		n, err := values(f)
		require.NoError(b, err)
		require.EqualValues(b, len(wanted)*parquetRows, n)
		require.NoError(b, r.Close())
		return float64(len(s.Requests()))
	}
	for b.Loop() {
		ratio := requests(true) / fewest
		require.LessOrEqual(b, ratio, 1.3)
		b.ReportMetric(ratio, "ReadRanges-x-fewest")
		b.ReportMetric(requests(false)/fewest, "ReadAt-x-fewest")
	}
	s.reportHandshakes(b)
}
