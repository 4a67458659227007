package keysim

import (
	"crypto/sha256"
	"fmt"
	"math/bits"
	"sort"
	"strings"
	"time"
)

// An Ordered is a kind of keys of which each can be made from its place in the order, so that a
// bucket of a billion needs no memory.
type Ordered struct {
	Name string

	// Key returns the i-th of n keys. It ascends with i.
	Key func(i, n int) string
}

// Distributions are seven kinds of keys: those of KeySets, and a skewed one that nests, in which
// two of 16 tenants hold all but a hundredth, 100 objects a session.
var Distributions = []Ordered{
	{"sha256 flat", func(i, n int) string { return spread(i, n) + rest(i) }},
	{"zero-padded sequence", func(i, _ int) string { return fmt.Sprintf("%012d", i) }},
	{"year, month, day, hour", func(i, n int) string {
		hour := i * 8064 / n
		return fmt.Sprintf("year=2026/month=%02d/day=%02d/hour=%02d/part-%06d.parquet",
			hour/24/28+1, hour/24%28+1, hour%24, i-(hour*n+8063)/8064)
	}},
	{"95 % in one tenant", func(i, n int) string {
		tenant, at, _ := place(i, n, 200, func(t int) int {
			if t == 42 {
				return 95 * 199
			}
			return 5
		})
		return fmt.Sprintf("tenant-%04d/%09d.json", tenant, at)
	}},
	{"110 characters alike", func(i, _ int) string {
		return strings.Repeat("shared-prefix/", 8)[:110] + fmt.Sprintf("%09d", i)
	}},
	{"timestamps", func(i, n int) string {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		hi, lo := bits.Mul64(uint64(i), uint64(365*24*time.Hour))
		nanos, _ := bits.Div64(hi, lo, uint64(n))
		return at.Add(time.Duration(nanos)).Format("2006-01-02T15:04:05.000000000Z")
	}},
	{"2 of 16 tenants, sessions of 100", func(i, n int) string {
		tenant, at, of := place(i, n, 16, func(t int) int {
			switch t {
			case 3:
				return 66 * 14
			case 11:
				return 33 * 14
			}
			return 1
		})
		return fmt.Sprintf("tenant-%02d/session-%s/object-%02d", tenant, spread(at/100, of/100+1), at%100)
	}},
}

// place divides n keys among tenants by their weights. It returns the tenant of the i-th key, which
// of the tenant's keys it is, and how many the tenant has.
func place(i, n, tenants int, weight func(tenant int) int) (tenant, at, of int) {
	total := 0
	for t := range tenants {
		total += weight(t)
	}
	for sum, from := 0, 0; ; tenant++ {
		sum += weight(tenant)
		to := int(float64(n) / float64(total) * float64(sum))
		if tenant == tenants-1 {
			to = n
		}
		if i < to {
			return tenant, i - from, to - from
		}
		from = to
	}
}

// spread returns the i-th of n hashes, in hexadecimal, each somewhere in its n-th of all hashes.
func spread(i, n int) string {
	width := ^uint64(0) / uint64(n)
	sum := sha256.Sum256(fmt.Append(nil, i))
	return fmt.Sprintf("%016x", uint64(i)*width+width/256*uint64(sum[0]))
}

// rest returns what follows in a hash.
func rest(i int) string { return fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, i)))[16:] }

// Keys returns n keys, in order.
func (o Ordered) Keys(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = o.Key(i, n)
	}
	return keys
}

// UpTo returns how many of n keys are not after key.
func (o Ordered) UpTo(key string, n int) int {
	return sort.Search(n, func(i int) bool { return o.Key(i, n) > key })
}
