package s3readtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// attributes answers GetObjectAttributes with those that are asked for, which have to be some.
func (c *call) attributes(b *bucket) (*answer, *failure) {
	var asked []string
	for _, header := range c.r.Header.Values("x-amz-object-attributes") {
		for name := range strings.SplitSeq(header, ",") {
			asked = append(asked, strings.TrimSpace(name))
		}
	}
	known := types.ObjectAttributes("").Values()
	if len(asked) == 0 || slices.ContainsFunc(asked, func(name string) bool {
		return !slices.Contains(known, types.ObjectAttributes(name))
	}) {
		return nil, fail("InvalidArgument", "ArgumentName", "x-amz-object-attributes").
			withMessage("Invalid attribute name specified.")
	}
	c.server.mu.RLock()
	v, f := c.version(b)
	c.server.mu.RUnlock()
	if f == nil {
		f = wrongKey(c.r.Header, v.Object)
	}
	if f != nil {
		return nil, f
	}
	wants := func(a types.ObjectAttributes) bool { return slices.Contains(asked, string(a)) }
	body := []byte(xmlDeclaration + `<GetObjectAttributesResponse xmlns="` + xmlNamespace + `">`)
	if wants(types.ObjectAttributesEtag) {
		body = appendElement(body, "ETag", strings.Trim(v.ETag, `"`))
	}
	if wants(types.ObjectAttributesChecksum) && v.ChecksumAlgorithm != NoChecksum {
		sum, err := v.checksum()
		if err != nil {
			return nil, fail("InternalError").withMessage("read the content of %s: %v", v.Key, err)
		}
		sum, _, _ = strings.Cut(sum, "-") // the number of parts is told elsewhere here
		body = append(body, "<Checksum>"...)
		body = appendElement(body, "Checksum"+string(v.ChecksumAlgorithm), sum)
		body = appendElement(body, "ChecksumType", string(v.ChecksumType))
		body = append(body, "</Checksum>"...)
	}
	if wants(types.ObjectAttributesObjectParts) && v.parts() > 0 {
		body = append(body, "<ObjectParts>"...)
		body = appendElement(body, "PartsCount", strconv.FormatInt(v.parts(), 10))
		body = append(body, "</ObjectParts>"...)
	}
	if wants(types.ObjectAttributesStorageClass) {
		body = appendElement(body, "StorageClass", string(v.StorageClass))
	}
	if wants(types.ObjectAttributesObjectSize) {
		body = appendElement(body, "ObjectSize", strconv.FormatInt(v.Size, 10))
	}
	a := newXML(http.StatusOK, append(body, "</GetObjectAttributesResponse>"...))
	a.Header.Set("Last-Modified", v.LastModified.Format(http.TimeFormat))
	return v.tagged(a), nil
}
