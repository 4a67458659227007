package s3readtest

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// nullVersion is the id of versions from before versioning, and from while it is suspended.
const nullVersion = "null"

// versionID is the id of a new version in a bucket, "" where there was never versioning. The caller
// holds mu.
func (s *Server) versionID(b *bucket) string {
	switch {
	case b.Versioning:
		return s.newVersionID()
	case b.suspended:
		return nullVersion
	}
	return ""
}

// newVersionID makes up a version ID. The caller holds mu.
func (s *Server) newVersionID() string {
	s.versions++
	sum := md5.Sum(fmt.Appendf(nil, "version %d", s.versions))
	return hex.EncodeToString(sum[:])
}

// A version is one version of an object, or a delete marker.
type version struct {
	Object
	marker bool
	older  *version

	whole    sync.Once // guards wholeSum
	wholeSum string
	wholeErr error
}

// is reports whether a version has this id.
func (v *version) is(id string) bool {
	return v.VersionID == id || v.VersionID == "" && id == nullVersion
}

// without is v and the versions before it but for one, and that one, nil where there is none.
func (v *version) without(id string) (kept, gone *version) {
	var last *version
	for ; v != nil; v = v.older {
		if v.is(id) {
			gone = v
			continue
		}
		same := &version{Object: v.Object, marker: v.marker}
		if last == nil {
			kept = same
		} else {
			last.older = same
		}
		last = same
	}
	return kept, gone
}

// keyVersion is the object of a key of PutKeys.
func keyVersion(key string, modified time.Time) *version {
	sum := md5.Sum([]byte(key))
	return &version{Object: Object{
		Key: key, Content: bytes.NewReader([]byte(key)), Size: int64(len(key)),
		ETag: `"` + hex.EncodeToString(sum[:]) + `"`, LastModified: modified,
		ContentType: "binary/octet-stream", StorageClass: types.StorageClassStandard,
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme, ChecksumType: types.ChecksumTypeFullObject,
	}}
}
