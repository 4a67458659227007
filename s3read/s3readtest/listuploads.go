package s3readtest

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// listUploads answers ListMultipartUploads, in pages of up to 1,000: in the order of keys, and of one
// key's uploads in the order in which they were initiated (S3 API reference, ListMultipartUploads,
// "Sorting of multipart uploads in response").
func (c *call) listUploads(b *bucket) (*answer, *failure) {
	l, f := c.listing(b)
	if f != nil {
		return nil, f
	}
	if l.limit, f = c.limit("max-uploads"); f != nil {
		return nil, f
	}
	marker, markerID := c.param("key-marker"), c.param("upload-id-marker")
	c.server.mu.RLock()
	defer c.server.mu.RUnlock()
	p := l.uploads(b, marker, markerID)
	body := []byte(xmlDeclaration + `<ListMultipartUploadsResult xmlns="` + xmlNamespace + `">`)
	body = appendElement(body, "Bucket", b.Name)
	body = l.element(body, "KeyMarker", marker)
	body = appendElement(body, "UploadIdMarker", markerID)
	if p.more {
		body = l.element(body, "NextKeyMarker", p.lastKey)
		body = appendElement(body, "NextUploadIdMarker", p.lastID)
	}
	body = l.element(body, "Prefix", l.prefix)
	if l.delimiter != "" {
		body = l.element(body, "Delimiter", l.delimiter)
	}
	if l.encode {
		body = appendElement(body, "EncodingType", "url")
	}
	body = appendElement(body, "MaxUploads", strconv.Itoa(l.limit))
	body = appendElement(body, "IsTruncated", strconv.FormatBool(p.more))
	for _, up := range p.uploads {
		body = append(body, "<Upload>"...)
		body = l.element(body, "Key", up.object.Key)
		body = appendElement(body, "UploadId", up.id)
		body = append(body, "<Initiator><ID>"+ownerID+"</ID></Initiator><Owner><ID>"+ownerID+"</ID></Owner>"...)
		body = appendElement(body, "StorageClass", string(up.object.withDefaults().StorageClass))
		body = appendElement(body, "Initiated", up.initiated.Format(timeFormat))
		body = append(body, "</Upload>"...)
	}
	for _, common := range p.prefixes {
		body = append(body, "<CommonPrefixes>"...)
		body = l.element(body, "Prefix", common)
		body = append(body, "</CommonPrefixes>"...)
	}
	return newXML(http.StatusOK, append(body, "</ListMultipartUploadsResult>"...)), nil
}

// An uploadsPage is the content of an answer of ListMultipartUploads.
type uploadsPage struct {
	uploads         []*upload
	prefixes        []string
	lastKey, lastID string // of the last upload; a prefix, and no id
	more            bool
}

// uploads collects the page behind a marker: a key, or a common prefix, and of that key's uploads
// the one with an id.
func (l *listing) uploads(b *bucket, marker, markerID string) (p uploadsPage) {
	sorted := slices.SortedFunc(maps.Values(b.uploads), func(x, y *upload) int {
		return cmp.Or(cmp.Compare(x.object.Key, y.object.Key), x.initiated.Compare(y.initiated), cmp.Compare(x.id, y.id))
	})
	behind := false // the marker's upload
	for _, up := range sorted {
		key := up.object.Key
		if !strings.HasPrefix(key, l.prefix) {
			continue
		}
		common := l.commonPrefix(key)
		if marker != "" && key == marker && common == "" {
			skip := !behind
			behind = behind || markerID != "" && up.id == markerID
			if skip {
				continue
			}
		}
		if marker != "" && key < marker || common != "" && (common <= marker || slices.Contains(p.prefixes, common)) {
			continue
		}
		if len(p.uploads)+len(p.prefixes) == l.limit {
			p.more = l.limit > 0
			return p
		}
		if common != "" {
			p.prefixes = append(p.prefixes, common)
			p.lastKey, p.lastID = common, ""
			continue
		}
		p.uploads = append(p.uploads, up)
		p.lastKey, p.lastID = key, up.id
	}
	return p
}
