package listxml

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// The names that the SDK knows, which it matches without regard to case. One of them in another case is not expected here.
var (
	pageNames = []string{"Contents", "CommonPrefixes", "Name", "Prefix", "Delimiter", "StartAfter", "ContinuationToken",
		"NextContinuationToken", "EncodingType", "IsTruncated", "KeyCount", "MaxKeys"}
	objectNames = []string{"Key", "LastModified", "ETag", "Size", "StorageClass", "ChecksumAlgorithm", "ChecksumType",
		"Owner", "RestoreStatus"}
	prefixNames = []string{"Prefix"}
)

// decode fills out and p from doc where doc is a complete ListBucketResult document of the plain kind that S3 and the
// stores like it send: no comments, no CDATA, no attributes below the root, no prefixed names, every known element
// well formed. It answers false where doc is anything else, a good document or a bad one: that is for others to tell.
// What it accepts it reads exactly as the SDK does.
func decode(doc []byte, out *s3.ListObjectsV2Output, p *Page) bool {
	// The element that says whether names are encoded may follow them. Nearly every server honours the request.
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

func (s *scanner) page(out *s3.ListObjectsV2Output, p *Page) bool {
	name, ok := s.root()
	ok = ok && s.children(name, func(name []byte, kind tagKind) bool {
		switch string(name) {
		case "Contents":
			return kind == start && s.object(name, p)
		case "CommonPrefixes":
			return kind == start && s.prefix(name, p)
		case "Name":
			return s.text(name, kind, &out.Name)
		case "Prefix":
			return s.text(name, kind, &out.Prefix)
		case "Delimiter":
			return s.text(name, kind, &out.Delimiter)
		case "StartAfter":
			return s.text(name, kind, &out.StartAfter)
		case "ContinuationToken":
			return s.text(name, kind, &out.ContinuationToken)
		case "NextContinuationToken":
			return s.text(name, kind, &out.NextContinuationToken)
		case "EncodingType":
			var t *string
			ok := s.text(name, kind, &t)
			out.EncodingType = types.EncodingType(*t)
			return ok
		case "IsTruncated":
			return s.bool(name, kind, &out.IsTruncated)
		case "KeyCount":
			return s.int32(name, kind, &out.KeyCount)
		case "MaxKeys":
			return s.int32(name, kind, &out.MaxKeys)
		}
		return s.skipUnknown(name, kind, pageNames)
	})
	s.space()
	if !ok || s.pos != len(s.doc) || out.IsTruncated == nil {
		return false
	}
	p.Truncated = *out.IsTruncated
	if out.NextContinuationToken != nil {
		p.Next = *out.NextContinuationToken
	}
	return true
}

// object reads the rest of a Contents element.
func (s *scanner) object(name []byte, p *Page) bool {
	var o Object
	var etag []byte
	s.key = s.key[:0]
	ok := s.children(name, func(name []byte, kind tagKind) (ok bool) {
		var v []byte
		switch string(name) {
		case "Key":
			ok = s.name(name, kind)
		case "LastModified":
			if v, ok = s.value(name, kind, nil); ok {
				o.LastModified, ok = dateTime(v)
			}
		case "ETag":
			etag, ok = s.value(name, kind, &s.etag)
		case "Size":
			if v, ok = s.value(name, kind, nil); ok {
				o.Size, ok = digits(v, 18)
			}
		case "StorageClass":
			if v, ok = s.value(name, kind, nil); ok {
				if string(v) != s.class {
					s.class = string(v)
				}
				o.StorageClass = s.class
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
	n := len(s.key)
	s.key = append(s.key, etag...)
	both := string(s.key)
	o.Key, o.ETag = both[:n], both[n:]
	p.Objects = append(p.Objects, o)
	return ok && n > 0
}

// prefix reads the rest of a CommonPrefixes element.
func (s *scanner) prefix(name []byte, p *Page) bool {
	s.key = s.key[:0]
	ok := s.children(name, func(name []byte, kind tagKind) bool {
		if string(name) == "Prefix" {
			return s.name(name, kind)
		}
		return s.skipUnknown(name, kind, prefixNames)
	})
	p.Prefixes = append(p.Prefixes, string(s.key))
	return ok && len(s.key) > 0
}

// skipUnknown skips an element that the SDK ignores, unless known holds its name in another case.
func (s *scanner) skipUnknown(name []byte, kind tagKind, known []string) bool {
	for _, k := range known {
		if strings.EqualFold(k, string(name)) {
			return false
		}
	}
	return s.skip(name, kind, 8)
}
