package s3readtest

import (
	"fmt"
	"io"
	"math/rand/v2"
)

// syntheticPeriod is a prime, so that no two parts of an even size are alike.
const syntheticPeriod = 1048583

// Synthetic is content without an end that is made, at the speed of a copy, when it is read: for
// big objects. The same seed gives the same content.
func Synthetic(seed uint64) io.ReaderAt {
	block := make(synthetic, syntheticPeriod)
	var key [32]byte
	copy(key[:], fmt.Appendf(nil, "s3readtest %d", seed))
	_, _ = rand.NewChaCha8(key).Read(block) // never fails, by its documentation
	return block
}

// synthetic is the block that the content repeats.
type synthetic []byte

// ReadAt implements io.ReaderAt.
func (s synthetic) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("s3readtest: read synthetic content at %d: negative offset", off)
	}
	n := 0
	for at := int(off % int64(len(s))); n < len(p); at = 0 {
		n += copy(p[n:], s[at:])
	}
	return n, nil
}
