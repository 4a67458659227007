package stsclient

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// A redactor hides secrets in whatever came from outside, by content: any run of runLength
// characters of a secret, however it is cut, wrapped, escaped or encoded. A server that quotes all
// but the end of a token would otherwise give away what is missing by trying.
//
// Text and secrets are compared by their letters and digits alone, without case: separators, line
// breaks and quotes don't matter then, and escapes are undone first. Where too few of a secret's
// characters are letters, its other ones count, too. Hashes of all runs of the secrets are kept, not
// the secrets. A false alarm needs runLength letters and digits in a row that are a secret's: that
// doesn't happen by chance.
type redactor struct {
	runs  *hashSet
	short []string // secrets with fewer letters and digits than a run: hidden as they are
}

const (
	// Any twelve characters of a token are to be hidden, and some of base64url's are no letters. Of
	// twelve, ten or more are letters and digits in 993 of 1,000; the others are sparse runs.
	runLength = 10
	shortest  = 8 // a secret that is shorter is in every text
	removed   = "[removed]"
)

// newRedactor returns one that hides secrets, and their usual encodings.
func newRedactor(secrets ...string) *redactor {
	all := 0
	for _, secret := range secrets {
		all += len(secret)
	}
	r := &redactor{runs: newHashSet(6 * all)} // plain, every second of the hexadecimal digits, and 3 times 4/3
	for _, secret := range secrets {
		r.hide(secret, 1)
		// From whole bytes on: what begins in the middle of one may be a neighbour's letter.
		r.hide(hex.EncodeToString([]byte(secret)), 2)
		// Three alignments: a secret in the middle of what is encoded begins anywhere in a group.
		for skip := range min(3, len(secret)) {
			r.hide(base64.StdEncoding.EncodeToString([]byte(secret[skip:])), 1)
		}
	}
	return r
}

// hide hides the runs of a secret that begin at each step-th of its characters.
func (r *redactor) hide(secret string, step int) {
	long := false
	add := func(from, _ int, hash uint64) {
		if from%step != 0 {
			return
		}
		long = true
		r.runs.add(hash)
	}
	eachRun(secret, add)
	eachSparseRun(secret, add)
	if !long && len(secret) >= shortest {
		r.short = append(r.short, secret)
	}
}

// text returns v without the secrets.
func (r *redactor) text(v string) string {
	for _, secret := range r.short {
		v = strings.ReplaceAll(v, secret, removed)
	}
	if r.runs.n == 0 {
		return v
	}
	var hidden []span
	for at, more, depth := plainly(v), true, 0; more && depth <= deepest; depth++ {
		hidden = r.find(hidden, at)
		at, more = at.unescaped()
	}
	return without(v, hidden)
}

// deepest is how many escapes around one another are undone: JSON in XML in a URL, and one more.
const deepest = 4

// A span is a part of a text.
type span struct{ from, to int }

// find adds the parts of a text that show a secret.
func (r *redactor) find(hidden []span, at shown) []span {
	look := func(from, to int, hash uint64) {
		if !r.runs.has(hash) {
			return
		}
		next := span{at.at(from), at.at(to)}
		if n := len(hidden); n > 0 && hidden[n-1].from <= next.from && next.from <= hidden[n-1].to {
			hidden[n-1].to = max(hidden[n-1].to, next.to)
			return
		}
		hidden = append(hidden, next)
	}
	eachRun(at.text, look)
	eachSparseRun(at.text, look)
	return hidden
}

// without returns a text without some of its parts.
func without(v string, hidden []span) string {
	if len(hidden) == 0 {
		return v
	}
	slices.SortFunc(hidden, func(a, b span) int { return a.from - b.from })
	var b strings.Builder
	copied, end := 0, 0 // v[:copied] is in b; what is up to end is hidden already
	for _, h := range hidden {
		// What is no letter is not compared: of base64 it is hidden along with its neighbours.
		for h.from > end && strings.IndexByte("+/", v[h.from-1]) >= 0 {
			h.from--
		}
		for h.to < len(v) && strings.IndexByte("+/=-_", v[h.to]) >= 0 {
			h.to++
		}
		if h.from > end || end == 0 {
			b.WriteString(v[copied:h.from] + removed)
		}
		end = max(end, h.to)
		copied = end
	}
	b.WriteString(v[copied:])
	return b.String()
}

// Redact removes secrets from a text that a server may have had a part in.
func Redact(text string, secrets ...string) string { return newRedactor(secrets...).text(text) }

// Every element of the credentials counts: what a decoder quotes of one may be another's value.
var secretElement = regexp.MustCompile(`<(?:AccessKeyId|SecretAccessKey|SessionToken|Expiration)>([^<]+)`)

// collect finds the secrets of an answer.
func (r *redactor) collect(a *Answer) {
	if a == nil {
		return
	}
	for _, m := range secretElement.FindAllSubmatch(a.body, -1) {
		r.hide(string(m[1]), 1)
	}
}
