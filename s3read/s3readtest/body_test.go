package s3readtest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestABodyThatIsNotWhatIsSaidOfItIsRefused(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "b"})
	sum := sha256.Sum256([]byte("other"))
	streaming := map[string]string{
		"X-Amz-Content-Sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "Content-Encoding": "aws-chunked",
		"X-Amz-Decoded-Content-Length": "4", "X-Amz-Trailer": "x-amz-checksum-crc32",
	}
	for _, tc := range []struct {
		name, body string
		header     map[string]string
		status     int
		code       string
	}{
		{"another hash", "body", map[string]string{"X-Amz-Content-Sha256": hex.EncodeToString(sum[:])}, 400,
			"XAmzContentSHA256Mismatch"},
		{"a hash that is none", "body", map[string]string{"X-Amz-Content-Sha256": "beef"}, 400, "InvalidArgument"},
		{"another MD5", "body", map[string]string{"Content-MD5": "XrY7u+Ae7tCTyyK7j1rNww=="}, 400, "BadDigest"},
		{"an MD5 that is none", "body", map[string]string{"Content-MD5": "beef"}, 400, "InvalidDigest"},
		{"another checksum", "body", map[string]string{"x-amz-checksum-crc32": "AAAAAA=="}, 400, "BadDigest"},
		{"a checksum that is none", "body", map[string]string{"x-amz-checksum-crc32": "AA"}, 400, "InvalidRequest"},
		{"two checksums", "body", map[string]string{"x-amz-checksum-crc32": "26gLsg==",
			"x-amz-checksum-sha1": "AA=="}, 400, "InvalidRequest"},
		{"a checksum that is announced", "body", map[string]string{"x-amz-sdk-checksum-algorithm": "CRC32"}, 400,
			"InvalidRequest"},
		{"a checksum of a new kind", "body", map[string]string{"x-amz-checksum-xxhash128": "AA=="}, 501,
			"NotImplemented"},
		{"chunks that end early", "4\r\nbo", streaming, 400, "IncompleteBody"},
		{"chunks of another length", "3\r\nbod\r\n0\r\nx-amz-checksum-crc32:26gLsg==\r\n\r\n", streaming, 400,
			"IncompleteBody"},
		{"chunks that are none", "body\r\n", streaming, 400, "InvalidRequest"},
		{"chunks without their trailer", "4\r\nbody\r\n0\r\n\r\n", streaming, 400, "MalformedTrailerError"},
		{"chunks with another checksum", "4\r\nbody\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", streaming, 400,
			"BadDigest"},
		{"a customer's key", "body", map[string]string{"x-amz-server-side-encryption-customer-algorithm": "AES256"},
			501, "NotImplemented"},
		{"an ACL", "body", map[string]string{"x-amz-acl": "public-read"}, 400, "AccessControlListNotSupported"},
		{"a storage class that isn't one", "body", map[string]string{"x-amz-storage-class": "WARM"}, 400,
			"InvalidStorageClass"},
		{"metadata of 2 KB and more", "body", map[string]string{"x-amz-meta-a": strings.Repeat("a", 2<<10)}, 400,
			"MetadataTooLarge"},
		{"eleven tags", "body", map[string]string{"x-amz-tagging": "a&b&c&d&e&f&g&h&i&j&k"}, 400, "BadRequest"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, body := sent(t, srv, "PUT", "/k", tc.body, tc.header)
			assert.Equal(t, tc.status, status)
			assert.Contains(t, body, "<Code>"+tc.code+"</Code>")
			status, _ = sent(t, srv, "GET", "/k", "", nil)
			assert.Equal(t, http.StatusNotFound, status, "nothing is stored")
		})
	}
	t.Run("chunks that are right", func(t *testing.T) {
		status, _ := sent(t, srv, "PUT", "/k", "4\r\nbody\r\n0\r\nx-amz-checksum-crc32:26gLsg==\r\n\r\n", streaming)
		require.Equal(t, http.StatusOK, status)
	})
	t.Run("only the last chunk may be small", func(t *testing.T) {
		large, small := strings.Repeat("x", 8<<10), "2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n"
		for _, tc := range []struct {
			body, length string
			want         int
		}{
			{small, "4", http.StatusForbidden},
			{"1fff\r\n" + large[1:] + "\r\n1\r\nx\r\n0\r\n\r\n", "8192", http.StatusForbidden},
			{"2000\r\n" + large + "\r\n1\r\nx\r\n0\r\n\r\n", "8193", http.StatusOK},
			{"2000\r\n" + large + "\r\n1\r\nx\r\n1\r\nx\r\n0\r\n\r\n", "8194", http.StatusForbidden},
		} {
			status, answer := sent(t, srv, "PUT", "/small", tc.body, map[string]string{
				"X-Amz-Content-Sha256":         "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
				"X-Amz-Decoded-Content-Length": tc.length,
			})
			assert.Equal(t, tc.want, status)
			assert.Equal(t, status == http.StatusForbidden, strings.Contains(answer, "<Code>InvalidChunkSizeError</Code>"))
			if tc.body == small {
				assert.Contains(t, answer, "<Chunk>2</Chunk><BadChunkSize>2</BadChunkSize>")
			}
		}
	})
	t.Run("chunks whose whole has no length", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), "PUT", "http://b.s3.us-east-1.amazonaws.com/whole",
			io.MultiReader(strings.NewReader("0\r\n\r\n")))
		require.NoError(t, err)
		r.Header = http.Header{
			"X-Amz-Content-Sha256": {"STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, "X-Amz-Decoded-Content-Length": {"0"},
		}
		resp, err := srv.Client().Do(r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusOK, resp.StatusCode)
	})
	t.Run("a body without a length", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), "PUT", "http://b.s3.us-east-1.amazonaws.com/k",
			io.MultiReader(strings.NewReader("body")))
		require.NoError(t, err)
		resp, err := srv.Client().Do(r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusLengthRequired, resp.StatusCode)
	})
}
