package s3read_test

import (
	"context"
	"io/fs"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/keyspace/keysim"
	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// within is the option to list a range.
func within(r s3read.KeyRange) func(*s3read.ListOptions) {
	return func(o *s3read.ListOptions) { o.StartAfter, o.EndAt = r.After, r.EndAt }
}

// requireWhole requires that the ranges are the whole key space, each part of it once.
func requireWhole(t *testing.T, ranges []s3read.KeyRange) {
	t.Helper()
	require.NotEmpty(t, ranges)
	require.Empty(t, ranges[0].After)
	require.Empty(t, ranges[len(ranges)-1].EndAt)
	for i, r := range ranges[1:] {
		require.NotEmpty(t, r.After)
		require.Equal(t, ranges[i].EndAt, r.After)
		require.True(t, r.EndAt == "" || r.After < r.EndAt)
	}
}

// sizesOf returns how many of the keys, which are in order, each range has.
func sizesOf(keys []string, ranges []s3read.KeyRange) (sizes []int) {
	before := 0
	for _, r := range ranges {
		upTo := len(keys)
		if r.EndAt != "" {
			upTo = sort.SearchStrings(keys, r.EndAt+"\x00")
		}
		sizes = append(sizes, upTo-before)
		before = upTo
	}
	return sizes
}

// A million keys, which take their time under the race detector, are split in internal/bench.
func TestTheSixteenRangesAreAlike(t *testing.T) {
	const n, shares = 40_000, 16
	for _, set := range keysim.Distributions {
		inBubble(t, set.Name, func(t *testing.T) {
			keys := set.Keys(n)
			srv := new(s3readtest.Server)
			srv.PutKeys("bucket", keys...)
			ranges, err := onHTTP(t, srv).Split(t.Context(), "", shares)
			require.NoError(t, err)
			requireWhole(t, ranges)
			assert.Len(t, ranges, shares)
			largest := float64(slices.Max(sizesOf(keys, ranges))) * shares / float64(n)
			requests := len(srv.Requests())
			assert.LessOrEqual(t, largest, 1.5)
			assert.LessOrEqual(t, requests, 40*shares)
			t.Logf("largest %.2f of the mean, %.1f requests a share", largest, float64(requests)/shares)
		})
	}
}

func TestTheRangesListEachKeyOnce(t *testing.T) {
	for _, set := range keysim.Distributions {
		keys := set.Keys(1_000)
		srv := &s3readtest.Server{PageSize: 200}
		srv.PutKeys("bucket", keys...)
		bucket := direct(srv)
		ranges, err := bucket.Split(t.Context(), "", 4)
		require.NoError(t, err)
		requireWhole(t, ranges)
		for _, p := range []int{1, 8} {
			var got []string
			for _, r := range ranges {
				objects, err := collect(t.Context(), bucket, "", within(r), parallel(p))
				require.NoError(t, err)
				got = append(got, keysOf(objects)...)
			}
			slices.Sort(got)
			require.True(t, slices.Equal(keys, got), "%s, %d at once", set.Name, p)
		}
	}
}

func TestWhatIsCreatedLaterIsInOneRangeToo(t *testing.T) {
	srv, keys := numbered(50_000)
	bucket := direct(srv)
	ranges, err := bucket.Split(t.Context(), "logs/", 10)
	require.NoError(t, err)
	added := []string{"logs/", "logs/\x01", "logs/012345x", "logs/zzz", "logs/\U0010FFFF\U0010FFFF"}
	for _, r := range ranges {
		if r.EndAt != "" {
			added = append(added, r.EndAt+"!")
		}
	}
	srv.PutKeys("bucket", added...)
	var got []string
	for _, r := range ranges {
		objects, err := collect(t.Context(), bucket, "logs/", within(r))
		require.NoError(t, err)
		got = append(got, keysOf(objects)...)
	}
	want := append(added, keys...)
	slices.Sort(want)
	assert.Equal(t, slices.Compact(want), got)
}

func TestSplitOfFewKeysAndOfNone(t *testing.T) {
	srv, _ := numbered(20)
	for _, c := range []struct {
		prefix    string
		n, ranges int
	}{{"", 16, 16}, {"logs/00001", 16, 10}, {"none", 16, 1}, {"", 10_000, 20}} {
		srv.ForgetRequests()
		ranges, err := direct(srv).Split(t.Context(), c.prefix, c.n)
		require.NoError(t, err)
		requireWhole(t, ranges)
		assert.Len(t, ranges, c.ranges, "%q in %d", c.prefix, c.n)
		assert.Len(t, srv.Requests(), 1)
	}
	srv.ForgetRequests()
	ranges, err := direct(srv).Split(t.Context(), "", 1)
	require.NoError(t, err)
	assert.Equal(t, []s3read.KeyRange{{}}, ranges)
	assert.Empty(t, srv.Requests(), "one range is all keys, whatever they are")
}

func TestABucketWithoutOrderIsOneRange(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.PutKeys("bucket--use1-az4--x-s3", "a", "b", "c")
	directory := s3read.NewBucket(srv.S3Client(), "bucket--use1-az4--x-s3")
	ranges, err := directory.Split(t.Context(), "", 3)
	require.NoError(t, err)
	assert.Equal(t, []s3read.KeyRange{{}}, ranges)

	srv, _ = numbered(5000)
	srv.Inject(s3readtest.Fault{Op: "ListObjectsV2", Do: s3readtest.Unsorted()})
	ranges, err = direct(srv).Split(t.Context(), "", 3)
	require.NoError(t, err)
	assert.Equal(t, []s3read.KeyRange{{}}, ranges)
}

func TestSplitThatFailsReturnsNothing(t *testing.T) {
	for _, n := range []int{-1, 0, 10_001} {
		srv, _ := numbered(20)
		ranges, err := direct(srv).Split(t.Context(), "logs/", n)
		assert.Nil(t, ranges)
		require.ErrorContains(t, err, "s3read: split s3://bucket/logs/: the number of ranges is ")
		assert.Empty(t, srv.Requests())
	}
	inBubble(t, "in the middle", func(t *testing.T) {
		srv, _ := numbered(100_000)
		srv.Inject(s3readtest.Fault{Skip: 20, Do: s3readtest.Error("AccessDenied", "")})
		ranges, err := onHTTP(t, srv).Split(t.Context(), "", 16)
		assert.Nil(t, ranges)
		require.ErrorIs(t, err, fs.ErrPermission)
		srv.Wait()
	})
	inBubble(t, "when its context ends", func(t *testing.T) {
		srv, _ := numbered(100_000)
		srv.Inject(s3readtest.Fault{Do: s3readtest.Delay(time.Second)})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		ranges, err := onHTTP(t, srv).Split(ctx, "", 16)
		assert.Nil(t, ranges)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		var failure *s3read.Error
		require.ErrorAs(t, err, &failure)
	})
	inBubble(t, "a page out of order after one in order", func(t *testing.T) {
		srv, _ := numbered(100_000)
		srv.Inject(s3readtest.Fault{Skip: 3, Do: s3readtest.Unsorted()})
		ranges, err := onHTTP(t, srv).Split(t.Context(), "", 16)
		assert.Nil(t, ranges)
		require.ErrorContains(t, err, "its keys are not in order")
	})
}

func TestSplitAsksSeveralAtOnce(t *testing.T) {
	inBubble(t, "and no more than 32", func(t *testing.T) {
		srv, _ := numbered(100_000)
		srv.Inject(s3readtest.Fault{Do: s3readtest.Delay(time.Second)})
		start := time.Now()
		_, err := onHTTP(t, srv).Split(t.Context(), "", 40)
		require.NoError(t, err)
		requests := srv.Requests()
		assert.Less(t, time.Since(start), time.Duration(len(requests))*time.Second/5)
		for _, r := range requests {
			assert.LessOrEqual(t, inFlight(requests, r.Received), 32)
		}
	})
}
