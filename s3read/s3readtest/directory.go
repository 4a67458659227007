package s3readtest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
	"time"
)

// unordered collects a page as a directory bucket does: each key and prefix once, in an order that
// S3 doesn't promise. Here it is that of a hash, which is never by accident that of the keys.
func (l *listing) unordered(b *bucket) page {
	type item struct {
		hash   uint64
		name   string
		prefix bool
		entry  entry
	}
	compare := func(x, y item) int {
		if x.hash != y.hash {
			return map[bool]int{true: -1, false: 1}[x.hash < y.hash]
		}
		return strings.Compare(x.name, y.name)
	}
	made := func(name string) item {
		h := fnv.New64a()
		_, _ = h.Write([]byte(name)) // never fails
		return item{hash: h.Sum64(), name: name}
	}
	var items []item
	for i, _ := b.find(l.prefix); i < len(b.entries) && strings.HasPrefix(b.entries[i].key, l.prefix); i++ {
		e := b.entries[i]
		if !e.visible() {
			continue
		}
		common := l.commonPrefix(e.key)
		it := made(e.key)
		if common != "" {
			it = made(common)
			i = b.endOfPrefix(i, common) - 1
		}
		it.prefix, it.entry = common != "", e
		if l.token == "" || compare(it, made(l.after.name)) > 0 {
			items = append(items, it)
		}
	}
	slices.SortFunc(items, compare)
	var p page
	p.more = l.limit > 0 && len(items) > l.limit
	for _, it := range items[:min(l.limit, len(items))] {
		if it.prefix {
			p.prefixes = append(p.prefixes, it.name)
		} else {
			p.keys = append(p.keys, it.entry)
		}
		p.last = position{it.name, it.prefix}
	}
	return p
}

// createSession gives out credentials for a directory bucket, valid for five minutes: S3 API
// reference, CreateSession.
func (c *call) createSession(b *bucket) (*answer, *failure) {
	if !b.directory() {
		return nil, c.notImplemented()
	}
	random := make([]byte, 16)
	_, _ = rand.Read(random) // never fails, by its documentation
	token := hex.EncodeToString(random)
	s := c.server
	s.mu.Lock()
	if s.sessions == nil {
		s.sessions = map[string]bool{}
	}
	s.sessions[token] = true
	s.mu.Unlock()

	body := fmt.Appendf(nil, `%s<CreateSessionResult xmlns="%s"><Credentials>`, xmlDeclaration, xmlNamespace)
	body = appendElement(body, "SessionToken", token)
	body = appendElement(body, "SecretAccessKey", "session-"+token)
	body = appendElement(body, "AccessKeyId", "SESSIONKEY")
	body = appendElement(body, "Expiration", time.Now().Add(5*time.Minute).UTC().Format(time.RFC3339))
	body = append(body, "</Credentials></CreateSessionResult>"...)
	return newXML(http.StatusOK, body), nil
}
