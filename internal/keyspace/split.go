package keyspace

import (
	"strings"
	"unicode/utf8"
)

// maxRune is the last of all characters. Appended to the start that some keys have in common it
// makes a key that follows all of them, unless they hold that character themselves. It bounds
// guesses, never what is listed. S3 orders keys by their UTF-8 bytes, which is the order of
// characters.
const maxRune = "\U0010FFFF"

// maxKeyLen is the longest key that S3 takes, in bytes of UTF-8 (S3 User Guide, Object key names).
const maxKeyLen = 1024

// maxRungs is how many ranges the ladder makes at most. More of them make more requests that find
// nothing; with fewer a key of many characters takes a second step.
const maxRungs = 8

// bound returns where r ends, for measuring. Where the listing ends nobody knows; it is somewhere
// before all keys with the prefix do.
func (p *Plan) bound(r *Range) string {
	if r.until == "" {
		return p.prefix + maxRune
	}
	return r.until
}

// estimate sets how many pages are left of r, if its rest is as dense as its last page. The average
// density of the range would be wrong where keys crowd: with 95 per cent of the keys in one tenant
// that range was never divided, and the listing ran on one worker.
func (p *Plan) estimate(r *Range) {
	if r.pagesLeft = 0; r.firstKey == "" {
		return
	}
	until := p.bound(r)
	ruler := p.seen.ruler(commonPrefixLen(r.firstKey, until))
	first, last, end := ruler.place(r.firstKey), ruler.place(r.After), ruler.place(until)
	switch {
	case end <= last:
	case last <= first:
		r.pagesLeft = assumedPages
	default:
		r.pagesLeft = float64(end-last) / float64(last-first)
	}
}

// split finds the middle of what is left of r: by the ruler, or, where that is too coarse, by
// halving the part of the last key in which keys agree. It reports false where there is no key
// between.
func (p *Plan) split(r *Range) (string, bool) {
	until := p.bound(r)
	begin := commonPrefixLen(r.After, until)
	ruler := p.seen.ruler(begin)
	last, end := ruler.place(r.After), ruler.place(until)
	if r.pagesLeft < assumedPages && end > last+1 {
		at := strings.ToValidUTF8(ruler.key(until[:begin], last+(end-last)/2), "")
		if r.divides(at, until) {
			return at, true
		}
	}
	// Not in the middle of a character: S3 takes only UTF-8.
	at := r.After[:(begin+commonPrefixLen(r.firstKey, r.After)+1)/2]
	for len(at) > begin && !utf8.ValidString(at) {
		at = at[:len(at)-1]
	}
	return at + maxRune, len(at) > begin && r.divides(at+maxRune, until)
}

// divides reports whether at lies within r, which ends at until, and is a key that S3 takes.
func (r *Range) divides(at, until string) bool {
	return r.After < at && at < until && isKey(at)
}

// isKey reports whether S3 takes key, which it does with or without an object of that name.
func isKey(key string) bool { return key != "" && len(key) <= maxKeyLen && utf8.ValidString(key) }

// ladder divides what follows the first page by how far keys agree with its last key: with a last
// key of a/b/c one range has the keys from there to the end of a/b/, one the rest of a/, one what
// follows a/, and so on at each character. Keys often have a long start in common (a date, a
// tenant), and halving would need a round trip for each character of it to find where they differ.
func (p *Plan) ladder(r *Range) {
	bound := p.bound(r)
	var after []string // where ranges may begin, the farthest first
	for i := len(p.prefix); i < len(r.After); {
		_, size := utf8.DecodeRuneInString(r.After[i:])
		i += size
		if rung := r.After[:i] + maxRune; r.divides(rung, bound) {
			after = append(after, rung)
			bound = rung
		}
	}
	// Evenly among the characters, where there are more of them than rungs.
	steps := min(len(after), maxRungs)
	for i := range steps {
		next := &Range{After: after[(i+1)*len(after)/steps-1], until: r.until}
		r.until = next.After
		p.ranges = append(p.ranges, next)
		p.unassigned = append(p.unassigned, next)
	}
}

// commonPrefixLen is the number of bytes in which a and b begin alike.
func commonPrefixLen(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
