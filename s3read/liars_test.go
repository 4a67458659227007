package s3read_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math/rand/v2"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// lies are what a server may do to an answer. None of them can be both wrong and whole: the bytes
// that come with a success are the object's, and what is missing of them or of a page shows.
func lies(random *rand.Rand, size int64) []s3readtest.Fault {
	at := random.Int64N(size)
	codes := []string{
		"SlowDown", "InternalError", "AccessDenied", "NoSuchKey", "NoSuchBucket", "PreconditionFailed", "InvalidRange",
		"ExpiredToken", "RequestTimeout", "PermanentRedirect", "\u202enonsense\n",
	}
	statuses := []int{301, 304, 307, 400, 403, 404, 412, 416, 418, 429, 500, 503, 599}
	headers := []string{
		"Content-Range", "Content-Length", "ETag", "Last-Modified", "X-Amz-Version-Id", "X-Amz-Checksum-Crc64nvme",
		"Content-Type", "Accept-Ranges", "X-Amz-Mp-Parts-Count", "X-Amz-Missing-Meta", "Retry-After", "Location",
		"X-Amz-Bucket-Region", "X-Amz-Delete-Marker", "X-Amz-Checksum-Type", "Date",
	}
	values := []string{
		"", "0", "-1", "bytes 0-0/1", "bytes */*", "bytes 5-4/3", fmt.Sprint(at), "9223372036854775807", `"other"`, `W/"x"`,
		"Thu, 01 Jan 1970 00:00:00 GMT", "true", "\x01", "text/html", "moon-central-1", "https://elsewhere.example/",
	}
	garbage := make([]byte, random.IntN(300))
	for i := range garbage {
		garbage[i] = byte(random.Uint32())
	}
	page := s3readtest.Reply(200+random.IntN(7), "application/xml",
		[]string{"", string(garbage), "<ListBucketResult/>", "<ListBucketResult><Contents>"}[random.IntN(4)])
	faults := []s3readtest.Fault{{Op: "ListObjectsV2", Do: page}}
	for _, effect := range []s3readtest.Effect{
		s3readtest.Error(codes[random.IntN(len(codes))], string(garbage)),
		s3readtest.Reply(statuses[random.IntN(len(statuses))], "application/xml", string(garbage)),
		s3readtest.SetHeader(headers[random.IntN(len(headers))], values[random.IntN(len(values))]),
		s3readtest.IgnoreHeader("Range"),
		s3readtest.IgnoreHeader("If-Match"),
		s3readtest.NoToken(),
		s3readtest.Truncate(at),
		s3readtest.Cut(at),
		s3readtest.Cut(-1),
		s3readtest.Reset(at),
		s3readtest.Stall(at),
		s3readtest.LoseAnswer(),
		s3readtest.Delay(time.Duration(random.Int64N(int64(time.Minute)))),
	} {
		faults = append(faults, s3readtest.Fault{Do: effect})
	}
	return faults
}

func TestAThousandLyingServersNeverPassAPartForTheWhole(t *testing.T) {
	const liars = 1000
	log.SetOutput(io.Discard) // where net/http complains of the lies
	t.Cleanup(func() { log.SetOutput(os.Stderr) })

	synctest.Test(t, func(t *testing.T) {
		whole := 0
		for seed := range uint64(liars) {
			random := rand.New(rand.NewPCG(seed, 1))
			size := 1 + random.Int64N(40<<10)
			if seed%100 == 0 {
				size = 5 << 20 // is read ahead
			}
			fake := s3readtest.Server{PageSize: 100}
			fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: synthetic, Size: size})
			keys := 1 + random.IntN(20)
			if seed%10 == 0 {
				keys += 100 // takes two pages
			}
			names := make([]string, keys)
			for i := range names {
				names[i] = fmt.Sprintf("list/%05d", i)
			}
			fake.PutKeys("bucket", names...)
			fake.Inject(everyGet(s3readtest.Pace(90e6)))
			for range 1 + random.IntN(3) {
				possible := lies(random, size)
				lie := possible[random.IntN(len(possible))]
				lie.Skip, lie.Every = random.IntN(3), random.IntN(3)
				fake.Inject(lie)
			}
			want := make([]byte, size)
			_, err := synthetic.ReadAt(want, 0)
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
			b := direct(&fake, little)
			for name, read := range map[string]func(*s3read.Bucket) ([]byte, error){
				"open": func(b *s3read.Bucket) ([]byte, error) {
					r, err := b.Open(ctx, "key")
					if err != nil {
						return nil, err
					}
					defer r.Close()
					return io.ReadAll(r)
				},
				"read all": func(b *s3read.Bucket) ([]byte, error) { return b.ReadAll(ctx, "key", 6<<20) },
				"download": func(b *s3read.Bucket) ([]byte, error) {
					into := make(memory, size)
					o, err := b.Download(ctx, "key", into, smallParts)
					return into[:min(o.Size, size)], err
				},
				"list": func(b *s3read.Bucket) ([]byte, error) {
					n := 0
					for o, err := range b.List(ctx, "list/") {
						if err != nil {
							return nil, err
						}
						require.Equal(t, names[n], o.Key, "liar %d", seed)
						n++
					}
					require.Equal(t, keys, n, "liar %d", seed)
					return want, nil
				},
			} {
				got, err := read(b)
				if err == nil {
					require.True(t, bytes.Equal(want, got), "liar %d, %s: %d bytes of %d", seed, name, len(got), size)
					whole++
				} else {
					require.NotContains(t, err.Error(), "\n", "liar %d", seed)
				}
			}
			require.NoError(t, ctx.Err(), "liar %d", seed)
			cancel()
			require.Less(t, len(fake.Requests()), 10_000, "liar %d", seed)
		}
		require.Greater(t, whole, liars, "most faults are outlived")
	})
}

func TestAnAnswerThatIsCutAtAnyByteIsReadToItsEnd(t *testing.T) {
	const size = 500
	want := make([]byte, size)
	_, err := synthetic.ReadAt(want, 0)
	require.NoError(t, err)
	for name, cut := range map[string]func(int64) s3readtest.Effect{
		"closed": s3readtest.Cut, "reset": s3readtest.Reset, "stalled": s3readtest.Stall, "ended": s3readtest.Truncate,
	} {
		inBubble(t, name, func(t *testing.T) {
			var fake s3readtest.Server
			fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: synthetic, Size: size})
			b := direct(&fake)
			for at := range int64(size) {
				fake.ClearFaults()
				fake.ForgetRequests()
				fake.Inject(firstGet(cut(at)))
				got, err := b.ReadAll(t.Context(), "key", size)
				if name == "ended" { // with a Content-Length that fits: only the checksum tells
					require.ErrorIs(t, err, s3read.ErrChecksum, "at %d", at)
					_, err := b.Download(t.Context(), "key", make(memory, size))
					require.NoError(t, err)
					continue
				}
				require.NoError(t, err, "at %d", at)
				require.Equal(t, want, got, "at %d", at)
				requests := fake.Requests()
				require.Len(t, requests, 2, "at %d", at)
				if at > 0 && name != "reset" { // which takes with it what has not been read yet
					require.Equal(t, fmt.Sprintf("bytes=%d-", at), requests[1].Header.Get("Range"))
				}
			}
		})
	}
	inBubble(t, "an object that arrives empty is compared with its checksum, too", func(t *testing.T) {
		var fake s3readtest.Server
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: synthetic, Size: size})
		fake.Inject(everyGet(s3readtest.Truncate(0)))
		b := direct(&fake)
		_, err := b.Open(t.Context(), "key")
		require.ErrorIs(t, err, s3read.ErrChecksum)
		_, err = b.Download(t.Context(), "key", make(memory, size))
		require.Error(t, err)
		_, err = fs.ReadFile(b.FS(t.Context()), "key")
		require.ErrorIs(t, err, s3read.ErrChecksum)
	})
}
