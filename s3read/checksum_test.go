package s3read_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestReaderChecksum(t *testing.T) {
	var fake s3readtest.Server
	data := content(300_000)
	fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
	fake.Inject(everyGet(wrongCRC()))
	inBubble(t, "bytes that fail the checksum are not all returned: Read", func(t *testing.T) {
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		n, err := io.ReadFull(r, make([]byte, len(data)))
		require.ErrorIs(t, err, s3read.ErrChecksum)
		assert.Less(t, n, len(data))
		_, err = r.Read(make([]byte, len(data)))
		require.ErrorIs(t, err, s3read.ErrChecksum, "and it stays so")
	})
	inBubble(t, "bytes that fail the checksum are not all returned: ReadAll", func(t *testing.T) {
		_, err := onHTTP(t, &fake).ReadAll(t.Context(), "key", 1<<20)
		require.ErrorIs(t, err, s3read.ErrChecksum)
	})
	inBubble(t, "bytes that fail the checksum are not all returned: WriteTo", func(t *testing.T) {
		r, err := onHTTP(t, &fake).Open(t.Context(), "key")
		require.NoError(t, err)
		defer r.Close()
		_, err = r.WriteTo(io.Discard)
		require.ErrorIs(t, err, s3read.ErrChecksum)
	})
	for _, algorithm := range []string{"CRC64NVME", "CRC32C", "CRC32", "SHA256", "SHA1"} {
		inBubble(t, "stored "+algorithm+" is checked, over a resumption and a seek", func(t *testing.T) {
			var fake s3readtest.Server
			data := content(300_000)
			fake.PutObject("bucket", s3readtest.Object{
				Key: "key", Body: data, ChecksumAlgorithm: types.ChecksumAlgorithm(algorithm),
			})
			fake.Inject(firstGet(s3readtest.Cut(100_000)))
			r, err := onHTTP(t, &fake).Open(t.Context(), "key")
			require.NoError(t, err)
			defer r.Close()
			_, err = io.CopyN(io.Discard, r, 1000)
			require.NoError(t, err)
			_, err = r.Seek(0, io.SeekStart)
			require.NoError(t, err)
			got, err := io.ReadAll(r)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(data, got))
		})
	}
}
