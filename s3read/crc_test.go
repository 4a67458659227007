package s3read

import (
	"hash/crc64"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCRC64NVME(t *testing.T) {
	t.Run("has the check value of the NVM Express specification", func(t *testing.T) {
		h := newCRC64NVME()
		_, err := h.Write([]byte("123456789"))
		require.NoError(t, err)
		assert.Equal(t, []byte{0xae, 0x8b, 0x14, 0x86, 0x0a, 0x79, 0x98, 0x88}, h.Sum(nil))
		h.Reset()
		assert.Equal(t, make([]byte, 8), h.Sum(nil))
	})
	t.Run("is that of hash/crc64, however the bytes come", func(t *testing.T) {
		table := crc64.MakeTable(nvmePoly)
		rnd := rand.New(rand.NewPCG(1, 2))
		data := make([]byte, 100_000)
		_, _ = rand.NewChaCha8([32]byte{}).Read(data)
		for range 200 {
			p := data[:rnd.IntN(len(data))]
			want := crc64.Checksum(p, table)
			h := newCRC64NVME()
			for len(p) > 0 {
				n := min(len(p), rnd.IntN(30_000)+1)
				_, _ = h.Write(p[:n])
				p = p[n:]
			}
			got := algorithms[0].crc.value(h)
			require.Equal(t, want, got)
		}
	})
}

func FuzzCRCJoin(f *testing.F) {
	f.Add([]byte("123456789"), 4)
	f.Add([]byte(""), 0)
	f.Add(make([]byte, 300), 299)
	f.Fuzz(func(t *testing.T, p []byte, at int) {
		if at < 0 || at > len(p) {
			return
		}
		for _, a := range algorithms {
			if a.crc == nil {
				continue
			}
			sum := func(p []byte) uint64 {
				h := a.hash()
				_, _ = h.Write(p)
				return a.crc.value(h)
			}
			joined := a.crc.join(sum(p[:at]), sum(p[at:]), int64(len(p)-at))
			assert.Equal(t, sum(p), joined, a.name)
			h := a.hash()
			_, _ = h.Write(p)
			assert.Equal(t, h.Sum(nil), a.crc.bytes(joined), a.name)
		}
	})
}

func FuzzParseContentRange(f *testing.F) {
	for _, seed := range []string{"bytes 0-9/10", "bytes 0-9/*", "bytes 9-0/10", "bytes */10", "bytes 0-9", "items 0-9/10", "",
		"bytes 0-99/10", "bytes -1-5/10", "bytes 0-9223372036854775807/9223372036854775808"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, size, err := parseContentRange(s)
		if err != nil {
			assert.Zero(t, r)
			return
		}
		assert.GreaterOrEqual(t, r.off, int64(0))
		assert.Greater(t, r.end, r.off)
		assert.True(t, size == -1 || size >= r.end, "%d", size)
	})
}
