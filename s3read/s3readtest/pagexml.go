package s3readtest

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// pageXML writes a page of ListObjectsV2 with its elements in S3's order. It is written by hand,
// since benchmarks share their processors with it.
func (c *call) pageXML(bk *bucket, l *listing, p page) []byte {
	b := make([]byte, 0, 1024+320*len(p.keys)+100*len(p.prefixes))
	b = append(b, xmlDeclaration+`<ListBucketResult xmlns="`+xmlNamespace+`">`...)
	b = appendElement(b, "Name", bk.Name)
	b = l.element(b, "Prefix", l.prefix)
	if c.op.name == "ListObjects" {
		b = c.appendMarkers(b, l, p)
	} else {
		b = c.appendTokens(b, l, p)
	}
	b = appendElement(b, "MaxKeys", strconv.Itoa(l.limit))
	if l.delimiter != "" {
		b = l.element(b, "Delimiter", l.delimiter)
	}
	if l.encode {
		b = appendElement(b, "EncodingType", "url")
	}
	b = appendElement(b, "IsTruncated", strconv.FormatBool(p.more || c.plan.NoToken))
	for i := range p.keys {
		if c.plan.Unsorted {
			i = len(p.keys) - 1 - i
		}
		b = append(b, "<Contents>"...)
		b = l.element(b, "Key", p.keys[i].key)
		b = appendObject(b, bk, p.keys[i], l.owner)
		b = append(b, "</Contents>"...)
	}
	for i := range p.prefixes {
		if c.plan.Unsorted {
			i = len(p.prefixes) - 1 - i
		}
		b = append(b, "<CommonPrefixes>"...)
		b = l.element(b, "Prefix", p.prefixes[i])
		b = append(b, "</CommonPrefixes>"...)
	}
	return append(b, "</ListBucketResult>"...)
}

// appendTokens appends what ListObjectsV2 tells of where the page is.
func (c *call) appendTokens(b []byte, l *listing, p page) []byte {
	if p.more && !c.plan.NoToken {
		b = appendElement(b, "NextContinuationToken", p.last.token())
	}
	if l.token != "" {
		b = appendElement(b, "ContinuationToken", l.token)
	}
	if l.startAfter != "" {
		b = l.element(b, "StartAfter", l.startAfter)
	}
	return appendElement(b, "KeyCount", strconv.Itoa(len(p.keys)+len(p.prefixes)))
}

// appendMarkers does so for ListObjects. Without a delimiter the last key is the next marker: "This
// element is returned only if you have the delimiter request parameter specified" (S3 API
// reference, ListObjects).
func (c *call) appendMarkers(b []byte, l *listing, p page) []byte {
	b = l.element(b, "Marker", l.marker)
	if p.more && !c.plan.NoToken && l.delimiter != "" {
		b = l.element(b, "NextMarker", p.last.name)
	}
	return b
}

// element appends an element whose text is encoded as the request asks.
func (l *listing) element(b []byte, name, value string) []byte {
	b = append(b, '<')
	b = append(b, name...)
	b = append(b, '>')
	if l.encode {
		b = appendURLEncoded(b, value)
	} else {
		b = appendText(b, value)
	}
	b = append(b, "</"...)
	b = append(b, name...)
	return append(b, '>')
}

// appendObject appends what a listing tells of an object besides its key.
func appendObject(b []byte, bk *bucket, e entry, owner bool) []byte {
	var modified time.Time
	if e.top == nil {
		modified = bk.Created
	}
	size, class := int64(len(e.key)), types.StorageClassStandard
	algorithm, kind := types.ChecksumAlgorithmCrc64nvme, types.ChecksumTypeFullObject
	if e.top != nil {
		modified, size, class = e.top.LastModified, e.top.Size, e.top.StorageClass
		algorithm, kind = e.top.ChecksumAlgorithm, e.top.ChecksumType
	}
	b = append(b, "<LastModified>"...)
	b = modified.AppendFormat(b, timeFormat)
	b = append(b, "</LastModified><ETag>"...)
	if e.top != nil {
		b = appendText(b, e.top.ETag)
	} else {
		sum := md5.Sum([]byte(e.key))
		b = append(b, "&quot;"...)
		b = hex.AppendEncode(b, sum[:])
		b = append(b, "&quot;"...)
	}
	b = append(b, "</ETag>"...)
	if algorithm != NoChecksum {
		b = append(b, "<ChecksumAlgorithm>"...)
		b = append(b, algorithm...)
		b = append(b, "</ChecksumAlgorithm><ChecksumType>"...)
		b = append(b, kind...)
		b = append(b, "</ChecksumType>"...)
	}
	b = append(b, "<Size>"...)
	b = strconv.AppendInt(b, size, 10)
	b = append(b, "</Size>"...)
	if owner {
		b = append(b, "<Owner><ID>"+ownerID+"</ID></Owner>"...)
	}
	b = append(b, "<StorageClass>"...)
	b = append(b, class...)
	return append(b, "</StorageClass>"...)
}
