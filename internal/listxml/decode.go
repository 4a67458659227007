package listxml

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// The elements that the SDK's decoder knows. It matches their names without regard to case, ours
// with regard to it; one of these in another case is therefore left to the SDK.
var (
	pageNames = []string{"Contents", "CommonPrefixes", "Name", "Prefix", "Delimiter", "StartAfter", "ContinuationToken",
		"NextContinuationToken", "EncodingType", "IsTruncated", "KeyCount", "MaxKeys"}
	objectNames = []string{"Key", "LastModified", "ETag", "Size", "StorageClass", "ChecksumAlgorithm", "ChecksumType",
		"Owner", "RestoreStatus"}
	prefixNames = []string{"Prefix"}
)

// decode fills out and p from doc, where doc is a complete ListBucketResult document of the plain
// kind that S3 and the stores like it send: no comments, no CDATA, no attributes below the root, no
// prefixed names, every known element well formed. It returns false for every other document,
// valid or not, which the SDK's decoder then reads.
//
// out gets everything but the entries, for middleware of the caller that looks at the output; the
// entries go to p alone.
func decode(doc []byte, out *s3.ListObjectsV2Output, p *Page) bool {
	// The element that says whether names are encoded may follow the names. Nearly every server
	// encodes them as asked, so the second pass is rare.
	for _, encoded := range []bool{true, false} {
		*out = s3.ListObjectsV2Output{}
		p.reset()
		s := scanner{doc: doc, encoded: encoded}
		if s.page(out, p) && (out.EncodingType == types.EncodingTypeUrl) == encoded {
			return true
		}
	}
	p.reset()
	return false
}

// page reads the whole document.
func (s *scanner) page(out *s3.ListObjectsV2Output, p *Page) bool {
	name, ok := s.root()
	ok = ok && s.eachChild(name, func(name []byte, kind tagKind) bool {
		switch string(name) {
		case "Contents":
			return kind == start && s.object(name, p)
		case "CommonPrefixes":
			return kind == start && s.prefix(name, p)
		case "Name":
			return s.stringLeaf(name, kind, &out.Name)
		case "Prefix":
			return s.stringLeaf(name, kind, &out.Prefix)
		case "Delimiter":
			return s.stringLeaf(name, kind, &out.Delimiter)
		case "StartAfter":
			return s.stringLeaf(name, kind, &out.StartAfter)
		case "ContinuationToken":
			return s.stringLeaf(name, kind, &out.ContinuationToken)
		case "NextContinuationToken":
			return s.stringLeaf(name, kind, &out.NextContinuationToken)
		case "EncodingType":
			var t *string
			ok := s.stringLeaf(name, kind, &t)
			out.EncodingType = types.EncodingType(*t)
			return ok
		case "IsTruncated":
			return s.boolLeaf(name, kind, &out.IsTruncated)
		case "KeyCount":
			return s.int32Leaf(name, kind, &out.KeyCount)
		case "MaxKeys":
			return s.int32Leaf(name, kind, &out.MaxKeys)
		}
		return s.skipUnknown(name, kind, pageNames)
	})
	s.skipSpace()
	// Content after the root is no part of the document, and IsTruncated is in every page.
	if !ok || s.pos != len(s.doc) || out.IsTruncated == nil {
		return false
	}
	p.Truncated = *out.IsTruncated
	if out.NextContinuationToken != nil {
		p.Next = *out.NextContinuationToken
	}
	return true
}

// object reads the children of a Contents element, and its end tag.
func (s *scanner) object(name []byte, p *Page) bool {
	var o Object
	var etag []byte
	s.name = s.name[:0]
	ok := s.eachChild(name, func(name []byte, kind tagKind) (ok bool) {
		var v []byte
		switch string(name) {
		case "Key":
			ok = s.nameLeaf(name, kind)
		case "LastModified":
			if v, ok = s.leaf(name, kind, nil); ok {
				o.LastModified, ok = dateTime(v)
			}
		case "ETag":
			etag, ok = s.leaf(name, kind, &s.etagBuf)
		case "Size":
			if v, ok = s.leaf(name, kind, nil); ok {
				o.Size, ok = digits(v, 18)
			}
		case "StorageClass":
			if v, ok = s.leaf(name, kind, nil); ok {
				// The comparison doesn't allocate, the conversion does: one string for all the
				// keys in a row that have the same class.
				if string(v) != s.storageClass {
					s.storageClass = string(v)
				}
				o.StorageClass = s.storageClass
			}
		case "ChecksumAlgorithm", "ChecksumType":
			ok = s.skip(name, kind, 1)
		case "Owner":
			ok = s.skip(name, kind, 2)
		default:
			ok = s.skipUnknown(name, kind, objectNames)
		}
		return ok
	})
	n := len(s.name)
	s.name = append(s.name, etag...) // one string for both, see Object
	both := string(s.name)
	o.Key, o.ETag = both[:n], both[n:]
	p.Objects = append(p.Objects, o)
	return ok && n > 0
}

// prefix reads the children of a CommonPrefixes element, and its end tag.
func (s *scanner) prefix(name []byte, p *Page) bool {
	s.name = s.name[:0]
	ok := s.eachChild(name, func(name []byte, kind tagKind) bool {
		if string(name) == "Prefix" {
			return s.nameLeaf(name, kind)
		}
		return s.skipUnknown(name, kind, prefixNames)
	})
	p.Prefixes = append(p.Prefixes, string(s.name))
	return ok && len(s.name) > 0
}

// skipUnknown skips an element that the SDK ignores, such as a store's own extension. It returns
// false where known has its name in another case: that one the SDK does not ignore.
func (s *scanner) skipUnknown(name []byte, kind tagKind, known []string) bool {
	for _, k := range known {
		if strings.EqualFold(k, string(name)) {
			return false
		}
	}
	return s.skip(name, kind, 8)
}
