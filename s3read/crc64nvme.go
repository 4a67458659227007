package s3read

import (
	"encoding/binary"
	"hash"
	"hash/crc64"
)

// CRC64NVME is S3's default checksum. hash/crc64 makes the tables for a polynomial that isn't its own anew for each
// Write; here they are made once, and two halves of a stretch are summed side by side, which doubles the rate again.

// nvmePoly is the polynomial of the NVM Express command set specification, bit-reversed.
const nvmePoly = 0x9a6c9329ac4bc9b5

// lane is how long each half of a stretch is.
const lane = 1024

var (
	nvme   [8][256]uint64 // nvme[n][b] is what byte b with n bytes behind it adds
	nvmeOn [8][256]uint64 // nvmeOn[n][b] is what byte n of a sum becomes by lane zero bytes
)

func init() {
	nvme[0] = *crc64.MakeTable(nvmePoly)
	for b := range 256 {
		for n := 1; n < 8; n++ {
			c := nvme[n-1][b]
			nvme[n][b] = nvme[0][byte(c)] ^ c>>8
		}
	}
	zeros := make([]byte, lane)
	for n := range 8 {
		for b := range 256 {
			if b&(b-1) == 0 { // the map is linear: single bits are enough
				nvmeOn[n][b] = nvmeSum(uint64(b)<<(8*n), zeros)
			} else {
				nvmeOn[n][b] = nvmeOn[n][b&(b-1)] ^ nvmeOn[n][b&-b]
			}
		}
	}
}

type crc64NVME uint64 // inverted

func newCRC64NVME() hash.Hash { c := ^crc64NVME(0); return &c }

func (c *crc64NVME) Write(p []byte) (int, error) {
	sum, rest := uint64(*c), p
	for len(rest) >= 2*lane {
		sum = nvmePair(sum, rest[:lane], rest[lane:2*lane])
		rest = rest[2*lane:]
	}
	*c = crc64NVME(nvmeSum(sum, rest))
	return len(p), nil
}

func (c *crc64NVME) Sum(b []byte) []byte { return binary.BigEndian.AppendUint64(b, ^uint64(*c)) }
func (c *crc64NVME) Reset()              { *c = ^crc64NVME(0) }
func (c *crc64NVME) Size() int           { return 8 }
func (c *crc64NVME) BlockSize() int      { return 1 }

// nvmeStep adds eight bytes, which were xored into c.
func nvmeStep(c uint64) uint64 {
	return nvme[7][byte(c)] ^ nvme[6][byte(c>>8)] ^ nvme[5][byte(c>>16)] ^ nvme[4][byte(c>>24)] ^
		nvme[3][byte(c>>32)] ^ nvme[2][byte(c>>40)] ^ nvme[1][byte(c>>48)] ^ nvme[0][byte(c>>56)]
}

func nvmeSum(c uint64, p []byte) uint64 {
	for len(p) >= 8 {
		c = nvmeStep(c ^ binary.LittleEndian.Uint64(p))
		p = p[8:]
	}
	for _, b := range p {
		c = nvme[0][byte(c)^b] ^ c>>8
	}
	return c
}

// nvmePair adds a and b, each a lane long, in one go.
func nvmePair(c uint64, a, b []byte) uint64 {
	var d uint64
	for len(a) >= 8 && len(b) >= 8 {
		c ^= binary.LittleEndian.Uint64(a)
		d ^= binary.LittleEndian.Uint64(b)
		c, d = nvmeStep(c), nvmeStep(d)
		a, b = a[8:], b[8:]
	}
	on := uint64(0)
	for n := range 8 {
		on ^= nvmeOn[n][byte(c>>(8*n))]
	}
	return on ^ d
}
