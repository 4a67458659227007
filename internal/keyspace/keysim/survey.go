package keysim

import "github.com/seed-15cba5db/irsa-go/internal/keyspace"

// A Lister returns the page of the keys after one: how many there are, each of them, and whether
// the listing goes on.
type Lister func(after string) (count int, key func(int) string, more bool)

// A Division is what a survey made of a bucket.
type Division struct {
	Cuts     []string
	Requests int // pages that the survey asked for
	Trips    int // round trips, with up to 32 requests at once
}

// atOnce is how many requests of a survey are in flight at most.
const atOnce = 32

// Divide surveys the keys with a prefix for a number of shares.
func Divide(list Lister, prefix string, shares int) (d Division) {
	s := keyspace.NewSurvey(prefix, shares)
	for probes := s.Next(); len(probes) > 0; probes = s.Next() {
		d.Trips += (len(probes) + atOnce - 1) / atOnce
		d.Requests += len(probes)
		for _, p := range probes {
			count, key, more := list(p.After)
			s.Page(p, count, key, more)
		}
	}
	d.Cuts = s.Cuts()
	return d
}

// Lister lists the bucket in pages of b.Page keys.
func (b Bucket) Lister() Lister {
	return func(after string) (int, func(int) string, bool) {
		keys, more := b.page(after)
		return len(keys), func(i int) string { return keys[i] }, more
	}
}

// Lister lists n keys in pages of a thousand.
func (o Ordered) Lister(n int) Lister {
	return func(after string) (int, func(int) string, bool) {
		from := o.UpTo(after, n)
		count := min(1000, n-from)
		return count, func(i int) string { return o.Key(from+i, n) }, from+count < n
	}
}

// Shares returns how many of n keys each of the shares has into which cuts divide them.
func (o Ordered) Shares(cuts []string, n int) (shares []int) {
	before := 0
	for _, cut := range cuts {
		upTo := o.UpTo(cut, n)
		shares = append(shares, upTo-before)
		before = upTo
	}
	return append(shares, n-before)
}
