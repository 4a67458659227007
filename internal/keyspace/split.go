package keyspace

import (
	"strings"
	"unicode/utf8"
)

// top follows every key that begins alike, save keys that hold the last of all characters. It bounds guesses, never
// what is listed.
const top = "\U0010FFFF"

// longest is what S3 takes for a key, in bytes.
const longest = 1024

// rungs is how many ranges the ladder makes at most. A long common start then takes a second step; more of them
// make more requests that find nothing.
const rungs = 8

// bound is where r ends, for measuring.
func (p *Plan) bound(r *Range) string {
	if r.until == "" {
		return p.prefix + top
	}
	return r.until
}

// estimate thinks of the rest of r as filled like its last page. The average of the range so far, or of the whole
// listing, would say nothing about a range that is mostly empty.
func (p *Plan) estimate(r *Range) {
	if r.left = 0; r.first == "" {
		return
	}
	until := p.bound(r)
	ruler := p.seen.ruler(common(r.first, until))
	first, last, end := ruler.at(r.first), ruler.at(r.After), ruler.at(until)
	switch {
	case end <= last:
	case last <= first:
		r.left = unmeasured
	default:
		r.left = float64(end-last) / float64(last-first)
	}
}

// split finds the middle of what remains of r: by the ruler, or where that is too coarse by how far keys agree with the
// last one.
func (p *Plan) split(r *Range) (string, bool) {
	until := p.bound(r)
	begin := common(r.After, until)
	ruler := p.seen.ruler(begin)
	last, end := ruler.at(r.After), ruler.at(until)
	if r.left < unmeasured && end > last+1 {
		at := strings.ToValidUTF8(ruler.key(until[:begin], last+(end-last)/2), "")
		if r.divides(at, until) {
			return at, true
		}
	}
	at := r.After[:(begin+common(r.first, r.After)+1)/2]
	for len(at) > begin && !utf8.ValidString(at) {
		at = at[:len(at)-1]
	}
	return at + top, len(at) > begin && r.divides(at+top, until)
}

// divides reports whether S3 takes at for a key, and it lies within r.
func (r *Range) divides(at, until string) bool {
	return r.After < at && at < until && len(at) <= longest && utf8.ValidString(at)
}

// ladder divides what follows the first page by how far keys agree with its last one: halving would lose a round trip
// for each character of a long common start.
func (p *Plan) ladder(r *Range) {
	bound := p.bound(r)
	var after []string // the farthest first
	for i := len(p.prefix); i < len(r.After); {
		_, size := utf8.DecodeRuneInString(r.After[i:])
		i += size
		if rung := r.After[:i] + top; r.divides(rung, bound) {
			after = append(after, rung)
			bound = rung
		}
	}
	steps := min(len(after), rungs)
	for i := range steps {
		next := &Range{After: after[(i+1)*len(after)/steps-1], until: r.until}
		r.until = next.After
		p.ranges = append(p.ranges, next)
		p.fresh = append(p.fresh, next)
	}
}

// common is the length of the longest common start.
func common(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
