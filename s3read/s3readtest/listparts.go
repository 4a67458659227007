package s3readtest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// listParts answers ListParts, in pages of up to 1,000.
func (c *call) listParts(b *bucket) (*answer, *failure) {
	limit, f := c.limit("max-parts")
	if f != nil {
		return nil, f
	}
	after, _ := strconv.Atoi(c.param("part-number-marker"))
	c.server.mu.RLock()
	defer c.server.mu.RUnlock()
	up, f := c.upload(b)
	if f != nil {
		return nil, f
	}
	numbers := slices.DeleteFunc(slices.Sorted(maps.Keys(up.parts)), func(n int) bool { return n <= after })
	more := len(numbers) > limit
	numbers = numbers[:min(limit, len(numbers))]
	body := []byte(xmlDeclaration + `<ListPartsResult xmlns="` + xmlNamespace + `">`)
	body = appendElement(body, "Bucket", b.Name)
	body = appendElement(body, "Key", c.key)
	body = appendElement(body, "UploadId", up.id)
	body = append(body, "<Owner><ID>"+ownerID+"</ID></Owner><Initiator><ID>"+ownerID+"</ID></Initiator>"...)
	body = appendElement(body, "StorageClass", "STANDARD")
	body = appendElement(body, "PartNumberMarker", strconv.Itoa(after))
	if more {
		body = appendElement(body, "NextPartNumberMarker", strconv.Itoa(numbers[len(numbers)-1]))
	}
	body = appendElement(body, "MaxParts", strconv.Itoa(limit))
	body = appendElement(body, "IsTruncated", strconv.FormatBool(more))
	for _, n := range numbers {
		p := up.parts[n]
		body = append(body, "<Part>"...)
		body = appendElement(body, "PartNumber", strconv.Itoa(n))
		body = appendElement(body, "LastModified", p.modified.Format(timeFormat))
		body = appendElement(body, "ETag", p.etag)
		body = appendElement(body, "Size", strconv.Itoa(len(p.data)))
		body = append(body, "</Part>"...)
	}
	return newXML(http.StatusOK, append(body, "</ListPartsResult>"...)), nil
}

// limit reads the size of a page: at most the Server's, also where more is asked for.
func (c *call) limit(name string) (int, *failure) {
	most := 1000
	if c.server.PageSize > 0 {
		most = min(most, c.server.PageSize)
	}
	if !c.has(name) {
		return most, nil
	}
	n, err := strconv.ParseInt(c.param(name), 10, 32)
	if err != nil || n < 0 {
		return 0, fail("InvalidArgument", "ArgumentName", name, "ArgumentValue", c.param(name)).
			withMessage("Argument %s must be an integer between 0 and 2147483647",
				strings.ReplaceAll(name, "max-keys", "maxKeys"))
	}
	return min(most, int(n)), nil
}
