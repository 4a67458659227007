package keyspace

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

const (
	// intervals is how many parts of about equal size a survey measures for each share. A cut falls
	// between two of them, so that it is off by half a part, an eighth of two shares.
	intervals = 8

	// mostProbes is the most that a survey asks for each share.
	mostProbes = 36

	// keptKeys is about how many keys of pages a survey keeps for each probe and all of its shares
	// together: they are where shares of less than a few pages are cut.
	keptKeys = 4096
)

// A Survey finds where to cut the keys that have one prefix into shares of about as many each,
// without listing them. It does no I/O and is not safe for concurrent use. Its user lists a page
// behind each key that it asks for, several at once and in any order:
//
//	s := keyspace.NewSurvey(prefix, 16)
//	for probes := s.Next(); len(probes) > 0; probes = s.Next() {
//		for _, p := range probes {
//			page := list(p.After) // keys after p.After, and whether there are more
//			s.Page(p, len(page.keys), page.key, page.more)
//		}
//	}
//	cuts := s.Cuts()
//
// S3 tells no key's rank, but a page tells two things: between the key that was asked for and the
// first of the page there is none, and how dense the keys are where it lies. What no page covers is
// a gap, and the keys in it are estimated by its length and the density of the pages beside it. The
// next probes go into the middle of the gaps that may hold much (measure.go). It needs about ten
// probes for each share, and up to three times as many where names nest.
//
// Wherever the cuts fall, each key lies between two of them: a bad guess makes shares uneven, and
// loses nothing. The cuts depend on the pages alone, not on their order.
type Survey struct {
	prefix string
	shares int
	probes []*Probe // by After
	asked  int
	seen   alphabets // what keys have at each position, and what lies between that
	wide   alphabets // what they may have
}

// A Probe is a question for one page.
type Probe struct {
	After string // the page begins after this key

	until       string // where the next probe begins; "": the end of the listing
	first, last string // of the keys that are not after until
	count       int
	closed      bool    // there is no key between last and until
	samples     []place // some of the keys, in order
	left        float64 // estimate of the keys between last and until
}

// A place is a key, and how many keys there are up to it.
type place struct {
	key  string
	upTo float64
}

// NewSurvey begins a survey of the keys with a prefix for that many shares, at least one.
func NewSurvey(prefix string, shares int) *Survey {
	return &Survey{prefix: prefix, shares: shares}
}

// Next returns the probes that are to be asked next, none where the survey is complete. Each of
// those that it returned before must have got its page.
func (s *Survey) Next() []*Probe {
	var after []string
	switch s.asked {
	case 0:
		if s.shares > 1 {
			after = []string{""}
		}
	case 1:
		after = s.ladder()
	default:
		after = s.refine()
	}
	probes := make([]*Probe, len(after))
	for i := range after {
		probes[i] = &Probe{After: after[i]}
	}
	s.asked += len(probes)
	s.probes = append(s.probes, probes...)
	slices.SortFunc(s.probes, func(a, b *Probe) int { return cmp.Compare(a.After, b.After) })
	for i, p := range s.probes[:max(len(s.probes)-1, 0)] {
		p.until = s.probes[i+1].After
	}
	return probes
}

// Page takes the page of a probe: the number of its keys, the keys in ascending order, and whether
// the listing goes on after them.
func (s *Survey) Page(p *Probe, count int, key func(int) string, more bool) {
	for i := 0; i < count; i += learnEvery {
		s.learn(key(i))
	}
	if p.count = count; p.until != "" {
		p.count = sort.Search(count, func(i int) bool { return key(i) > p.until })
	}
	// An empty page of a longer listing tells nothing. S3 sends none.
	p.closed = p.count < count || !more || count == 0
	if p.count == 0 {
		return
	}
	s.learn(key(p.count - 1))
	p.first, p.last = strings.Clone(key(0)), strings.Clone(key(p.count-1))
	p.closed = p.closed || p.last == p.until
	step := max(1, p.count/max(4, keptKeys/s.shares))
	if p.After == "" {
		step = 1 // it may be the only one
	}
	for i := step; i <= p.count; i += step {
		p.samples = append(p.samples, place{strings.Clone(key(i - 1)), float64(i)})
	}
}

func (s *Survey) learn(key string) {
	s.wide.learn(key)
	s.seen.learnSpan(key)
}

// bound is where the gap behind p ends, for measuring.
func (s *Survey) bound(p *Probe) string {
	if p.until == "" {
		return s.prefix + maxRune
	}
	return p.until
}

// ladder returns where to ask after the first page: see Plan.ladder.
func (s *Survey) ladder() (after []string) {
	p := s.probes[0]
	if p.closed {
		return nil
	}
	plan := New(s.prefix, "", "")
	r := plan.ranges[0]
	r.After = p.last
	plan.ladder(r)
	for _, rung := range plan.unassigned[1:] {
		after = append(after, rung.After)
	}
	if after == nil {
		return []string{p.last}
	}
	return after
}

// Cuts returns at most one key less than there are shares, in ascending order: a share ends at a
// cut, which belongs to it, or at the end of the listing. There are fewer where a share would have
// less than a page, or less keys than lie between two that the survey kept.
func (s *Survey) Cuts() (cuts []string) {
	places, total := s.places()
	done := 0.0 // keys up to the last cut
	for i := 1; i < s.shares; i++ {
		want := total * float64(i) / float64(s.shares)
		at := sort.Search(len(places), func(j int) bool { return places[j].upTo >= want })
		if at > 0 && (at == len(places) || want-places[at-1].upTo < places[at].upTo-want) {
			at--
		}
		if at < len(places) && done < places[at].upTo && places[at].upTo < total {
			cuts = append(cuts, places[at].key)
			done = places[at].upTo
		}
	}
	return cuts
}

// places returns the keys at which to cut, each greater than the one before, and the estimate of
// all keys.
func (s *Survey) places() (places []place, total float64) {
	add := func(key string, upTo float64) {
		if isKey(key) && (places == nil || places[len(places)-1].key < key) {
			places = append(places, place{key, upTo})
		}
	}
	for i, p := range s.probes {
		for _, sample := range p.samples {
			add(sample.key, total+sample.upTo)
		}
		total += float64(p.count) + p.left
		if i+1 < len(s.probes) && s.probes[i+1].first != "" {
			add(shorten(p.until, s.probes[i+1].first), total)
		}
	}
	return places, total
}

// shorten returns the shortest text at which a share can end as well as at until, where next is the
// first key after that: a part of next's own name, which tells a reader more than a guess.
func shorten(until, next string) string {
	for i := range len(next) {
		if next[:i] >= until && isKey(next[:i]) {
			return next[:i]
		}
	}
	return until
}
