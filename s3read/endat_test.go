package s3read_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestEndAtIsTheLastKey(t *testing.T) {
	srv, keys := numbered(10_000)
	for _, c := range []struct {
		after, end     string
		from, to, most int // requests
	}{
		{"", "", 0, 10_000, 10},
		{"", keys[0], 0, 1, 1},
		{"", "a", 0, 0, 1},
		{"", "z", 0, 10_000, 10},
		{"", keys[999], 0, 1000, 1},
		{"", keys[1000], 0, 1001, 2},
		{keys[2499], keys[5500], 2500, 5501, 4},
		{keys[5], keys[5], 6, 6, 1},
		{keys[7], keys[5], 8, 8, 1},
		{keys[5] + "x", keys[9] + "x", 6, 10, 1},
	} {
		for _, p := range []int{1, 4} {
			srv.ForgetRequests()
			r := s3read.KeyRange{After: c.after, EndAt: c.end}
			objects, err := collect(t.Context(), direct(srv), "logs/", within(r), parallel(p))
			require.NoError(t, err)
			got := keysOf(objects)
			slices.Sort(got)
			assert.True(t, slices.Equal(keys[c.from:c.to], got), "after %q up to %q: %d keys", c.after, c.end, len(got))
			if p == 1 {
				assert.Len(t, srv.Requests(), c.most, "after %q up to %q", c.after, c.end)
			}
		}
	}
}

func TestEndAtWithADelimiter(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.PutKeys("bucket", "a", "b/1", "b/2", "c", "d/1", "e")
	for end, want := range map[string][]string{
		"b/1": {"a", "b/"}, "b": {"a"}, "d/0": {"a", "b/", "c", "d/"}, "d": {"a", "b/", "c"},
		"z": {"a", "b/", "c", "d/", "e"},
	} {
		objects, err := collect(t.Context(), direct(srv), "", slash, within(s3read.KeyRange{EndAt: end}))
		require.NoError(t, err)
		assert.Equal(t, want, keysOf(objects), end)
	}
}

func TestEndAtNeedsAnOrder(t *testing.T) {
	end := within(s3read.KeyRange{EndAt: "logs/000100"})
	srv := new(s3readtest.Server)
	srv.PutKeys("bucket--use1-az4--x-s3", "a")
	_, err := collect(t.Context(), s3read.NewBucket(srv.S3Client(), "bucket--use1-az4--x-s3"), "", end)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	assert.ErrorContains(t, err, "ListOptions.EndAt")

	srv, _ = numbered(5000)
	srv.Inject(s3readtest.Fault{Do: s3readtest.Unsorted()})
	_, err = collect(t.Context(), direct(srv), "", end)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	srv.ClearFaults()

	inBubble(t, "a later page that has none is an error", func(t *testing.T) {
		srv.Inject(s3readtest.Fault{Skip: 1, Do: s3readtest.Unsorted()})
		_, err := collect(t.Context(), onHTTP(t, srv), "", within(s3read.KeyRange{EndAt: "logs/003000"}))
		require.ErrorContains(t, err, "its keys are not in order")
	})
}
