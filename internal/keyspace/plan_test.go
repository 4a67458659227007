package keyspace_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/keyspace/keysim"
)

// whole lists b and requires that each of its keys was delivered once.
func whole(t *testing.T, b keysim.Bucket) keysim.Result {
	t.Helper()
	res, err := b.List()
	require.NoError(t, err)
	require.Len(t, res.Delivered, len(b.Keys))
	for _, key := range b.Keys {
		if res.Delivered[key] != 1 {
			require.Failf(t, "lost or doubled", "key %q came %d times with %d workers", key, res.Delivered[key],
				b.Workers)
		}
	}
	return res
}

func TestEveryKeyComesOnce(t *testing.T) {
	for _, set := range keysim.KeySets {
		t.Run(set.Name, func(t *testing.T) {
			keys := set.Keys(10_000)
			require.Len(t, keys, 10_000)
			for workers := 1; workers <= 128; workers++ {
				whole(t, keysim.Bucket{Keys: keys, Workers: workers})
			}
			for workers := 1; workers <= 128; workers += 9 {
				random := rand.New(rand.NewPCG(1, uint64(workers)))
				whole(t, keysim.Bucket{
					Keys: keys, Workers: workers, Page: 30,
					Latency: func() float64 { return 0.1 + random.ExpFloat64() },
				})
			}
		})
	}
}

func TestRoundTripsAndRequests(t *testing.T) {
	for _, set := range keysim.KeySets {
		t.Run(set.Name, func(t *testing.T) {
			const pages = 500
			keys := set.Keys(20_000)
			// At most so many times the ideal, by the number of workers.
			for workers, most := range map[int]struct{ roundTrips, requests float64 }{
				1: {1.02, 1.02}, 16: {1.25, 1.25}, 32: {2, 1.5},
			} {
				res := whole(t, keysim.Bucket{Keys: keys, Workers: workers, Page: 40})
				ideal := (pages + workers - 1) / workers
				assert.LessOrEqual(t, res.RoundTrips, most.roundTrips*float64(ideal), "%d workers", workers)
				assert.LessOrEqual(t, float64(res.Requests), most.requests*pages, "%d workers", workers)
			}
		})
	}
	t.Run("what fits a page takes one request", func(t *testing.T) {
		assert.Equal(t, 1, whole(t, keysim.Bucket{Keys: keysim.KeySets[0].Keys(1000), Workers: 64}).Requests)
		assert.Equal(t, 1, whole(t, keysim.Bucket{Workers: 64}).Requests)
	})
}

// oddKeys returns sets of keys that are hard to divide, in order.
func oddKeys() map[string][]string {
	runs := func(c string, n int) (keys []string) {
		for i := range n {
			keys = append(keys, strings.Repeat(c, i+1))
		}
		return keys
	}
	var words []string // every word of up to four letters, so that splits are keys
	for _, a := range []string{"", "a", "b", "c", "d"} {
		for _, b := range []string{"", "a", "b", "c", "d"} {
			for _, c := range []string{"", "a", "b", "c", "d"} {
				for _, d := range []string{"a", "b", "c", "d"} {
					words = append(words, a+b+c+d)
				}
			}
		}
	}
	var bytes []string
	for i := range 256 {
		for j := range 8 {
			bytes = append(bytes, fmt.Sprintf("%c%c", rune(i*4000%0x10FFFF), rune(j*300)),
				string([]byte{byte(i), byte(j * 31)}))
		}
	}
	long := strings.Repeat("x", 1023)
	sets := map[string][]string{
		"keys that begin each other":       runs("a", 1024),
		"keys that begin each other, in ä": runs("ä", 512),
		"splits that are keys":             words,
		"bytes of every kind":              bytes,
		"the last of all characters":       runs("\U0010FFFF", 256),
		"one key":                          {"a"},
		"keys of 1024 bytes":               {long + "1", long + "2", long + "3", long + "4"},
		"a crowd behind one separate key":  append(runs("b", 900), "a", "c"),
		"control characters and separators": {
			"\x00", "\x00\x00", "\x01", "/", "//", "///", "a//b", "a/", "a/\x7f", "a\nb", "\n",
		},
	}
	for name, keys := range sets {
		slices.Sort(keys)
		sets[name] = slices.Compact(keys)
	}
	return sets
}

func TestOddKeys(t *testing.T) {
	for name, keys := range oddKeys() {
		t.Run(name, func(t *testing.T) {
			for _, page := range []int{1, 2, 3, 7, 50} {
				for _, workers := range []int{1, 2, 3, 16, 100} {
					whole(t, keysim.Bucket{Keys: keys, Page: page, Workers: workers})
				}
			}
		})
	}
}

func TestPrefixAfterAndEnd(t *testing.T) {
	keys := keysim.KeySets[2].Keys(10_000)
	ends := []string{"", "year=2026/month=07/day=2", keys[7000], "a", "year=2026/month=08", "z"}
	for _, prefix := range []string{"", "year=2026/", "year=2026/month=07/", "year=2026/month=1", "none"} {
		for _, after := range []string{"", "year=2026/month=07/day=11", keys[4711], "z"} {
			for _, end := range ends {
				var want []string
				for _, key := range keys {
					if strings.HasPrefix(key, prefix) && key > after && (end == "" || key <= end) {
						want = append(want, key)
					}
				}
				b := keysim.Bucket{Keys: keys, Page: 20, Workers: 16, Prefix: prefix, After: after, EndAt: end}
				res, err := b.List()
				require.NoError(t, err)
				got := slices.Sorted(maps.Keys(res.Delivered))
				assert.Equal(t, want, got, "prefix %q after %q up to %q", prefix, after, end)
			}
		}
	}
}

func TestKeysThatComeAndGo(t *testing.T) {
	for _, set := range keysim.KeySets {
		t.Run(set.Name, func(t *testing.T) {
			for _, workers := range []int{1, 2, 7, 16, 64, 128} {
				random := rand.New(rand.NewPCG(2, uint64(workers)))
				all := set.Keys(5_000)
				stays, here := map[string]bool{}, map[string]bool{}
				for i, key := range all {
					stays[key] = i%3 == 0
					here[key] = i%2 == 0 || i%3 == 0
				}
				now := func() []string {
					keys := make([]string, 0, len(all))
					for _, key := range all {
						if here[key] {
							keys = append(keys, key)
						}
					}
					return keys
				}
				res, err := keysim.Bucket{Keys: now(), Page: 100, Workers: workers,
					Change: func(int, []string) []string {
						for range 200 {
							if key := all[random.IntN(len(all))]; !stays[key] {
								here[key] = !here[key]
							}
						}
						return now()
					}}.List()
				require.NoError(t, err)
				for key, stayed := range stays {
					assert.LessOrEqual(t, res.Delivered[key], 1, key)
					assert.False(t, stayed && res.Delivered[key] == 0, "%s was there all the time", key)
				}
			}
		})
	}
}

// FuzzList lists keys and pages that the fuzzer makes up.
func FuzzList(f *testing.F) {
	f.Add("a b c d e f", byte(1), byte(4))
	f.Add("aaa aa a \xff\xff ä äa 0999 1000 1001", byte(2), byte(9))
	f.Fuzz(func(t *testing.T, text string, page, workers byte) {
		keys := strings.Fields(text)
		slices.Sort(keys)
		whole(t, keysim.Bucket{Keys: slices.Compact(keys), Page: int(page%20) + 1, Workers: int(workers%40) + 1})
	})
}
