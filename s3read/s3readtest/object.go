package s3readtest

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"io"
	"maps"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// An Object is what PutObject stores. Only Key is needed.
type Object struct {
	Key string

	Body    []byte      // the bytes; not to be changed afterwards
	Content io.ReaderAt // instead of Body: Size bytes that are read when they are asked for
	Size    int64       // of Content; set from Body otherwise

	// PartSize makes it an object of a multipart upload in parts this large: its ETag ends with "-"
	// and the number of parts, and they can be asked for by number. Zero: put in one piece.
	PartSize int64

	// ETag is sent as it is, quotes included, so that it can be weak: `W/"x"`. Default: as S3 makes
	// it, from the MD5 of the content; for Content, which is not read for it, of the size and the
	// time.
	ETag         string
	VersionID    string    // default: made up in a bucket with versioning, else none
	LastModified time.Time // in whole seconds; default: now

	ContentType        string // default binary/octet-stream, as S3's
	ContentEncoding    string
	CacheControl       string
	ContentDisposition string
	ContentLanguage    string
	Expires            string            // a date, in the form in which the header has it
	Metadata           map[string]string // names without x-amz-meta-

	// StorageClass GLACIER and DEEP_ARCHIVE refuse to be read. Default STANDARD.
	StorageClass types.StorageClass

	// ChecksumAlgorithm is the one that is sent with ChecksumMode ENABLED. Default CRC64NVME, which
	// S3 computes by itself; NoChecksum: none, as for an object from before that.
	ChecksumAlgorithm types.ChecksumAlgorithm
	// ChecksumType COMPOSITE makes the checksum of an object with PartSize one of its parts'
	// checksums. Default FULL_OBJECT; SHA1 and SHA256 of parts are always COMPOSITE.
	ChecksumType types.ChecksumType

	Tags map[string]string // at most ten

	// SSECustomerKey is needed to read the object (SSE-C): 32 bytes. Nil: none. Writes with one are
	// not implemented.
	SSECustomerKey []byte

	sizes []int64 // of the parts, where they were uploaded one by one
}

// NoChecksum is the ChecksumAlgorithm of an Object that was stored without any.
const NoChecksum types.ChecksumAlgorithm = "NONE"

// Put stores an object, in a new bucket in the Server's region if there is none with that name, and
// returns it as it was stored.
func (s *Server) Put(bucket, key, body string) Object {
	return s.PutObject(bucket, Object{Key: key, Body: []byte(body)})
}

// PutObject is Put for an object with more to it than a key and a body. It panics on a key that S3
// doesn't take: an empty one, one above 1024 bytes or not UTF-8.
func (s *Server) PutObject(bucket string, o Object) Object {
	if !legalKey(o.Key) {
		panic(fmt.Sprintf("s3readtest: put %q: not a key", o.Key))
	}
	o = o.withDefaults()
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.madeBucket(bucket)
	if o.VersionID == "" {
		o.VersionID = s.versionID(b)
	}
	b.push(&version{Object: o})
	return o
}

// withDefaults is the object with all that S3 sets where nothing is said.
func (o Object) withDefaults() Object {
	if o.Content == nil {
		o.Content, o.Size = bytes.NewReader(o.Body), int64(len(o.Body))
	}
	if o.LastModified.IsZero() {
		o.LastModified = time.Now()
	}
	o.LastModified = o.LastModified.UTC().Truncate(time.Second)
	if o.ETag == "" {
		o.ETag = etag(o)
	}
	if o.ContentType == "" {
		o.ContentType = "binary/octet-stream"
	}
	if o.StorageClass == "" {
		o.StorageClass = types.StorageClassStandard
	}
	if o.ChecksumAlgorithm == "" {
		o.ChecksumAlgorithm = types.ChecksumAlgorithmCrc64nvme
	}
	if o.ChecksumType == "" {
		o.ChecksumType = types.ChecksumTypeFullObject
	}
	if o.parts() > 0 && !linear(o.ChecksumAlgorithm) {
		o.ChecksumType = types.ChecksumTypeComposite
	}
	o.Metadata, o.Tags = maps.Clone(o.Metadata), maps.Clone(o.Tags)
	return o
}

// PutKeys stores an object for each of the keys, whose content is the key itself, as cheaply as is
// possible, for listings of millions. A key that is there already keeps its object.
func (s *Server) PutKeys(bucket string, keys ...string) {
	for _, key := range keys {
		if !legalKey(key) {
			panic(fmt.Sprintf("s3readtest: put %q: not a key", key))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.madeBucket(bucket).addKeys(keys)
}

// Delete removes an object, or in a bucket with versioning puts a delete marker on it. A bucket or
// an object that doesn't exist is no error.
func (s *Server) Delete(bucket, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[bucket]
	if b != nil {
		s.deleted(b, key, "")
	}
}

// maxKey is how many bytes a key can have: S3 User Guide, "Naming objects".
const maxKey = 1024

// legalKey reports whether S3 accepts a key: 1 to 1024 bytes of UTF-8 (S3 User Guide, "Naming
// objects").
func legalKey(key string) bool {
	return key != "" && len(key) <= maxKey && utf8.ValidString(key)
}

// parts is the number of parts of the upload, 0 for an object put in one piece.
func (o *Object) parts() int64 {
	if o.sizes != nil || o.PartSize <= 0 {
		return int64(len(o.sizes))
	}
	return max(1, (o.Size+o.PartSize-1)/o.PartSize)
}

// part returns where a part of the upload begins and how long it is.
func (o *Object) part(number int64) (offset, length int64) {
	if o.sizes != nil {
		for _, size := range o.sizes[:number-1] {
			offset += size
		}
		return offset, o.sizes[number-1]
	}
	offset = (number - 1) * o.PartSize
	return offset, min(o.PartSize, o.Size-offset)
}

// etag is the ETag that S3 makes: the MD5 of the content, and for a multipart upload the MD5 of the
// parts' MD5s with the number of parts.
func etag(o Object) string {
	var sum [md5.Size]byte
	switch {
	case o.Body == nil && o.Size > 0:
		sum = md5.Sum(fmt.Appendf(nil, "%s %d %d", o.Key, o.Size, o.LastModified.UnixNano()))
	case o.parts() > 0:
		var sums []byte
		for n := range o.parts() {
			offset, length := o.part(n + 1)
			part := md5.Sum(o.Body[offset : offset+length])
			sums = append(sums, part[:]...)
		}
		sum = md5.Sum(sums)
	default:
		sum = md5.Sum(o.Body)
	}
	if n := o.parts(); n > 0 {
		return fmt.Sprintf(`"%x-%d"`, sum, n)
	}
	return fmt.Sprintf(`"%x"`, sum)
}
