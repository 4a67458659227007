package s3read_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestDownload(t *testing.T) {
	data := content(5<<20 + 3)
	put := func(o s3readtest.Object) *s3readtest.Server {
		fake := new(s3readtest.Server)
		o.Key, o.Body = "key", data
		fake.PutObject("bucket", o)
		return fake
	}
	download := func(t *testing.T, fake *s3readtest.Server, optFns ...func(*s3read.DownloadOptions)) error {
		t.Helper()
		got := make(memory, len(data))
		optFns = append([]func(*s3read.DownloadOptions){smallParts}, optFns...)
		object, err := onHTTP(t, fake).Download(t.Context(), "key", got, optFns...)
		if err != nil {
			assert.Zero(t, object)
			return err
		}
		assert.EqualValues(t, len(data), object.Size)
		assert.True(t, bytes.Equal(data, got))
		return nil
	}
	inBubble(t, "a part a request, and one HEAD for the checksum", func(t *testing.T) {
		fake := put(s3readtest.Object{})
		require.NoError(t, download(t, fake))
		assert.Len(t, fake.Requests("GetObject"), 21)
		assert.Len(t, fake.Requests("HeadObject"), 1)
		for _, r := range fake.Requests()[1:] {
			assert.NotEmpty(t, r.Header.Get("If-Match"))
		}
	})
	inBubble(t, "an object of one part takes one request", func(t *testing.T) {
		fake := put(s3readtest.Object{})
		one := func(o *s3read.DownloadOptions) { o.PartSize = 0 }
		require.NoError(t, download(t, fake, one))
		assert.Len(t, fake.Requests(), 1)
		fake.Inject(s3readtest.Fault{Do: wrongCRC()})
		require.ErrorIs(t, download(t, fake, one), s3read.ErrChecksum, "where the answer has one, it is compared")
	})
	inBubble(t, "an empty object", func(t *testing.T) {
		var fake s3readtest.Server
		fake.Put("bucket", "key", "")
		one := func(o *s3read.DownloadOptions) { o.Parallel = 1 }
		object, err := onHTTP(t, &fake).Download(t.Context(), "key", memory(nil), one)
		require.NoError(t, err)
		assert.Zero(t, object.Size)
	})
	for _, algorithm := range []types.ChecksumAlgorithm{"CRC64NVME", "CRC32C", "CRC32"} {
		inBubble(t, "the parts' sums are joined and compared: "+string(algorithm), func(t *testing.T) {
			require.NoError(t, download(t, put(s3readtest.Object{ChecksumAlgorithm: algorithm})))
			fake := put(s3readtest.Object{ChecksumAlgorithm: algorithm})
			wrong := map[types.ChecksumAlgorithm]string{"CRC64NVME": "AAAAAAAAAAA="}[algorithm]
			if wrong == "" {
				wrong = "AAAAAA=="
			}
			header := "x-amz-checksum-" + strings.ToLower(string(algorithm))
			fake.Inject(s3readtest.Fault{Do: s3readtest.SetHeader(header, wrong)})
			require.ErrorIs(t, download(t, fake), s3read.ErrChecksum)
		})
	}
	inBubble(t, "an upload in parts, with a checksum of checksums, is not compared", func(t *testing.T) {
		require.NoError(t, download(t, put(s3readtest.Object{PartSize: 1 << 20, ChecksumAlgorithm: "SHA256"})))
	})
	inBubble(t, "parts that break are resumed where they broke", func(t *testing.T) {
		fake := put(s3readtest.Object{})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Every: 2, Do: s3readtest.Cut(100_000)})
		require.NoError(t, download(t, fake))
		var sent int64
		for _, r := range fake.Requests("GetObject") {
			sent += r.Sent
		}
		assert.EqualValues(t, len(data), sent, "no byte was sent twice")
	})
	inBubble(t, "a server without ranges sends everything in one piece", func(t *testing.T) {
		fake := put(s3readtest.Object{})
		fake.Inject(everyGet(s3readtest.IgnoreHeader("Range")))
		require.NoError(t, download(t, fake))
		assert.Len(t, fake.Requests("GetObject"), 1)
	})
	inBubble(t, "the first part that fails for good ends the others, and is the error", func(t *testing.T) {
		fake := put(s3readtest.Object{})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Skip: 5, Times: 1, Do: s3readtest.Error("AccessDenied", "")})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Skip: 6, Do: s3readtest.Stall(10)})
		err := download(t, fake)
		require.ErrorIs(t, err, fs.ErrPermission)
		var e *s3read.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, "download", e.Op)
		assert.Contains(t, e.Range, "bytes=")
	})
	inBubble(t, "an object that is overwritten meanwhile has changed", func(t *testing.T) {
		fake := put(s3readtest.Object{})
		fake.Inject(firstGet(overwrittenAt(fake, 1000)))
		require.ErrorIs(t, download(t, fake), s3read.ErrChanged)
	})
	for name, change := range map[string]func(*s3readtest.Server){
		"deleted":     func(fake *s3readtest.Server) { fake.Delete("bucket", "key") },
		"overwritten": func(fake *s3readtest.Server) { fake.Put("bucket", "key", "other") },
	} {
		for _, versions := range []bool{false, true} {
			title := fmt.Sprintf("one that is %s has changed for the HEAD, too; versions kept: %v", name, versions)
			inBubble(t, title, func(t *testing.T) {
				var fake s3readtest.Server
				fake.CreateBucket(s3readtest.Bucket{Name: "bucket", Versioning: versions})
				fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
				fake.Inject(firstGet(s3readtest.At(1, func() { change(&fake) })))
				fake.Inject(s3readtest.Fault{Op: "GetObject", Skip: 1, Do: s3readtest.Delay(time.Second)})
				fake.Inject(s3readtest.Fault{Do: s3readtest.Error("AccessDenied", ""),
					Match: func(r s3readtest.Request) bool { return r.Query.Has("versionId") }})
				err := download(t, &fake)
				require.ErrorIs(t, err, s3read.ErrChanged)
				assert.NotErrorIs(t, err, fs.ErrNotExist)
				assert.NotErrorIs(t, err, fs.ErrPermission)
				assert.NotEmpty(t, fake.Requests("HeadObject"))
			})
		}
	}
	inBubble(t, "a HEAD without a length is good for its checksum", func(t *testing.T) {
		fake := put(s3readtest.Object{})
		fake.Inject(s3readtest.Fault{Op: "HeadObject", Do: s3readtest.SetHeader("Content-Length", "")})
		require.NoError(t, download(t, fake))
		fake.Inject(s3readtest.Fault{Op: "HeadObject", Do: wrongCRC()})
		require.ErrorIs(t, download(t, fake), s3read.ErrChecksum)
	})
	inBubble(t, "in a bucket with versioning, the version that it began with is downloaded", func(t *testing.T) {
		var fake s3readtest.Server
		fake.CreateBucket(s3readtest.Bucket{Name: "bucket", Versioning: true})
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
		fake.Inject(firstGet(overwrittenAt(&fake, -1)))
		require.NoError(t, download(t, &fake))
	})
	inBubble(t, "a wrong IfMatch is refused", func(t *testing.T) {
		err := download(t, put(s3readtest.Object{}), func(o *s3read.DownloadOptions) { o.IfMatch = `"wrong"` })
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
	inBubble(t, "parts are larger than asked for where there would be more than 32768", func(t *testing.T) {
		fake := new(s3readtest.Server)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: synthetic, Size: 1 << 20})
		fake.Inject(s3readtest.Fault{Op: "GetObject", Skip: 20, Do: s3readtest.Error("AccessDenied", "")})
		_, err := onHTTP(t, fake).Download(t.Context(), "key", make(memory, 1<<20), partSize(1))
		require.ErrorIs(t, err, fs.ErrPermission)
		for _, r := range fake.Requests("GetObject")[1:] {
			var first, last int
			_, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &first, &last)
			require.NoError(t, err)
			assert.Equal(t, 31, last%32)
			assert.Zero(t, max(first, 32)%32)
		}
	})
	inBubble(t, "a connection that is faster than a network's is the only one, for as long as it is",
		func(t *testing.T) {
			const size = 20 << 20
			for pace, few := range map[int64]bool{3e9: true, 90e6: false} {
				fake := new(s3readtest.Server)
				fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: synthetic, Size: size})
				fake.Inject(everyGet(s3readtest.Pace(pace)))
				into := make(memory, size)
				_, err := direct(fake).Download(t.Context(), "key", into, partSize(1<<20))
				require.NoError(t, err)
				assert.Equal(t, few, len(fake.Requests("GetObject")) == 1+(19+7)/8, pace)
			}
			fake := new(s3readtest.Server)
			fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: synthetic, Size: size})
			fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Pace(3e9)})
			fake.Inject(s3readtest.Fault{Op: "GetObject", Skip: 1, Do: s3readtest.Pace(90e6)})
			start := time.Now()
			_, err := direct(fake).Download(t.Context(), "key", make(memory, size), partSize(1<<20))
			require.NoError(t, err)
			assert.Less(t, time.Since(start), size*time.Second/90e6*3/4)
		})
	inBubble(t, "negative options are errors", func(t *testing.T) {
		require.Error(t, download(t, put(s3readtest.Object{}), func(o *s3read.DownloadOptions) { o.PartSize = -1 }))
		require.Error(t, download(t, put(s3readtest.Object{}), func(o *s3read.DownloadOptions) { o.Parallel = -1 }))
	})
	inBubble(t, "an error of the writer is Download's", func(t *testing.T) {
		fake := put(s3readtest.Object{})
		full := writerAt(func([]byte, int64) (int, error) { return 0, errFull })
		_, err := onHTTP(t, fake).Download(t.Context(), "key", full, smallParts)
		require.ErrorIs(t, err, errFull)
		short := writerAt(func(p []byte, _ int64) (int, error) { return len(p) - 1, nil })
		_, err = onHTTP(t, fake).Download(t.Context(), "key", short, smallParts)
		require.ErrorIs(t, err, io.ErrShortWrite)
	})
	inBubble(t, "a panic of Progress reaches the caller, when everything has ended", func(t *testing.T) {
		fake := put(s3readtest.Object{})
		fake.Inject(everyGet(s3readtest.Pace(1 << 20)))
		assert.PanicsWithValue(t, "mine", func() {
			_ = download(t, fake, func(o *s3read.DownloadOptions) {
				o.Progress = func(int64, int64) { panic("mine") }
			})
		})
	})
}

func TestDownloadProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fake s3readtest.Server
		data := content(4 << 20)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: data})
		fake.Inject(everyGet(s3readtest.Pace(100 << 10)))
		got := make(memory, len(data))
		var last int64
		var calls []time.Time
		_, err := direct(&fake).Download(t.Context(), "key", got, smallParts, func(o *s3read.DownloadOptions) {
			o.Parallel = 4
			o.Progress = func(done, total int64) {
				assert.Greater(t, done, last)
				assert.EqualValues(t, len(data), total)
				last = done
				calls = append(calls, time.Now())
			}
		})
		require.NoError(t, err)
		assert.True(t, bytes.Equal(data, got))
		assert.EqualValues(t, len(data), last)
		assert.Greater(t, len(calls), 3)
		for i := range calls[:max(0, len(calls)-10)] {
			assert.GreaterOrEqual(t, calls[i+10].Sub(calls[i]), time.Second)
		}
	})
}

var errFull = errors.New("full")
