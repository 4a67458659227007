package s3readtest

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"time"
)

// deleteObject answers DeleteObject. An object that isn't there is deleted just as well.
func (c *call) deleteObject(b *bucket) (*answer, *failure) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if match := c.r.Header.Get("If-Match"); match != "" {
		newest := b.newest(c.key)
		if newest == nil || newest.marker || !matches(match, newest.ETag, true) {
			return nil, fail("PreconditionFailed", "Condition", "If-Match")
		}
	}
	gone := c.server.deleted(b, c.key, c.param("versionId"))
	a := newAnswer(http.StatusNoContent, nil)
	if gone.VersionID != "" {
		a.Header.Set("x-amz-version-id", gone.VersionID)
	}
	if gone.marker {
		a.Header.Set("x-amz-delete-marker", "true")
	}
	return a, nil
}

// deleted removes a version, or with no version named the object: in a bucket with versioning that
// puts a delete marker on it. It tells of the version that is gone, or of the marker that is new or
// gone. The caller holds mu.
func (s *Server) deleted(b *bucket, key, id string) version {
	switch {
	case id != "":
		return version{Object: Object{VersionID: id}, marker: b.removeVersion(key, id)}
	case b.Versioning || b.suspended:
		marker := &version{marker: true, Object: Object{
			Key: key, VersionID: s.versionID(b), LastModified: time.Now().UTC().Truncate(time.Second),
		}}
		b.push(marker)
		return version{Object: Object{VersionID: marker.VersionID}, marker: true}
	}
	b.remove(key)
	return version{}
}

// removeVersion removes one version for good, and reports whether it was a delete marker.
func (b *bucket) removeVersion(key, id string) (marker bool) {
	i, found := b.find(key)
	if !found {
		return false
	}
	kept, gone := b.newestOf(b.entries[i]).without(id)
	if kept == nil {
		b.remove(key)
	} else {
		b.entries[i].top = kept
	}
	return gone != nil && gone.marker
}

// A deletion is what the body of DeleteObjects asks for.
type deletion struct {
	XMLName xml.Name `xml:"Delete"`
	Quiet   bool
	Object  []struct {
		Key       string
		VersionID string `xml:"VersionId"`
	}
}

// deleteObjects answers DeleteObjects: at most a thousand, in a body whose integrity is told.
func (c *call) deleteObjects(b *bucket) (*answer, *failure) {
	p, f := c.payload()
	if f != nil {
		return nil, f
	}
	if p.algorithm == "" && c.r.Header.Get("Content-MD5") == "" {
		return nil, fail("InvalidRequest").
			withMessage("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
	}
	var asked deletion
	if xml.Unmarshal(p.data, &asked) != nil || len(asked.Object) == 0 || len(asked.Object) > 1000 {
		return nil, fail("MalformedXML")
	}
	body := []byte(xmlDeclaration + `<DeleteResult xmlns="` + xmlNamespace + `">`)
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	for _, o := range asked.Object {
		gone := c.server.deleted(b, o.Key, o.VersionID)
		if asked.Quiet {
			continue
		}
		body = append(body, "<Deleted>"...)
		body = appendElement(body, "Key", o.Key)
		if o.VersionID != "" {
			body = appendElement(body, "VersionId", o.VersionID)
		}
		if gone.marker {
			body = appendElement(body, "DeleteMarker", strconv.FormatBool(true))
			body = appendElement(body, "DeleteMarkerVersionId", gone.VersionID)
		}
		body = append(body, "</Deleted>"...)
	}
	return newXML(http.StatusOK, append(body, "</DeleteResult>"...)), nil
}
