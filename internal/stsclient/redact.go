package stsclient

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
)

// A redactor hides secrets in whatever came from outside, by content: any run of runLength
// characters of a secret, however it is cut, wrapped, escaped or encoded. A server that quotes all
// but the end of a token would otherwise give away what is missing by trying.
//
// Text and secrets are compared by their letters and digits alone, without case: separators, line
// breaks and quotes don't matter then, and escapes are undone first. Hashes of all runs of the
// secrets are kept, not the secrets. A false alarm needs runLength letters and digits in a row that
// are a secret's: that doesn't happen by chance.
type redactor struct {
	runs   map[uint64]struct{}
	filter [1 << 10]uint64 // bits of the hashes in runs: a cheap first look
	short  []string        // secrets with fewer letters and digits than a run: hidden as they are
}

const (
	runLength = 12
	shortest  = 8 // a secret that is shorter is in every text
	removed   = "[removed]"
)

// newRedactor returns one that hides secrets, and their usual encodings.
func newRedactor(secrets ...string) *redactor {
	r := &redactor{runs: map[uint64]struct{}{}}
	for _, secret := range secrets {
		r.hide(secret)
		r.hide(hex.EncodeToString([]byte(secret)))
		// Three alignments: a secret in the middle of what is encoded begins anywhere in a group.
		for skip := range min(3, len(secret)) {
			r.hide(base64.StdEncoding.EncodeToString([]byte(secret[skip:])))
		}
	}
	return r
}

func (r *redactor) hide(secret string) {
	long := false
	eachRun(secret, false, func(_, _ int, hash uint64) {
		long = true
		r.runs[hash] = struct{}{}
		r.filter[hash>>6%uint64(len(r.filter))] |= 1 << (hash & 63)
	})
	if !long && len(secret) >= shortest {
		r.short = append(r.short, secret)
	}
}

// text returns v without the secrets.
func (r *redactor) text(v string) string {
	for _, secret := range r.short {
		v = strings.ReplaceAll(v, secret, removed)
	}
	if len(r.runs) == 0 {
		return v
	}
	// As it stands first: what looks like an escape may be a secret with a percent sign in it.
	v = r.pass(v, false)
	if strings.ContainsAny(v, `%\&`) {
		v = r.pass(v, true)
	}
	return v
}

// pass hides what a text shows, as it stands or with escapes undone.
func (r *redactor) pass(v string, undo bool) string {
	var b strings.Builder
	copied, hidden := 0, 0 // v[:copied] is in b; v[copied:hidden] is to be hidden
	flush := func(upTo int) {
		if hidden > copied {
			b.WriteString(removed)
			copied = hidden
		}
		b.WriteString(v[copied:upTo])
		copied = upTo
	}
	eachRun(v, undo, func(from, to int, hash uint64) {
		if r.filter[hash>>6%uint64(len(r.filter))]&(1<<(hash&63)) == 0 {
			return
		}
		if _, secret := r.runs[hash]; !secret {
			return
		}
		// What is no letter is not compared: of base64 it is hidden along with its neighbours.
		for from > hidden && strings.IndexByte("+/", v[from-1]) >= 0 {
			from--
		}
		if from >= hidden {
			flush(from)
		}
		for hidden = to; hidden < len(v) && strings.IndexByte("+/=-_", v[hidden]) >= 0; {
			hidden++
		}
	})
	if hidden == 0 {
		return v
	}
	flush(hidden)
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
		r.hide(string(m[1]))
	}
}
