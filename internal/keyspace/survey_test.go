package keyspace_test

import (
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/keyspace"
	"github.com/seed-15cba5db/irsa-go/internal/keyspace/keysim"
)

// divided surveys keys, and returns how many of them each share has. It requires what holds
// wherever the cuts fall: they ascend, S3 takes them, and they are at most one less than the shares.
func divided(t *testing.T, list keysim.Lister, keys []string, prefix string, shares int) []int {
	t.Helper()
	d := keysim.Divide(list, prefix, shares)
	require.Less(t, len(d.Cuts), shares)
	assert.LessOrEqual(t, d.Requests, max(1, 40*shares))
	require.True(t, slices.IsSorted(d.Cuts))
	require.Len(t, slices.Compact(slices.Clone(d.Cuts)), len(d.Cuts))
	var sizes []int
	before := 0
	for _, cut := range d.Cuts {
		require.True(t, utf8.ValidString(cut) && len(cut) <= 1024 && cut != "", "%q", cut)
		upTo := sort.SearchStrings(keys, cut+"\x00")
		sizes = append(sizes, upTo-before)
		before = upTo
	}
	return append(sizes, len(keys)-before)
}

func TestSharesOfAMillionKeysAreAlike(t *testing.T) {
	const keys = 1_000_000
	for _, set := range keysim.Distributions {
		t.Run(set.Name, func(t *testing.T) {
			for _, shares := range []int{2, 16, 64} {
				d := keysim.Divide(set.Lister(keys), "", shares)
				sizes := set.Shares(d.Cuts, keys)
				largest := float64(slices.Max(sizes)) * float64(shares) / keys
				assert.Len(t, sizes, shares)
				assert.LessOrEqual(t, largest, 1.25, "%d shares", shares)
				assert.LessOrEqual(t, d.Requests, 40*shares, "%d shares", shares)
			}
		})
	}
}

func TestFewKeysAreSharedExactly(t *testing.T) {
	keys := keysim.Distributions[0].Keys(5000)
	for _, c := range []struct{ keys, shares, largest, smallest int }{
		{0, 16, 0, 0}, {1, 16, 1, 1}, {2, 16, 1, 1}, {16, 16, 1, 1}, {20, 16, 2, 1}, {100, 7, 15, 14},
		{1000, 3, 334, 333}, {5000, 16, 320, 300}, {5000, 1, 5000, 5000}, {20, 10_000, 1, 1},
	} {
		b := keysim.Bucket{Keys: keys[:c.keys], Page: 1000}
		sizes := divided(t, b.Lister(), b.Keys, "", c.shares)
		assert.LessOrEqual(t, slices.Max(sizes), c.largest, "%d keys in %d shares", c.keys, c.shares)
		assert.GreaterOrEqual(t, slices.Min(sizes), c.smallest, "%d keys in %d shares", c.keys, c.shares)
	}
}

func TestOneShareNeedsNoRequest(t *testing.T) {
	assert.Zero(t, keysim.Divide(keysim.Distributions[0].Lister(1_000_000), "", 1).Requests)
}

func TestOddKeysAreShared(t *testing.T) {
	for name, keys := range oddKeys() {
		t.Run(name, func(t *testing.T) {
			for _, page := range []int{7, 1000} {
				for _, shares := range []int{2, 30} {
					b := keysim.Bucket{Keys: keys, Page: page}
					sizes := divided(t, b.Lister(), keys, "", shares)
					if len(keys) <= page { // it shows them all; some aren't UTF-8, where no share can end
						assert.LessOrEqual(t, slices.Max(sizes), 2*(len(keys)/shares+1))
					}
				}
			}
		})
	}
}

func TestOnlyKeysWithThePrefixAreShared(t *testing.T) {
	const n = 100_000
	set := keysim.Distributions[2]
	keys := set.Keys(n)
	for _, prefix := range []string{"year=2026/month=07/", "year=2026/month=1", "none", "a", "z"} {
		var below []string
		for _, key := range keys {
			if strings.HasPrefix(key, prefix) {
				below = append(below, key)
			}
		}
		b := keysim.Bucket{Keys: keys, Page: 1000, Prefix: prefix}
		sizes := divided(t, b.Lister(), below, prefix, 5)
		if len(below) > 0 {
			assert.LessOrEqual(t, slices.Max(sizes), len(below)/5*3/2, prefix)
		}
	}
}

func TestTheOrderOfThePagesDoesNotMatter(t *testing.T) {
	const keys = 50_000
	for _, set := range keysim.Distributions {
		want := keysim.Divide(set.Lister(keys), "", 16).Cuts
		random := rand.New(rand.NewPCG(3, 3))
		s := keyspace.NewSurvey("", 16)
		for probes := s.Next(); len(probes) > 0; probes = s.Next() {
			random.Shuffle(len(probes), func(i, j int) { probes[i], probes[j] = probes[j], probes[i] })
			for _, p := range probes {
				count, key, more := set.Lister(keys)(p.After)
				s.Page(p, count, key, more)
			}
		}
		assert.Equal(t, want, s.Cuts(), set.Name)
	}
}

func TestKeysThatComeAndGoDuringASurvey(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	for _, set := range keysim.Distributions {
		all := set.Keys(20_000)
		now := slices.Clone(all)
		list := func(after string) (int, func(int) string, bool) {
			now = now[:0]
			for _, key := range all {
				if random.IntN(3) > 0 {
					now = append(now, key)
				}
			}
			return keysim.Bucket{Keys: now, Page: 100}.Lister()(after)
		}
		divided(t, list, all, "", 16)
	}
}

func TestAShareEndsAtANameWhereItCan(t *testing.T) {
	const keys = 1_000_000
	cuts := keysim.Divide(keysim.Distributions[2].Lister(keys), "", 12).Cuts
	for _, cut := range cuts {
		assert.Regexp(t, `^year=2026/month=[\w=/.-]*$`, cut)
	}
}

// FuzzSurvey shares keys that the fuzzer makes up.
func FuzzSurvey(f *testing.F) {
	f.Add("a b c d e f", byte(1), byte(4))
	f.Add("aaa aa a \xff\xff ä äa 0999 1000 1001 \U0010FFFF \U0010FFFF\U0010FFFF", byte(2), byte(9))
	f.Fuzz(func(t *testing.T, text string, page, shares byte) {
		keys := strings.Fields(text)
		slices.Sort(keys)
		keys = slices.Compact(keys)
		b := keysim.Bucket{Keys: keys, Page: int(page%20) + 1}
		divided(t, b.Lister(), keys, "", int(shares%40)+1)
	})
}
