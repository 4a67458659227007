package s3readtest

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// A listing is a request for a page of ListObjectsV2.
type listing struct {
	prefix, delimiter string
	startAfter        string
	marker            string // of ListObjects, which has it instead of the two
	token             string
	limit             int
	encode, owner     bool

	after position
}

// A position is a place in a listing: behind a key, or behind all keys with a prefix.
type position struct {
	name     string
	isPrefix bool
}

// A page is the content of an answer.
type page struct {
	keys     []entry
	prefixes []string
	last     position
	more     bool
}

// listObjects answers ListObjectsV2.
func (c *call) listObjects(b *bucket) (*answer, *failure) {
	if c.param("list-type") != "2" { // there has never been another
		return nil, c.notImplemented()
	}
	l, f := c.listing(b)
	if f != nil {
		return nil, f
	}
	c.server.mu.RLock()
	defer c.server.mu.RUnlock()
	var p page
	if b.directory() {
		p = l.unordered(b)
	} else {
		p = l.page(b)
	}
	a := newXML(http.StatusOK, c.pageXML(b, l, p))
	a.Header.Set("x-amz-bucket-region", b.Region)
	return a, nil
}

// listObjectsV1 answers ListObjects, the older form, whose pages begin behind the key, or the
// common prefix, that a marker names.
func (c *call) listObjectsV1(b *bucket) (*answer, *failure) {
	l, f := c.listing(b)
	if f != nil {
		return nil, f
	}
	l.marker, l.startAfter, l.after.name, l.owner = c.param("marker"), c.param("marker"), c.param("marker"), true
	c.server.mu.RLock()
	defer c.server.mu.RUnlock()
	var p page
	if b.directory() {
		return nil, fail("MethodNotAllowed")
	}
	p = l.page(b)
	a := newXML(http.StatusOK, c.pageXML(b, l, p))
	a.Header.Set("x-amz-bucket-region", b.Region)
	return a, nil
}

// listing reads and judges the request's parameters. S3 gives at most 1,000 keys a page, also where
// more are asked for. Directory buckets refuse what their order can't serve: S3 User Guide,
// "Differences for directory buckets".
func (c *call) listing(b *bucket) (*listing, *failure) {
	l := &listing{
		prefix: c.param("prefix"), delimiter: c.param("delimiter"), startAfter: c.param("start-after"),
		token:  c.param("continuation-token"),
		encode: c.param("encoding-type") == "url", owner: c.param("fetch-owner") == "true",
	}
	var f *failure
	if l.limit, f = c.limit("max-keys"); f != nil {
		return nil, f
	}
	if c.has("encoding-type") && !l.encode {
		return nil, fail("InvalidArgument", "ArgumentName", "encoding-type", "ArgumentValue", c.param("encoding-type")).
			withMessage("Invalid Encoding Method specified in Request")
	}
	if b.directory() {
		switch {
		case c.has("start-after"):
			return nil, fail("InvalidRequest").withMessage("StartAfter is not supported for directory buckets")
		case l.prefix != "" && !strings.HasSuffix(l.prefix, "/"):
			return nil, fail("InvalidRequest").withMessage("Prefixes must end in a delimiter for directory buckets")
		case l.delimiter != "" && l.delimiter != "/":
			return nil, fail("InvalidRequest").withMessage("Only / is supported as a delimiter for directory buckets")
		}
	}
	if !c.has("continuation-token") {
		l.after.name = l.startAfter
		return l, nil
	}
	after, ok := parsePosition(l.token)
	if !ok || !strings.HasPrefix(after.name, l.prefix) {
		return nil, badToken(l.token)
	}
	l.after = after
	return l, nil
}

// token is opaque to clients. Its bytes are changed so that nobody reads a key out of it, as nobody
// can out of S3's.
func (p position) token() string {
	b := make([]byte, 0, len(p.name)+2)
	b = append(b, 'k')
	if p.isPrefix {
		b[0] = 'p'
	}
	b = append(b, p.name...)
	b = append(b, '.')
	for i := range b {
		b[i] ^= 0xa5
	}
	return base64.StdEncoding.EncodeToString(b)
}

// parsePosition reads a token.
func parsePosition(token string) (position, bool) {
	b, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(b) < 3 {
		return position{}, false
	}
	for i := range b {
		b[i] ^= 0xa5
	}
	if b[0] != 'k' && b[0] != 'p' || b[len(b)-1] != '.' {
		return position{}, false
	}
	return position{string(b[1 : len(b)-1]), b[0] == 'p'}, true
}

// first is the index of the first entry that the page may hold.
func (l *listing) first(b *bucket) int {
	i, _ := b.find(l.prefix)
	if l.after.name == "" {
		return i
	}
	j, found := b.find(l.after.name)
	switch {
	case l.after.isPrefix:
		j = b.endOfPrefix(j, l.after.name)
	case found:
		j++
	}
	return max(i, j)
}

// page collects a page in the order of the keys' bytes.
func (l *listing) page(b *bucket) page {
	var p page
	if l.limit == 0 {
		return p
	}
	for i := l.first(b); i < len(b.entries) && strings.HasPrefix(b.entries[i].key, l.prefix); {
		e := b.entries[i]
		if !e.visible() {
			i++
			continue
		}
		common := l.commonPrefix(e.key)
		// A common prefix that StartAfter is in or behind is not listed again.
		if common != "" && common <= l.startAfter && l.token == "" {
			i = b.endOfPrefix(i, common)
			continue
		}
		if len(p.keys)+len(p.prefixes) == l.limit {
			p.more = true
			return p
		}
		if common == "" {
			p.keys = append(p.keys, e)
			p.last = position{name: e.key}
			i++
			continue
		}
		p.prefixes = append(p.prefixes, common)
		p.last = position{common, true}
		i = b.endOfPrefix(i, common)
	}
	return p
}

// commonPrefix is the prefix under which a key is listed with others, "" if it is listed itself.
func (l *listing) commonPrefix(key string) string {
	if l.delimiter == "" {
		return ""
	}
	before, _, found := strings.Cut(key[len(l.prefix):], l.delimiter)
	if !found {
		return ""
	}
	return key[:len(l.prefix)+len(before)+len(l.delimiter)]
}
