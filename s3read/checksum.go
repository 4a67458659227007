package s3read

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"hash/crc32"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// An algorithm is one with which S3 stores a checksum of a whole object.
type algorithm struct {
	name string
	hash func() hash.Hash
	crc  *crcSpace // nil: sums of parts can't be joined
}

// algorithms are in the order of checksumOf's values: the cheapest first, among those that one object may have.
var algorithms = [...]algorithm{
	{"CRC64NVME", newCRC64NVME, &crcSpace{bits: 64, poly: nvmePoly}},
	{"CRC32C", func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }, &crcSpace{bits: 32, poly: crc32.Castagnoli}},
	{"CRC32", func() hash.Hash { return crc32.NewIEEE() }, &crcSpace{bits: 32, poly: crc32.IEEE}},
	{"SHA256", sha256.New, nil},
	{"SHA1", sha1.New, nil},
}

// A checksum is what S3 stored of a whole object. The zero checksum is none.
type checksum struct {
	*algorithm
	value string // base64
}

// checksumOf finds the checksum in an answer's values, which are in the order of algorithms. One that was made of the
// checksums of an upload's parts can't be checked without knowing the parts, and is none.
func checksumOf(kind types.ChecksumType, values ...*string) checksum {
	for i, value := range values {
		if value != nil && *value != "" && kind != types.ChecksumTypeComposite && !strings.Contains(*value, "-") {
			return checksum{&algorithms[i], *value}
		}
	}
	return checksum{}
}

// running returns a sum of the bytes still to come, nil if there is nothing to compare it with.
func (c checksum) running() *running {
	if c.algorithm == nil {
		return nil
	}
	return &running{want: c, hash: c.hash()}
}

// check compares a sum with the stored one.
func (c checksum) check(sum []byte) error {
	if got := base64.StdEncoding.EncodeToString(sum); got != c.value {
		return fmt.Errorf("%w: stored as %s %s, and what arrived has %s", ErrChecksum, c.name, c.value, got)
	}
	return nil
}

// running is the sum of an object's bytes from the first on. The nil running checks nothing.
type running struct {
	want checksum
	hash hash.Hash
	n    int64 // bytes summed
}

// add sums what p, which is at off in the object, adds to the bytes before. A gap is not an error; it ends the sum
// until reading comes back to it.
func (r *running) add(p []byte, off int64) {
	if r == nil || off > r.n || off+int64(len(p)) <= r.n {
		return
	}
	p = p[r.n-off:]
	_, _ = r.hash.Write(p) // a hash never fails
	r.n += int64(len(p))
}

// check compares the sum, if all size bytes went into it.
func (r *running) check(size int64) error {
	if r == nil || r.n != size {
		return nil
	}
	return r.want.check(r.hash.Sum(nil))
}
