package s3read_test

import (
	"bytes"
	"context"
	"io/fs"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// A marking client marks the errors of a GET as those that a retry helps against.
type marking struct{ s3read.Client }

type markedError struct{ error }

func (e markedError) Unwrap() error        { return e.error }
func (e markedError) RetryableError() bool { return true }

func (m marking) GetObject(
	ctx context.Context, in *s3.GetObjectInput, optFns ...func(*s3.Options),
) (*s3.GetObjectOutput, error) {
	out, err := m.Client.GetObject(ctx, in, optFns...)
	if err != nil {
		err = markedError{err}
	}
	return out, err
}

func TestExtrasNeverFailARead(t *testing.T) {
	data := content(600 << 10)
	start := func(optFns ...func(*s3.Options)) (*s3readtest.Server, *s3read.Bucket) {
		fake := new(s3readtest.Server)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
		return fake, s3read.NewBucket(fake.S3Client(optFns...), "bucket")
	}
	whole := func(t *testing.T, b *s3read.Bucket) {
		t.Helper()
		got, err := b.ReadAll(t.Context(), "key", 1<<20)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
		into := make(memory, len(data))
		_, err = b.Download(t.Context(), "key", into, smallParts)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, into))
	}
	for name, mode := range map[string]aws.ResponseChecksumValidation{
		"": aws.ResponseChecksumValidationWhenRequired, "ENABLED": aws.ResponseChecksumValidationWhenSupported,
	} {
		inBubble(t, "the checksum mode follows the client's validation: "+name, func(t *testing.T) {
			fake, b := start(func(o *s3.Options) { o.ResponseChecksumValidation = mode })
			whole(t, b)
			for _, r := range fake.Requests() {
				assert.Equal(t, name, r.Header.Get("X-Amz-Checksum-Mode"))
			}
			if name == "" {
				assert.Empty(t, fake.Requests("HeadObject"), "it would be asked for nothing")
			}
		})
	}
	inBubble(t, "Stat asks for no checksum", func(t *testing.T) {
		fake, b := start()
		_, err := b.Stat(t.Context(), "key")
		require.NoError(t, err)
		assert.Empty(t, fake.Requests()[0].Header.Get("X-Amz-Checksum-Mode"))
	})
	for _, code := range []string{"AccessDenied", "MethodNotAllowed", "NotImplemented", "InternalError"} {
		inBubble(t, "a HEAD that is refused fails no download and no Stat: "+code, func(t *testing.T) {
			fake, b := start()
			fake.Inject(s3readtest.Fault{Op: "HeadObject", Do: s3readtest.Error(code, "")})
			whole(t, b)
			if code == "InternalError" {
				return
			}
			o, err := b.Stat(t.Context(), "key")
			require.NoError(t, err)
			assert.EqualValues(t, len(data), o.Size)
			info, err := fs.Stat(b.FS(t.Context()), "key")
			require.NoError(t, err)
			assert.EqualValues(t, len(data), info.Size())
		})
		if code == "InternalError" {
			continue
		}
		inBubble(t, "a range that is refused fails no download: "+code, func(t *testing.T) {
			fake, b := start()
			fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Error(code, ""),
				Match: func(r s3readtest.Request) bool { return r.Header.Get("Range") != "" }})
			whole(t, b)
		})
	}
	inBubble(t, "a HEAD without a length is made up for", func(t *testing.T) {
		fake, b := start()
		fake.Inject(s3readtest.Fault{Op: "HeadObject", Do: s3readtest.SetHeader("Content-Length", "")})
		o, err := b.Stat(t.Context(), "key")
		require.NoError(t, err)
		assert.EqualValues(t, len(data), o.Size)
	})
	inBubble(t, "a composite checksum without its number is not compared", func(t *testing.T) {
		fake, b := start()
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data, ETag: `"0123456789abcdef0123456789abcdef-1"`,
			ChecksumAlgorithm: s3readtest.NoChecksum})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.SetHeader("x-amz-checksum-crc32", "AAAAAA=="),
			Match: func(r s3readtest.Request) bool { return r.Header.Get("Range") != "" }})
		into := make(memory, len(data))
		_, err := b.Download(t.Context(), "key", into)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, into))
	})
}

func TestAPageIsComparedWithTheOneBefore(t *testing.T) {
	// again puts an entry, which is in the page before, at the beginning of a second page.
	again := func(entry, before string) s3readtest.Fault {
		return s3readtest.Fault{Op: "ListObjectsV2", Skip: 1, Do: s3readtest.Rewrite(func(b []byte) []byte {
			return []byte(strings.Replace(string(b), before, entry+before, 1))
		})}
	}
	inBubble(t, "a key that is repeated is yielded once", func(t *testing.T) {
		srv, keys := numbered(1500)
		srv.Inject(again("<Contents><Key>logs/000999</Key></Contents>", "<Contents>"))
		objects, err := collect(t.Context(), direct(srv), "")
		require.NoError(t, err)
		assert.Equal(t, keys, keysOf(objects))
	})
	inBubble(t, "so is a common prefix", func(t *testing.T) {
		srv := new(s3readtest.Server)
		var want []string
		for _, key := range must(numbered(1500)) {
			srv.PutKeys("bucket", key+"/x")
			want = append(want, key+"/")
		}
		srv.Inject(again("<CommonPrefixes><Prefix>logs/000999/</Prefix></CommonPrefixes>", "<CommonPrefixes>"))
		objects, err := collect(t.Context(), direct(srv), "logs/", slash)
		require.NoError(t, err)
		assert.Equal(t, want, keysOf(objects))
	})
	inBubble(t, "a page that begins before the end of the one before it is an error", func(t *testing.T) {
		srv, _ := numbered(1500)
		srv.Inject(again("<Contents><Key>logs/000500</Key></Contents>", "<Contents>"))
		_, err := collect(t.Context(), direct(srv), "")
		require.ErrorContains(t, err, "of the page before it")
	})
}

// must is the second of two.
func must[A, B any](_ A, b B) B { return b }

func TestAStartBelowThePrefixIsNotSent(t *testing.T) {
	srv, keys := numbered(10)
	for after, sent := range map[string]bool{"a": false, "logs": false, "logs/": true, "logs/000000": true} {
		srv.ForgetRequests()
		objects, err := collect(t.Context(), direct(srv), "logs/", startAfter(after))
		require.NoError(t, err)
		want := keys
		if after == keys[0] {
			want = keys[1:]
		}
		assert.Equal(t, want, keysOf(objects))
		assert.Equal(t, sent, srv.Requests()[0].Query.Has("start-after"), after)
	}
}

func TestCharactersThatXMLChangesArriveAsTheyAreStored(t *testing.T) {
	srv := new(s3readtest.Server)
	keys := []string{"a\rb", "a\r\nb", "a\tb", "a b", "a&amp;b", "a<b", "a+b", "a%0Db", "a\x01b", "a\u2028b", " a "}
	for _, key := range keys {
		srv.Put("bucket", key, key)
	}
	for _, client := range []s3read.Client{srv.S3Client(), wrapped(srv.S3Client())} {
		b := s3read.NewBucket(client, "bucket")
		objects, err := collect(t.Context(), b, "")
		require.NoError(t, err)
		assert.ElementsMatch(t, keys, keysOf(objects))
		for _, o := range objects {
			got, err := b.ReadAll(t.Context(), o.Key, 100)
			require.NoError(t, err)
			assert.Equal(t, o.Key, string(got))
		}
	}
}

func TestHintsAreForWhatS3Said(t *testing.T) {
	hintOf := func(t *testing.T, key string, do s3readtest.Effect) (*s3read.Error, error) {
		var fake s3readtest.Server
		fake.Put("bucket", key, "body")
		fake.Inject(s3readtest.Fault{Do: do})
		_, err := direct(&fake).ReadAll(t.Context(), key, 10)
		var e *s3read.Error
		require.ErrorAs(t, err, &e)
		return e, err
	}
	for _, status := range []int{403, 404, 503} {
		inBubble(t, "not a proxy's page", func(t *testing.T) {
			e, err := hintOf(t, "key", s3readtest.Reply(status, "text/html", "<html><body>Blocked</body></html>"))
			assert.NoError(t, e.Reason)
			assert.NotErrorIs(t, err, fs.ErrPermission)
			assert.NotErrorIs(t, err, fs.ErrNotExist)
			assert.Contains(t, e.Hint, "proxy")
		})
	}
	const denied = `User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: s3:GetObject on resource: ` +
		`"arn:aws:s3:::bucket/kms/with an explicit deny/key" because no identity-based policy allows the s3:GetObject action`
	inBubble(t, "not what is in a key", func(t *testing.T) {
		e, _ := hintOf(t, "kms/with an explicit deny/key", s3readtest.Error("AccessDenied", denied))
		assert.Contains(t, e.Hint, "s3:GetObject on arn:aws:s3:::bucket/kms/with an explicit deny/key")
		assert.NotContains(t, e.Hint, "KMS")
	})
	inBubble(t, "an explicit deny behind a resource", func(t *testing.T) {
		e, _ := hintOf(t, "key", s3readtest.Error("AccessDenied", strings.Replace(denied,
			"because no identity-based policy allows the s3:GetObject action",
			"with an explicit deny in a VPC endpoint policy", 1)))
		assert.Contains(t, e.Hint, "explicitly denies this")
	})
	inBubble(t, "a signature that was changed on the way", func(t *testing.T) {
		e, _ := hintOf(t, "key", s3readtest.Error("SignatureDoesNotMatch", ""))
		assert.Contains(t, e.Hint, "between here and S3")
	})
}
