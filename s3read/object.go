package s3read

import "time"

// An Object is one object of a bucket as S3 described it, or in a listing with a delimiter the
// common prefix of several.
type Object struct {
	Key          string
	Size         int64     // in bytes, as stored
	ETag         string    // with its quotes, as S3 sends it; identifies the content, but is not always its MD5
	VersionID    string    // empty in listings and where the bucket has no versioning
	StorageClass string    // empty where S3 leaves it out, which it does for STANDARD except in listings
	LastModified time.Time // whole seconds, except in listings
	IsPrefix     bool      // Key is a common prefix, and the other fields are zero

	// These are not part of a listing.
	ContentType        string
	ContentEncoding    string // for the caller to undo: bytes are delivered as stored
	ContentDisposition string
	ContentLanguage    string
	CacheControl       string
	Expires            time.Time         // until when caches may keep it; zero if that is not said, or no date
	Metadata           map[string]string // user metadata; keys in lower case, without x-amz-meta-
}
