package s3readtest

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// listBuckets answers ListBuckets. As S3 does, it tells a bucket's region only where a paging
// parameter or a filter is sent, and leaves out directory buckets, which have a list of their own.
func (c *call) listBuckets() (*answer, *failure) {
	limit, filtered := 10000, false
	for _, name := range []string{"max-buckets", "continuation-token", "prefix", "bucket-region"} {
		filtered = filtered || c.has(name)
	}
	if c.has("max-buckets") {
		n, err := strconv.Atoi(c.param("max-buckets"))
		if err != nil || n < 1 || n > 10000 {
			return nil, fail("InvalidArgument", "ArgumentName", "max-buckets", "ArgumentValue", c.param("max-buckets")).
				withMessage("Argument max-buckets must be an integer between 1 and 10000")
		}
		limit = n
	}
	after, err := base64.RawURLEncoding.DecodeString(c.param("continuation-token"))
	if err != nil {
		return nil, badToken(c.param("continuation-token"))
	}

	s := c.server
	s.mu.RLock()
	var buckets []Bucket
	for name, b := range s.buckets {
		if strings.HasPrefix(name, c.param("prefix")) && name > string(after) && !b.directory() &&
			(c.param("bucket-region") == "" || b.Region == c.param("bucket-region")) {
			buckets = append(buckets, b.Bucket)
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(buckets, func(x, y Bucket) int { return strings.Compare(x.Name, y.Name) })
	more := len(buckets) > limit
	buckets = buckets[:min(limit, len(buckets))]

	b := []byte(xmlDeclaration + `<ListAllMyBucketsResult xmlns="` + xmlNamespace + `">` +
		`<Owner><ID>` + ownerID + `</ID></Owner><Buckets>`)
	for _, bucket := range buckets {
		b = append(b, "<Bucket>"...)
		b = appendElement(b, "Name", bucket.Name)
		b = appendElement(b, "CreationDate", bucket.Created.Format(timeFormat))
		if filtered {
			b = appendElement(b, "BucketRegion", bucket.Region)
		}
		b = append(b, "</Bucket>"...)
	}
	b = append(b, "</Buckets>"...)
	if c.param("prefix") != "" {
		b = appendElement(b, "Prefix", c.param("prefix"))
	}
	if more {
		last := buckets[len(buckets)-1].Name
		b = appendElement(b, "ContinuationToken", base64.RawURLEncoding.EncodeToString([]byte(last)))
	}
	b = append(b, "</ListAllMyBucketsResult>"...)
	return newXML(http.StatusOK, b), nil
}

// ownerID is the canonical user ID of the owner of all.
const ownerID = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"

// badToken refuses a continuation token that the Server didn't give out.
func badToken(token string) *failure {
	return fail("InvalidArgument", "ArgumentName", "continuation-token", "ArgumentValue", token).
		withMessage("The continuation token provided is incorrect")
}
