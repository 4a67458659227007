package s3readtest

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// bucketVersioning answers GetBucketVersioning: without a status where versioning never was on.
func (c *call) bucketVersioning(b *bucket) (*answer, *failure) {
	c.server.mu.RLock()
	defer c.server.mu.RUnlock()
	body := []byte(xmlDeclaration + `<VersioningConfiguration xmlns="` + xmlNamespace + `">`)
	switch {
	case b.Versioning:
		body = appendElement(body, "Status", "Enabled")
	case b.suspended:
		body = appendElement(body, "Status", "Suspended")
	}
	return newXML(http.StatusOK, append(body, "</VersioningConfiguration>"...)), nil
}

// putVersioning answers PutBucketVersioning, which turns it on or suspends it: it is never off
// again.
func (c *call) putVersioning(b *bucket) (*answer, *failure) {
	p, f := c.payload()
	if f != nil {
		return nil, f
	}
	var asked struct{ Status string }
	if xml.Unmarshal(p.data, &asked) != nil {
		return nil, fail("MalformedXML")
	}
	if asked.Status != "Enabled" && asked.Status != "Suspended" {
		return nil, fail("MalformedXML")
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	b.Versioning, b.suspended = asked.Status == "Enabled", asked.Status == "Suspended"
	return newAnswer(http.StatusOK, nil), nil
}

// listVersions answers ListObjectVersions: keys in the order of their bytes, of each the newest
// version first, in pages that begin behind a key, or behind one of its versions.
func (c *call) listVersions(b *bucket) (*answer, *failure) {
	limit, f := c.limit("max-keys")
	if f != nil {
		return nil, f
	}
	l := &listing{
		prefix: c.param("prefix"), delimiter: c.param("delimiter"), limit: limit,
		encode: c.param("encoding-type") == "url",
	}
	marker, markerID := c.param("key-marker"), c.param("version-id-marker")
	if markerID != "" && marker == "" {
		return nil, fail("InvalidArgument", "ArgumentName", "version-id-marker", "ArgumentValue", markerID).
			withMessage("A version-id marker cannot be specified without a key marker.")
	}
	c.server.mu.RLock()
	defer c.server.mu.RUnlock()
	w := versionsPage{l: l, limit: limit}
	i, _ := b.find(max(l.prefix, marker))
	for ; i < len(b.entries) && strings.HasPrefix(b.entries[i].key, l.prefix); i++ {
		e := b.entries[i]
		if common := l.commonPrefix(e.key); common != "" {
			if common > marker && !w.prefix(common) {
				break
			}
			i = b.endOfPrefix(i, common) - 1
			continue
		}
		if e.key < marker || e.key == marker && markerID == "" {
			continue
		}
		if !w.versions(b.newestOf(e), e.key == marker, markerID) {
			break
		}
	}
	body := w.xml(c, b, marker, markerID)
	a := newXML(http.StatusOK, body)
	a.Header.Set("x-amz-bucket-region", b.Region)
	return a, nil
}

// A versionsPage is a page while it is written.
type versionsPage struct {
	l        *listing
	limit    int
	items    []byte // Version and DeleteMarker, in order
	prefixes []string
	count    int
	last     string // key or prefix
	lastID   string
	more     bool
}

func (w *versionsPage) full() bool {
	w.more = w.more || w.count >= w.limit
	return w.more
}

func (w *versionsPage) prefix(common string) bool {
	if w.full() {
		return false
	}
	w.prefixes = append(w.prefixes, common)
	w.count++
	w.last, w.lastID = common, ""
	return true
}

// versions adds the versions of a key, of the marker's key those behind the marker's version.
func (w *versionsPage) versions(newest *version, atMarker bool, markerID string) bool {
	skip := atMarker
	for v := newest; v != nil; v = v.older {
		if skip {
			skip = !v.is(markerID)
			continue
		}
		if w.full() {
			return false
		}
		w.add(v, v == newest)
	}
	return true
}

func (w *versionsPage) add(v *version, latest bool) {
	w.count++
	id := v.VersionID
	if id == "" {
		id = nullVersion
	}
	w.last, w.lastID = v.Key, id
	name := "Version"
	if v.marker {
		name = "DeleteMarker"
	}
	b := append(w.items, "<"+name+">"...)
	b = w.l.element(b, "Key", v.Key)
	b = appendElement(b, "VersionId", id)
	b = appendElement(b, "IsLatest", strconv.FormatBool(latest))
	if v.marker {
		b = appendElement(b, "LastModified", v.LastModified.Format(timeFormat))
		b = append(b, "<Owner><ID>"+ownerID+"</ID></Owner>"...)
	} else {
		b = appendObject(b, nil, entry{key: v.Key, top: v}, true)
	}
	w.items = append(b, "</"+name+">"...)
}

func (w *versionsPage) xml(c *call, bk *bucket, marker, markerID string) []byte {
	l := w.l
	b := []byte(xmlDeclaration + `<ListVersionsResult xmlns="` + xmlNamespace + `">`)
	b = appendElement(b, "Name", bk.Name)
	b = l.element(b, "Prefix", l.prefix)
	b = l.element(b, "KeyMarker", marker)
	b = appendElement(b, "VersionIdMarker", markerID)
	if w.more && w.count > 0 {
		b = l.element(b, "NextKeyMarker", w.last)
		if w.lastID != "" {
			b = appendElement(b, "NextVersionIdMarker", w.lastID)
		}
	}
	b = appendElement(b, "MaxKeys", strconv.Itoa(l.limit))
	if l.delimiter != "" {
		b = l.element(b, "Delimiter", l.delimiter)
	}
	if l.encode {
		b = appendElement(b, "EncodingType", "url")
	}
	b = appendElement(b, "IsTruncated", strconv.FormatBool(w.more && w.count > 0))
	b = append(b, w.items...)
	for _, p := range slices.Clip(w.prefixes) {
		b = append(b, "<CommonPrefixes>"...)
		b = l.element(b, "Prefix", p)
		b = append(b, "</CommonPrefixes>"...)
	}
	return append(b, "</ListVersionsResult>"...)
}
