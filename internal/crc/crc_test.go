package crc

import (
	"hash/crc64"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sumOf is the sum of p, in one Write.
func sumOf(a *Algorithm, p []byte) []byte {
	h := a.New()
	_, _ = h.Write(p) // a hash never fails
	return h.Sum(nil)
}

func TestCRC64NVME(t *testing.T) {
	t.Run("has the check value of the NVM Express specification", func(t *testing.T) {
		h := CRC64NVME.New()
		_, err := h.Write([]byte("123456789"))
		require.NoError(t, err)
		assert.Equal(t, []byte{0xae, 0x8b, 0x14, 0x86, 0x0a, 0x79, 0x98, 0x88}, h.Sum(nil))
		h.Reset()
		assert.Equal(t, make([]byte, 8), h.Sum(nil))
	})
	t.Run("is that of hash/crc64, however the bytes come", func(t *testing.T) {
		table := crc64.MakeTable(CRC64NVME.ring.poly)
		rnd := rand.New(rand.NewPCG(1, 2))
		data := make([]byte, 100_000)
		_, _ = rand.NewChaCha8([32]byte{}).Read(data)
		for range 200 {
			p := data[:rnd.IntN(len(data))]
			want := crc64.Checksum(p, table)
			h := CRC64NVME.New()
			for len(p) > 0 {
				n := min(len(p), rnd.IntN(30_000)+1)
				_, _ = h.Write(p[:n])
				p = p[n:]
			}
			require.Equal(t, want, CRC64NVME.ring.decode(h.Sum(nil)))
		}
	})
}

func TestAlgorithms(t *testing.T) {
	for _, tt := range []struct {
		algorithm *Algorithm
		name      string
		size      int
		joins     bool
	}{
		{CRC64NVME, "CRC64NVME", 8, true},
		{CRC32C, "CRC32C", 4, true},
		{CRC32, "CRC32", 4, true},
		{SHA256, "SHA256", 32, false},
		{SHA1, "SHA1", 20, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.name, tt.algorithm.String())
			assert.Len(t, sumOf(tt.algorithm, []byte("x")), tt.size)
			assert.Equal(t, tt.joins, tt.algorithm.Joins())
		})
	}
}

func FuzzJoin(f *testing.F) {
	f.Add([]byte("123456789"), 4)
	f.Add([]byte(""), 0)
	f.Add(make([]byte, 300), 299)
	f.Fuzz(func(t *testing.T, p []byte, at int) {
		if at < 0 || at > len(p) {
			return
		}
		for _, a := range []*Algorithm{CRC64NVME, CRC32C, CRC32} {
			joined := a.Join(sumOf(a, p[:at]), sumOf(a, p[at:]), int64(len(p)-at))
			assert.Equal(t, sumOf(a, p), joined, a.String())
		}
	})
}

func TestPrefix(t *testing.T) {
	data := []byte("the whole object")
	size := int64(len(data))
	t.Run("bytes that come twice are summed once", func(t *testing.T) {
		p := NewPrefix(SHA256)
		p.Add(data[:10], 0)
		p.Add(data[:5], 0)
		p.Add(data[3:], 3)
		assert.Equal(t, sumOf(SHA256, data), p.Sum(size))
	})
	t.Run("bytes behind a gap are left out until reading comes back", func(t *testing.T) {
		p := NewPrefix(SHA256)
		p.Add(data[:4], 0)
		p.Add(data[6:], 6)
		assert.Nil(t, p.Sum(size))
		p.Add(data[4:], 4)
		assert.Equal(t, sumOf(SHA256, data), p.Sum(size))
	})
	t.Run("no sum of another size", func(t *testing.T) {
		p := NewPrefix(CRC32)
		p.Add(data, 0)
		assert.Nil(t, p.Sum(size-1))
		assert.Nil(t, p.Sum(size+1))
	})
	t.Run("the nil Prefix sums nothing", func(t *testing.T) {
		var p *Prefix
		p.Add(data, 0)
		assert.Nil(t, p.Sum(0))
	})
}
