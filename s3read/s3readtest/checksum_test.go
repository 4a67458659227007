package s3readtest_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestChecksumsAreThoseOfTheSDK(t *testing.T) {
	srv := new(s3readtest.Server)
	content := strings.Repeat("0123456789", 1000)
	for _, algorithm := range []types.ChecksumAlgorithm{"", types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c,
		types.ChecksumAlgorithmCrc64nvme, types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256} {
		t.Run(string(algorithm), func(t *testing.T) {
			for _, partSize := range []int64{0, 4096} {
				srv.PutObject("b", s3readtest.Object{Key: "k", Body: []byte(content), PartSize: partSize,
					ChecksumAlgorithm: algorithm})
				in := object("k")
				in.ChecksumMode = types.ChecksumModeEnabled
				body, out, err := get(t.Context(), srv.S3Client(once), in)
				require.NoError(t, err, "the SDK compares")
				assert.Equal(t, content, body)
				sha := algorithm == types.ChecksumAlgorithmSha1 || algorithm == types.ChecksumAlgorithmSha256
				if partSize > 0 && sha {
					assert.Equal(t, types.ChecksumTypeComposite, out.ChecksumType)
				} else {
					assert.Equal(t, types.ChecksumTypeFullObject, out.ChecksumType)
				}
			}
		})
	}
	t.Run("a wrong one is refused by the SDK", func(t *testing.T) {
		defer srv.Inject(s3readtest.Fault{Do: s3readtest.SetHeader("x-amz-checksum-crc32", "AAAAAA==")})()
		srv.PutObject("b", s3readtest.Object{Key: "k", Body: []byte(content),
			ChecksumAlgorithm: types.ChecksumAlgorithmCrc32})
		in := object("k")
		in.ChecksumMode = types.ChecksumModeEnabled
		_, _, err := get(t.Context(), srv.S3Client(once), in)
		require.ErrorContains(t, err, "checksum did not match")
	})
	t.Run("a missing one is missing", func(t *testing.T) {
		srv.PutObject("b", s3readtest.Object{Key: "k", Body: []byte(content), ChecksumAlgorithm: s3readtest.NoChecksum})
		in := object("k")
		in.ChecksumMode = types.ChecksumModeEnabled
		_, out, err := get(t.Context(), srv.S3Client(once), in)
		require.NoError(t, err)
		assert.Empty(t, out.ChecksumType)
	})
	t.Run("a range has none", func(t *testing.T) {
		srv.Put("b", "k", content)
		in := object("k")
		in.ChecksumMode, in.Range = types.ChecksumModeEnabled, aws.String("bytes=0-")
		_, out, err := get(t.Context(), srv.S3Client(once), in)
		require.NoError(t, err)
		assert.Nil(t, out.ChecksumCRC64NVME)
	})
}
