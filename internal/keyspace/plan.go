// Package keyspace divides the keys of a bucket into ranges that can be listed at the same time.
//
// The problem: S3 lists a thousand keys with a request, each page begins where the one before
// ended, and so a million keys take a thousand round trips. A listing may begin after any key,
// existing or not (StartAfter), so that several can run at once; but S3 doesn't say where the keys
// are. This package guesses it from the pages that were listed so far. It needs no hints and no
// list of prefixes. A worker uses it so:
//
//	for r := plan.Next(); r != nil; r = plan.Next() {
//		for done := false; !done; {
//			page := list(r.After) // keys after r.After, and whether there are more
//			_, done = plan.Page(r, len(page.keys), page.key, page.more)
//		}
//	}
//
// The guarantee: every key that is there from start to end is in exactly one range, wherever the
// guesses fall. A range is (after, until]: StartAfter is exclusive, so the key that equals a split
// belongs to the range that ends there. A bad guess costs requests and time, never a key.
//
// How good the guesses are: with 16 workers a million keys take at most 1.1 times the ideal number
// of round trips, in each of six kinds of key sets (internal/bench, ListPlan). Halving the space of
// all byte strings takes up to 1.8 times: keys use few of the bytes at each position, and begin
// alike.
//
// How it guesses: a page costs the same wherever it begins, and is wasted only if it is empty. The
// first page is listed alone, and tells whether there are more. The ladder (split.go) then divides
// what follows by how far keys agree with the first page's last key. From there on Next halves the
// range that has the most keys left, if its rest is as dense as its last page, measured in the
// bytes that keys were seen to have (alphabet.go).
//
// A listing for more than one machine is divided before it begins, since its parts can't ask each
// other: a [Survey] finds where, from a few pages for each part.
package keyspace

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

const (
	// minPages is how much of a page must be left in a range, by the estimate, for a part of it to
	// be given away. Parts of less are often empty: in simulation a lower bound took more requests,
	// and no less time.
	minPages = 0.75

	// assumedPages is the estimate where the last page and the rest of its range can't be measured
	// by one ruler: more than any real one, so that this range is divided first.
	assumedPages = 1e6

	// learnEvery: of so many keys of a page one is learned from, to save time. Neighbours differ in
	// their last bytes alone, mostly.
	learnEvery = 16
)

// A Plan divides the keys that have one prefix among workers. It does no I/O and knows no time. It
// is not safe for concurrent use.
type Plan struct {
	prefix     string
	seen       alphabets
	ranges     []*Range // those that are not done
	unassigned []*Range // of these, the ones that no worker has yet
	started    bool     // the first page is known, and with it that there are more
}

// A Range is the part of the keys that one worker lists, page by page.
type Range struct {
	After string // the next page begins after this key
	Token string // a continuation token for that page, for the worker's use: the Plan ignores it

	until     string  // the end, which belongs to the range; "": the end of the listing
	firstKey  string  // of the last page, whose last key is After
	pagesLeft float64 // estimate of what is left, in pages; 0: not known, or not to be divided
}

// New plans the listing of the keys that begin with prefix and come after one key and not after
// another. Both may be "": from the first key, to the last.
func New(prefix, after, endAt string) *Plan {
	if endAt > prefix && !strings.HasPrefix(endAt, prefix) {
		endAt = "" // all keys with the prefix are before it
	}
	r := &Range{After: after, until: endAt}
	return &Plan{prefix: prefix, ranges: []*Range{r}, unassigned: []*Range{r}}
}

// Done reports whether every range is listed to its end.
func (p *Plan) Done() bool { return len(p.ranges) == 0 }

// Next returns a range for a worker that has none. Nil means that no range is worth dividing before
// another page is known.
//
// A range may be divided while its next page is in flight: Page then gives the keys beyond the new
// end to nobody, and the range that begins there lists them again.
func (p *Plan) Next() *Range {
	if len(p.unassigned) > 0 {
		r := p.unassigned[0]
		p.unassigned = p.unassigned[1:]
		return r
	}
	for {
		// The empty Range stands in where all are done.
		r := slices.MaxFunc(append(p.ranges, &Range{}), func(a, b *Range) int {
			return cmp.Compare(a.pagesLeft, b.pagesLeft)
		})
		if r.pagesLeft < minPages {
			return nil
		}
		at, ok := p.split(r)
		if !ok {
			r.pagesLeft = 0
			continue
		}
		rest := &Range{After: at, until: r.until}
		r.until = at
		p.estimate(r)
		p.ranges = append(p.ranges, rest)
		return rest
	}
}

// Page takes the page that was listed after r.After: the number of its keys, the keys in ascending
// order, and whether the listing goes on after them. The first n keys belong to r, the others to
// other ranges. done reports that r is listed to its end; otherwise the worker goes on with it.
func (p *Plan) Page(r *Range, count int, key func(int) string, more bool) (n int, done bool) {
	n = count
	if r.until != "" {
		n = sort.Search(count, func(i int) bool { return key(i) > r.until })
		switch {
		case n < count:
			p.dropEmpty(r.until, key(n))
		case !more:
			p.dropEmpty(r.until, "")
		}
	}
	// Keys of other ranges teach as much about the bucket.
	for i := 0; i < count; i += learnEvery {
		p.seen.learn(key(i))
	}
	if n > 0 {
		r.firstKey, r.After = key(0), key(n-1)
		p.seen.learn(r.After)
	}
	if n < count || !more || r.until != "" && r.After == r.until {
		p.ranges = slices.DeleteFunc(p.ranges, func(o *Range) bool { return o == r })
		return n, true
	}
	if !p.started && n > 0 {
		p.started = true
		p.ladder(r)
	}
	p.estimate(r)
	return n, false
}

// dropEmpty drops ranges that need no request: those without a worker that lie between two keys of
// one page, which have no other key between them. to may be "", for the end of the listing.
func (p *Plan) dropEmpty(from, to string) {
	p.unassigned = slices.DeleteFunc(p.unassigned, func(r *Range) bool {
		empty := r.After >= from && (to == "" || r.until != "" && r.until < to)
		if empty {
			p.ranges = slices.DeleteFunc(p.ranges, func(o *Range) bool { return o == r })
		}
		return empty
	})
}
