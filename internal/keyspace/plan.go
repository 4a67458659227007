// Package keyspace divides the keys of a bucket into ranges that can be listed at the same time. It knows nothing of
// the keys but the pages that were listed so far: no hints, no list of prefixes.
//
// A range is (after, until]. S3 lists after a key, which need not exist; the range that ends at a split includes the
// key that equals it. So every key is in exactly one range wherever the splits fall, and what is good or bad about
// them costs time alone.
package keyspace

import (
	"slices"
	"sort"
)

const (
	// least is how much of a page must be thought to remain in a range for part of it to be given away.
	least = 0.75

	// unmeasured is what is thought to remain where the last page and the rest of its range can't be measured by one ruler.
	unmeasured = 1e6

	// learned is how many keys of a page one is learned from.
	learned = 16
)

// A Plan divides the keys behind one prefix among workers. It does no I/O and knows no time. It is not safe for
// concurrent use.
type Plan struct {
	prefix string
	seen   alphabets
	ranges []*Range // those that are not at their end
	fresh  []*Range // of these, the ones that no worker has yet
	begun  bool     // the first page is known, and with it that there are more
}

// A Range is what one worker lists, page by page.
type Range struct {
	After string // the page to ask for begins after this key
	Token string // for the worker's use

	until string  // the range's last key may be this; "": there is no end but the listing's
	first string  // of the last page, whose last key After is
	left  float64 // how many pages as that one are thought to remain; 0: not known, or nothing worth giving away
}

// New plans the listing of the keys that begin with prefix and come after a key, which may be "".
func New(prefix, after string) *Plan {
	r := &Range{After: after}
	return &Plan{prefix: prefix, ranges: []*Range{r}, fresh: []*Range{r}}
}

// Done reports whether every range is at its end.
func (p *Plan) Done() bool { return len(p.ranges) == 0 }

// Next returns a range for a worker that has none. Nil says that there is none worth having until another page is known.
func (p *Plan) Next() *Range {
	if len(p.fresh) > 0 {
		r := p.fresh[0]
		p.fresh = p.fresh[1:]
		return r
	}
	for {
		r := slices.MaxFunc(append(p.ranges, &Range{}), func(a, b *Range) int { return compare(a.left, b.left) })
		if r.left < least {
			return nil
		}
		at, ok := p.split(r)
		if !ok {
			r.left = 0
			continue
		}
		rest := &Range{After: at, until: r.until}
		r.until = at
		p.estimate(r)
		p.ranges = append(p.ranges, rest)
		return rest
	}
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Page takes the page that was listed after r.After: the number of its keys, each of them, in ascending order, and
// whether the listing goes on behind it. The first n keys are r's and now dealt with, the others belong to other
// ranges. done says that r is at its end; otherwise the worker goes on with it.
func (p *Plan) Page(r *Range, count int, key func(int) string, more bool) (n int, done bool) {
	n = count
	if r.until != "" {
		n = sort.Search(count, func(i int) bool { return key(i) > r.until })
		switch {
		case n < count:
			p.skip(r.until, key(n))
		case !more:
			p.skip(r.until, "")
		}
	}
	for i := 0; i < count; i += learned {
		p.seen.learn(key(i))
	}
	if n > 0 {
		r.first, r.After = key(0), key(n-1)
		p.seen.learn(r.After)
	}
	if n < count || !more || r.until != "" && r.After == r.until {
		p.ranges = slices.DeleteFunc(p.ranges, func(o *Range) bool { return o == r })
		return n, true
	}
	if !p.begun && n > 0 {
		p.begun = true
		p.ladder(r)
	}
	p.estimate(r)
	return n, false
}

// skip drops the ranges that no worker has yet and that lie between two keys known to have none between them.
// The end "" is the listing's.
func (p *Plan) skip(from, to string) {
	p.fresh = slices.DeleteFunc(p.fresh, func(r *Range) bool {
		empty := r.After >= from && (to == "" || r.until != "" && r.until < to)
		if empty {
			p.ranges = slices.DeleteFunc(p.ranges, func(o *Range) bool { return o == r })
		}
		return empty
	})
}
