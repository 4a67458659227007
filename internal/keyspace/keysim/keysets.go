// Package keysim lists key sets through a [keyspace.Plan] in virtual time, to measure how good the
// plan's guesses are: a page takes one round trip, or what the test says. No server and no clock is
// involved, so that the figures are the same everywhere.
package keysim

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A KeySet is a kind of keys.
type KeySet struct {
	Name string
	make func(i, n int) string
}

// KeySets are six kinds that are common in real buckets, each hard to divide in its own way: random
// bytes, bytes of which most never occur, a deep hierarchy with gaps, a crowd behind one prefix, a
// long common start, and a dense range far from the ends of the key space.
var KeySets = []KeySet{
	{"sha256 flat", func(i, _ int) string { return fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, i))) }},
	{"zero-padded sequence", func(i, _ int) string { return fmt.Sprintf("%012d", i) }},
	{"year, month, day, hour", func(i, n int) string {
		hour := i * 8064 / n
		return fmt.Sprintf("year=2026/month=%02d/day=%02d/hour=%02d/part-%05d.parquet",
			hour/24/28+1, hour/24%28+1, hour%24, i-(hour*n+8063)/8064)
	}},
	{"95 % in one tenant", func(i, n int) string {
		tenant := 42
		if i%20 == 0 {
			tenant = i / 20 * 200 / (n / 20)
		}
		return fmt.Sprintf("tenant-%04d/%08d.json", tenant, i)
	}},
	{"110 characters alike", func(i, _ int) string {
		return strings.Repeat("shared-prefix/", 8)[:110] + fmt.Sprintf("%09d", i)
	}},
	{"timestamps", func(i, n int) string {
		step := 365 * 24 * time.Hour / time.Duration(n)
		return time.Date(2026, 1, 1, 0, 0, 0, 0,
			time.UTC).Add(time.Duration(i) * step).Format("2006-01-02T15:04:05.000Z")
	}},
}

// Keys returns n keys of the set, in order.
func (s KeySet) Keys(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = s.make(i, n)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
