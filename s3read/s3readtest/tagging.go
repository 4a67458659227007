package s3readtest

import (
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"unicode/utf8"
)

// A tagging is the document that tells an object's tags.
type tagging struct {
	XMLName xml.Name                      `xml:"Tagging"`
	Tags    []struct{ Key, Value string } `xml:"TagSet>Tag"`
}

// checkTags judges tags by S3's limits: ten, with keys of up to 128 and values of up to 256
// characters.
func checkTags(tags map[string]string) *failure {
	if len(tags) > 10 {
		return fail("BadRequest").withMessage("Object tags cannot be greater than 10")
	}
	for key, value := range tags {
		if key == "" || utf8.RuneCountInString(key) > 128 {
			return fail("InvalidTag", "TagKey", key).withMessage("The TagKey you have provided is invalid")
		}
		if utf8.RuneCountInString(value) > 256 {
			return fail("InvalidTag", "TagKey", key).withMessage("The TagValue you have provided is invalid")
		}
	}
	return nil
}

// getTagging answers GetObjectTagging.
func (c *call) getTagging(b *bucket) (*answer, *failure) {
	c.server.mu.RLock()
	defer c.server.mu.RUnlock()
	v, f := c.version(b)
	if f != nil {
		return nil, f
	}
	body := []byte(xmlDeclaration + `<Tagging xmlns="` + xmlNamespace + `"><TagSet>`)
	for _, key := range slices.Sorted(maps.Keys(v.Tags)) {
		body = append(body, "<Tag>"...)
		body = appendElement(body, "Key", key)
		body = appendElement(body, "Value", v.Tags[key])
		body = append(body, "</Tag>"...)
	}
	return v.tagged(newXML(http.StatusOK, append(body, "</TagSet></Tagging>"...))), nil
}

// putTagging answers PutObjectTagging, which replaces all tags of a version.
func (c *call) putTagging(b *bucket) (*answer, *failure) {
	p, f := c.payload()
	if f != nil {
		return nil, f
	}
	var asked tagging
	if xml.Unmarshal(p.data, &asked) != nil {
		return nil, fail("MalformedXML")
	}
	tags := map[string]string{}
	for _, t := range asked.Tags {
		if _, twice := tags[t.Key]; twice {
			return nil, fail("InvalidTag", "TagKey", t.Key).
				withMessage("Cannot provide multiple Tags with the same key")
		}
		tags[t.Key] = t.Value
	}
	if f := checkTags(tags); f != nil {
		return nil, f
	}
	return c.setTags(b, http.StatusOK, tags)
}

// deleteTagging answers DeleteObjectTagging.
func (c *call) deleteTagging(b *bucket) (*answer, *failure) {
	return c.setTags(b, http.StatusNoContent, nil)
}

func (c *call) setTags(b *bucket, status int, tags map[string]string) (*answer, *failure) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	v, f := c.version(b)
	if f != nil {
		return nil, f
	}
	v.Tags = tags // a key of PutKeys has no version to keep them: tests of listings need none
	return v.tagged(newAnswer(status, nil)), nil
}

func (v *version) tagged(a *answer) *answer {
	if v.VersionID != "" {
		a.Header.Set("x-amz-version-id", v.VersionID)
	}
	return a
}
