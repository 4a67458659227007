// Package crc computes the checksums that S3 stores of a whole object.
//
// Most of them are CRCs, and a CRC of a whole follows from the CRCs of its parts: parts that are
// downloaded at the same time are summed where they arrive, and [Algorithm.Join] makes the sum of
// the object of theirs. No byte is hashed twice, and none has to arrive in order.
package crc

import (
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"hash/crc32"

	"github.com/minio/crc64nvme"
)

// An Algorithm computes one kind of checksum. It is immutable, and safe for concurrent use.
type Algorithm struct {
	name string
	hash func() hash.Hash
	ring *ring // nil: the sum of a whole does not follow from those of its parts
}

// The algorithms with which S3 stores checksums,
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html.
var (
	// CRC64NVME is S3's default. It is not one of hash/crc64's two polynomials, and for any other
	// that package builds its tables anew at each Write: 0.4 GB/s for writes of 1 KiB. minio's
	// implementation uses the processor's carry-less multiplication instead.
	CRC64NVME = &Algorithm{"CRC64NVME", func() hash.Hash { return crc64nvme.New() }, &ring{64, crc64nvme.NVME}}

	CRC32C = &Algorithm{"CRC32C", func() hash.Hash { return crc32.New(castagnoli) }, &ring{32, crc32.Castagnoli}}
	CRC32  = &Algorithm{"CRC32", func() hash.Hash { return crc32.NewIEEE() }, &ring{32, crc32.IEEE}}
	SHA256 = &Algorithm{"SHA256", sha256.New, nil}
	SHA1   = &Algorithm{"SHA1", sha1.New, nil}
)

// castagnoli is the table for which hash/crc32 uses the processor's CRC instructions.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// String is the name as S3 spells it: "CRC64NVME".
func (a *Algorithm) String() string { return a.name }

// New returns a hash of no bytes. Its Sum is what S3 stores, before base64: big-endian for a CRC.
func (a *Algorithm) New() hash.Hash { return a.hash() }

// Joins reports whether [Algorithm.Join] can be called: whether this is a CRC.
func (a *Algorithm) Joins() bool { return a.ring != nil }

// Join returns the sum of the bytes that have sum first, followed by the n bytes that have sum
// next. It takes some microseconds, however large n is.
func (a *Algorithm) Join(first, next []byte, n int64) []byte {
	return a.ring.encode(a.ring.join(a.ring.decode(first), a.ring.decode(next), n))
}
