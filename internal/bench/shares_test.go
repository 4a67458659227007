package bench_test

import (
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/keyspace/keysim"
	"github.com/seed-15cba5db/irsa-go/s3read"
)

// What S3 charges in us-east-1 (aws.amazon.com/s3/pricing): for a LIST, and for an object in a
// report of S3 Inventory.
const (
	listPrice      = 0.005 / 1000
	inventoryPrice = 0.0025 / million
)

// A million keys over HTTP, 16 shares: the largest has at most 1.5 times the mean, for at most 40
// requests a share, and the shares are all keys.
func TestSplitOfAMillionKeys(t *testing.T) {
	const shares = 16
	for _, set := range keysim.Distributions {
		t.Run(set.Name, func(t *testing.T) {
			s := newServer(t)
			keys := set.Keys(million)
			s.PutKeys(bucketName, keys...)
			ranges, err := s3read.NewBucket(s.client(), bucketName).Split(t.Context(), "", shares)
			require.NoError(t, err)
			require.Len(t, ranges, shares)
			largest, after := 0, 0
			for i, r := range ranges {
				require.Equal(t, i == 0, r.After == "")
				require.Equal(t, i == shares-1, r.EndAt == "")
				upTo := million
				if r.EndAt != "" {
					require.Equal(t, r.EndAt, ranges[i+1].After)
					upTo = sort.SearchStrings(keys, r.EndAt+"\x00")
				}
				largest, after = max(largest, upTo-after), upTo
			}
			times := float64(largest) * shares / million
			requests := float64(len(s.Requests())) / shares
			t.Logf("the largest share has %.2f times the mean, %.1f requests a share", times, requests)
			assert.LessOrEqual(t, times, 1.5)
			assert.LessOrEqual(t, requests, 40.0)
		})
	}
}

// BenchmarkShares splits a billion keys, which are made as they are asked for, among a thousand
// pods in virtual time, each page taking pageTime.
func BenchmarkShares(b *testing.B) {
	const keys, pods = 1000 * million, 1000
	for _, set := range keysim.Distributions {
		b.Run(set.Name, func(b *testing.B) {
			var d keysim.Division
			for b.Loop() {
				d = keysim.Divide(set.Lister(keys), "", pods)
			}
			shares := set.Shares(d.Cuts, keys)
			pages, most := d.Requests, 0
			for _, share := range shares {
				pages += (share + 999) / 1000
				most = max(most, (share+999)/1000)
			}
			split := time.Duration(d.Trips) * pageTime
			list := time.Duration(most) * pageTime
			b.ReportMetric(float64(len(shares)), "shares")
			b.ReportMetric(float64(d.Requests), "requests-to-split")
			b.ReportMetric(float64(slices.Max(shares))*pods/keys, "largest-over-mean")
			b.ReportMetric(split.Seconds(), "s-to-split")
			b.ReportMetric((split + list).Seconds(), "s-to-the-end")
			b.ReportMetric(float64(pages)*listPrice, "$")
			b.ReportMetric((keys / 1000 * pageTime).Hours(), "h-one-by-one")
			b.ReportMetric(keys/1000*listPrice, "$-one-by-one")
			b.ReportMetric(keys*inventoryPrice, "$-inventory")
		})
	}
}
