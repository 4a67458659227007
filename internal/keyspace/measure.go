package keyspace

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// refine returns where to ask next: in the gaps that may hold more than an interval, the largest
// first. A gap may, by any of three measures:
//
//   - the keys that it is estimated to hold, in the bytes that keys were seen to have;
//   - the same in all the bytes that they may have: after 000999 the digits above 0 were not seen
//     yet, and by the first measure nothing would be left;
//   - its length, however sparse the pages beside it are: between two small tenants there may be a
//     large one.
func (s *Survey) refine() (after []string) {
	seen, wide := newMeasure(s.seen), newMeasure(s.wide.hexadecimal())
	type gap struct {
		*Probe
		wide, length float64
		in           measure // the one by which it is largest
		score        float64 // its part of everything
		at           string  // where to ask
	}
	var gaps []gap
	var all, allWide float64
	for i, p := range s.probes {
		p.left = 0
		g := gap{Probe: p}
		if !p.closed {
			var next *Probe
			if i+1 < len(s.probes) {
				next = s.probes[i+1]
			}
			p.left = seen.estimate(p, next, s.bound(p))
			g.wide = wide.estimate(p, next, s.bound(p))
			g.length = math.Exp2(seen.length(p.last, s.bound(p)))
			gaps = append(gaps, g)
		}
		all += float64(p.count) + p.left
		allWide += float64(p.count) + g.wide
	}
	length := math.Exp2(seen.length(s.probes[0].first, s.prefix+maxRune))
	interval := 1 / float64(intervals*s.shares)
	ask := gaps[:0]
	for _, g := range gaps {
		bySeen, byWide := g.left/all, g.wide/allWide
		g.score = max(bySeen, byWide, g.length/length)
		if g.in = seen; byWide > bySeen {
			g.in = wide
		}
		if g.score > interval {
			g.at = s.middle(g.Probe, g.in.as)
		} else if g.at = s.unseen(g.Probe); g.at != "" {
			g.score = 1 // what was never seen may be anything
		}
		if g.at != "" {
			ask = append(ask, g)
		}
	}
	slices.SortStableFunc(ask, func(a, b gap) int { return cmp.Compare(b.score, a.score) })
	room := max(0, min(mostProbes*s.shares-s.asked, max(16, s.shares)))
	for _, g := range ask[:min(len(ask), room)] {
		after = append(after, g.at)
	}
	return after
}

// middle returns where to ask in the gap behind p: at its beginning, where that closes it, else in
// the middle by the alphabets.
func (s *Survey) middle(p *Probe, as alphabets) string {
	const aPage = 1500 // a page from the beginning leaves nothing, or less than a page
	until := s.bound(p)
	begin := commonPrefixLen(p.last, until)
	r := Range{After: p.last}
	if p.left < aPage && p.until != "" {
		return p.last
	}
	for _, as := range []alphabets{as, s.wide} {
		ruler := as.ruler(begin)
		last, end := ruler.place(p.last), ruler.place(until)
		if end <= last+1 {
			continue
		}
		at := strings.ToValidUTF8(ruler.key(until[:begin], last+(end-last)/2), "")
		if r.divides(at, until) {
			return at
		}
	}
	// The ruler is too coarse: as in Plan.split, half of what the page's keys agree in.
	at := p.last[:(begin+commonPrefixLen(p.first, p.last)+1)/2]
	for len(at) > begin && !utf8.ValidString(at) {
		at = at[:len(at)-1]
	}
	if at += maxRune; len(at) > begin+len(maxRune) && r.divides(at, until) {
		return at
	}
	if isKey(p.last) {
		return p.last
	}
	return ""
}

// unseen returns where to ask for bytes that no key was seen to have, and that no measure knows of:
// behind the last one that is known, where the gap behind p spans others, as all the capitals lie
// between 9 and a. It returns "" where the gap spans none.
func (s *Survey) unseen(p *Probe) string {
	until := s.bound(p)
	at := commonPrefixLen(p.last, until)
	if at >= min(len(p.last), len(until), len(s.seen)) || p.until != "" && until[at] == maxRune[0] {
		return "" // a guess of our own
	}
	to := until[at]
	if p.until == "" {
		to = utf8.RuneSelf
	}
	a := &s.seen[at]
	for c := int(to) - 2; c >= int(p.last[at]) && c < utf8.RuneSelf; c-- {
		if a.has(byte(c)) && !a.has(byte(c+1)) {
			key := p.last[:at] + string(rune(c)) + maxRune
			if r := (Range{After: p.last}); r.divides(key, until) {
				return key
			}
			break
		}
	}
	return ""
}

// A measure tells how far keys are apart, by the alphabets at their positions. Lengths are in
// logarithms to base 2: keys of a thousand bytes differ by less than a float64 holds.
type measure struct {
	as   alphabets
	unit []float64 // of what differs at a position first, the logarithm
}

func newMeasure(as alphabets) measure {
	m := measure{as, make([]float64, len(as)+1)}
	for i := range as {
		m.unit[i+1] = m.unit[i] - math.Log2(float64(as[i].base()))
	}
	return m
}

// length returns the logarithm of the distance from a to b, as a part of all the space.
func (m measure) length(a, b string) float64 {
	const least = 1e-15 // what a float64 tells from one
	at := min(commonPrefixLen(a, b), len(m.as))
	return math.Log2(max(least, m.as.fraction(b, at)-m.as.fraction(a, at))) + m.unit[at]
}

// estimate returns how many keys there are between p's page and until, where next begins, by the
// mean density of the two pages.
func (m measure) estimate(p, next *Probe, until string) float64 {
	gap := m.length(p.last, until)
	keys := math.Exp2(gap + m.density(p))
	if next != nil && next.count > 1 {
		keys = (keys + math.Exp2(gap+m.density(next))) / 2
	}
	const most = 1e15 // more than any bucket has
	return min(keys, most)
}

// density returns the logarithm of p's keys for each unit of length.
func (m measure) density(p *Probe) float64 {
	return math.Log2(float64(p.count)) - m.length(p.first, p.last)
}

// fraction reads key, from a position on, as a number from 0 to 1.
func (as alphabets) fraction(key string, from int) (sum float64) {
	scale := 1.0
	for i := from; i < min(len(as), len(key)) && scale > 1e-18; i++ {
		a := &as[i]
		digit := a.below(key[i])
		if a.end {
			digit++
		}
		scale /= float64(a.base())
		sum += float64(digit) * scale
		if !a.has(key[i]) {
			break
		}
	}
	return sum
}

// learnSpan adds the bytes of key, and what lies between them and others of their class.
func (as *alphabets) learnSpan(key string) {
	as.extend(key)
	for i := range min(len(key), maxKeyLen) {
		(*as)[i].span(key[i])
	}
}

func (a *alphabet) span(c byte) {
	if a.has(c) {
		return
	}
	a.add(c)
	for _, class := range [...][2]byte{{'0', '9'}, {'a', 'z'}, {'A', 'Z'}} {
		if c < class[0] || class[1] < c {
			continue
		}
		from, to := class[0], class[1]
		for !a.has(from) {
			from++
		}
		for !a.has(to) {
			to--
		}
		for b := from; b < to; b++ {
			a.add(b)
		}
	}
}

// hexadecimal returns the alphabets with the letters a to f added where digits stand before
// hexadecimal ones: the first of a hash's digits is one, too, where only 0 to 9 were seen so far.
func (as alphabets) hexadecimal() alphabets {
	var digits, letters alphabet
	for c := byte('0'); c <= '9'; c++ {
		digits.add(c)
	}
	for c := byte('a'); c <= 'f'; c++ {
		letters.add(c)
	}
	as = slices.Clone(as)
	follows := false
	for i := len(as) - 1; i >= 0; i-- {
		set := &as[i].set
		digit, letter, other := false, false, false
		for w, word := range set {
			digit = digit || word&digits.set[w] != 0
			letter = letter || word&letters.set[w] != 0
			other = other || word&^(digits.set[w]|letters.set[w]) != 0
		}
		if follows = digit && !other && (letter || follows); follows {
			for c := byte('a'); c <= 'f'; c++ {
				as[i].add(c)
			}
		}
	}
	return as
}
