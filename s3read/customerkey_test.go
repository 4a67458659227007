package s3read_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestObjectsWithACustomersKey(t *testing.T) {
	const size = 20 << 20
	key := bytes.Repeat([]byte("k3y!"), 8)
	with := func(key []byte) func(*s3read.BucketOptions) {
		return func(o *s3read.BucketOptions) { o.SSECustomerKey = key }
	}
	encrypted := func() *s3readtest.Server {
		fake := long(size)
		fake.PutObject("bucket", s3readtest.Object{
			Key: "key", Content: synthetic, Size: size, SSECustomerKey: key,
		})
		return fake
	}
	// reads are all ways to read an object.
	reads := map[string]func(*testing.T, *s3read.Bucket) error{
		"Stat": func(t *testing.T, b *s3read.Bucket) error {
			o, err := b.Stat(t.Context(), "key")
			if err == nil {
				assert.EqualValues(t, size, o.Size)
			}
			return err
		},
		"Open": func(t *testing.T, b *s3read.Bucket) error {
			r, err := b.Open(t.Context(), "key")
			if err != nil {
				return err
			}
			defer r.Close()
			_, err = io.Copy(&sameAs{t: t}, r)
			return err
		},
		"ReadAll": func(t *testing.T, b *s3read.Bucket) error {
			_, err := b.ReadAll(t.Context(), "key", size)
			return err
		},
		"DownloadFile": func(t *testing.T, b *s3read.Bucket) error {
			_, err := b.DownloadFile(t.Context(), "key", filepath.Join(t.TempDir(), "file"))
			return err
		},
		"FS": func(t *testing.T, b *s3read.Bucket) error {
			f, err := b.FS(t.Context()).Open("key")
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = io.Copy(io.Discard, f)
			return err
		},
	}
	for name, read := range reads {
		inBubble(t, name+" sends the key with each request", func(t *testing.T) {
			fake := encrypted()
			require.NoError(t, read(t, direct(fake, with(key))))
			for _, request := range fake.Requests() {
				sent := request.Header.Get("x-amz-server-side-encryption-customer-key")
				assert.Equal(t, request.Op != "ListObjectsV2", sent != "", request.Op)
			}
		})
		for what, wrong := range map[string][]byte{
			"no": nil, "a short": key[:31], "a long": append(key[:32:32], '!'), "another": bytes.Repeat([]byte{1}, 32),
		} {
			inBubble(t, name+" with "+what+" key is an error that holds none", func(t *testing.T) {
				fake := encrypted()
				err := read(t, direct(fake, with(wrong)))
				require.Error(t, err)
				if len(wrong)%32 != 0 {
					assert.ErrorContains(t, err, fmt.Sprintf("an SSECustomerKey has 32 bytes, not %d", len(wrong)))
				}
				for _, k := range [][]byte{key, wrong} {
					if len(k) > 0 {
						assert.NotContains(t, err.Error(), string(k))
						assert.NotContains(t, err.Error(), base64.StdEncoding.EncodeToString(k)[:12])
					}
				}
			})
		}
	}
	inBubble(t, "what to set is said where S3 says that a key is needed", func(t *testing.T) {
		var e *s3read.Error
		require.ErrorAs(t, reads["Open"](t, direct(encrypted())), &e)
		assert.Contains(t, e.Hint, "BucketOptions.SSECustomerKey")
	})
	inBubble(t, "the caller may overwrite the key that was given", func(t *testing.T) {
		mine := bytes.Clone(key)
		b := direct(encrypted(), with(mine))
		clear(mine)
		require.NoError(t, reads["Stat"](t, b))
	})
	inBubble(t, "a key for an object that has none is refused", func(t *testing.T) {
		require.Error(t, reads["Open"](t, direct(long(size), with(key))))
	})
}
