package conformance

import (
	"bytes"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A Bucket is one that has to be there before the cases run.
type Bucket struct {
	Name       string
	Versioning bool
	Puts       []Put // in this order
}

// A Put stores an object, or deletes it.
type Put struct {
	Key             string
	Body            []byte
	PartSize        int64 // of a multipart upload; 0: in one piece
	ContentType     string
	ContentEncoding string
	Metadata        map[string]string
	Checksum        types.ChecksumAlgorithm
	ChecksumType    types.ChecksumType
	Delete          bool
}

const (
	listBucket    = "conformance-list"
	readBucket    = "conformance-read"
	versionBucket = "conformance-versions"
	clashBucket   = "conformance-clash"

	suspendedBucket = "conformance-suspended"
)

// keys are names that clients get wrong, in the order of their UTF-8 bytes. The order of UTF-16
// would have the last two the other way round.
var keys = []string{
	"a b", "a+b", "a/1", "a/2/x", "a/2/y", "a/3", "a=b&c", "b-c/1", "b/", "b/%41",
	"quoted \"<&>'", "z\x08control", "é", "日本語", "\ufffd", "😀",
}

// multipart is content of two parts. S3 and MinIO want every part but the last to have at least 5
// MiB.
var multipart = bytes.Repeat([]byte("irsa-go "), (partSize+80)/8)

const partSize = 5 << 20

// Buckets returns the buckets that the cases need.
func Buckets() []Bucket {
	list := Bucket{Name: listBucket}
	for _, key := range keys {
		list.Puts = append(list.Puts, Put{Key: key, Body: []byte(strings.Repeat("x", len(key)))})
	}
	for i := range list.Puts {
		if strings.HasSuffix(list.Puts[i].Key, "/") {
			list.Puts[i].Body = nil // a folder, as consoles make them
		}
	}
	return []Bucket{
		list,
		{Name: readBucket, Puts: []Put{
			{
				Key: "digits", Body: []byte("0123456789"), ContentType: "text/plain", ContentEncoding: "identity",
				Metadata: map[string]string{"team": "data"}, Checksum: types.ChecksumAlgorithmCrc64nvme,
			},
			{Key: "empty", Body: []byte{}, ContentType: "text/plain", Checksum: types.ChecksumAlgorithmSha256},
			{
				Key: "parts", Body: multipart, PartSize: partSize, ContentType: "application/x-parts",
				Checksum: types.ChecksumAlgorithmCrc64nvme, ChecksumType: types.ChecksumTypeFullObject,
			},
			{
				Key: "composite", Body: multipart, PartSize: partSize, ContentType: "application/x-parts",
				Checksum: types.ChecksumAlgorithmSha256, ChecksumType: types.ChecksumTypeComposite,
			},
		}},
		{Name: versionBucket, Versioning: true, Puts: []Put{
			{Key: "kept", Body: []byte("first")},
			{Key: "kept", Body: []byte("second"), ContentType: "text/plain"},
			{Key: "deleted", Body: []byte("gone")},
			{Key: "deleted", Delete: true},
		}},
		{Name: writeBucket},
		{Name: suspendedBucket, Versioning: true},
		{Name: clashBucket, Puts: []Put{{Key: "key", Body: []byte("a")}, {Key: "key/sub", Body: []byte("b")}}},
	}
}
