package s3readtest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestFaultsOfReading(t *testing.T) {
	srv := new(s3readtest.Server)
	const size = 1 << 20
	srv.PutObject("b", s3readtest.Object{Key: "k", Content: s3readtest.Synthetic(1), Size: size})
	for name, client := range map[string]*s3.Client{"in memory": srv.S3Client(once),
		"on a listener": overHTTP(t, srv)} {
		read := func(effect s3readtest.Effect) (int, error) {
			defer srv.Inject(s3readtest.Fault{Op: "GetObject", Do: effect})()
			body, _, err := get(t.Context(), client, object("k"))
			return len(body), err
		}
		t.Run("cut after so many bytes, "+name, func(t *testing.T) {
			srv.ForgetRequests()
			out, err := func() (*s3.GetObjectOutput, error) {
				defer srv.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Cut(70_000)})()
				return client.GetObject(t.Context(), object("k"))
			}()
			require.NoError(t, err)
			body, err := io.ReadAll(out.Body)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.NoError(t, out.Body.Close())
			assert.Len(t, body, 70_000)
			assert.EqualValues(t, 70_000, srv.Requests()[0].Sent)
		})
		t.Run("cut before the headers, "+name, func(t *testing.T) {
			_, err := read(s3readtest.Cut(-1))
			require.ErrorIs(t, err, io.EOF)
		})
		t.Run("reset before the headers, "+name, func(t *testing.T) {
			_, err := read(s3readtest.Reset(-1))
			require.ErrorIs(t, err, syscall.ECONNRESET)
		})
		t.Run("reset in the body, "+name, func(t *testing.T) {
			out, err := func() (*s3.GetObjectOutput, error) {
				defer srv.Inject(s3readtest.Fault{Op: "GetObject", Do: s3readtest.Reset(size / 2)})()
				return client.GetObject(t.Context(), object("k"))
			}()
			if err == nil {
				_, err = io.ReadAll(out.Body)
				_ = out.Body.Close()
			}
			require.ErrorIs(t, err, syscall.ECONNRESET)
		})
		t.Run("truncated as if whole, "+name, func(t *testing.T) {
			n, err := read(s3readtest.Truncate(1000))
			require.NoError(t, err)
			assert.Equal(t, 1000, n)
		})
		t.Run("overwritten while it is read, "+name, func(t *testing.T) {
			srv.Put("b", "old", strings.Repeat("old", 100_000))
			defer srv.Inject(s3readtest.Fault{Op: "GetObject", Times: 1,
				Do: s3readtest.At(150_000, func() { srv.Put("b", "old", "new") })})()
			body, _, err := get(t.Context(), client, object("old"))
			require.NoError(t, err)
			assert.Equal(t, strings.Repeat("old", 100_000), body, "an answer is of one version")
			body, _, err = get(t.Context(), client, object("old"))
			require.NoError(t, err)
			assert.Equal(t, "new", body)
		})
	}
	t.Run("an ignored range", func(t *testing.T) {
		defer srv.Inject(s3readtest.Fault{Do: s3readtest.IgnoreHeader("Range")})()
		in := object("k")
		in.Range = aws.String("bytes=5-6")
		body, out, err := get(t.Context(), srv.S3Client(once), in)
		require.NoError(t, err)
		assert.Len(t, body, size)
		assert.Nil(t, out.ContentRange)
	})
	t.Run("headers set and removed", func(t *testing.T) {
		defer srv.Inject(s3readtest.Fault{Do: s3readtest.SetHeader("Content-Range", "bytes 0-1/7")})()
		defer srv.Inject(s3readtest.Fault{Do: s3readtest.SetHeader("ETag", "")})()
		in := object("k")
		in.Range = aws.String("bytes=5-6")
		_, out, err := get(t.Context(), srv.S3Client(once), in)
		require.NoError(t, err)
		assert.Equal(t, "bytes 0-1/7", *out.ContentRange)
		assert.Nil(t, out.ETag)
	})
	t.Run("another region for one request", func(t *testing.T) {
		defer srv.Inject(s3readtest.Fault{Times: 1, Do: s3readtest.Error("PermanentRedirect", "").
			And(s3readtest.SetHeader("x-amz-bucket-region", "eu-west-1"))})()
		_, _, err := get(t.Context(), srv.S3Client(once), object("k"))
		_, status, region := code(t, err)
		assert.Equal(t, []any{301, "eu-west-1"}, []any{status, region})
		_, _, err = get(t.Context(), srv.S3Client(once), object("k"))
		require.NoError(t, err)
	})
	t.Run("a chosen request", func(t *testing.T) {
		defer srv.Inject(s3readtest.Fault{
			Match: func(r s3readtest.Request) bool { return r.Header.Get("Range") == "bytes=1-2" },
			Do:    s3readtest.Error("InternalError", "not today"),
		})()
		_, _, err := get(t.Context(), srv.S3Client(once), object("k"))
		require.NoError(t, err)
		in := object("k")
		in.Range = aws.String("bytes=1-2")
		_, _, err = get(t.Context(), srv.S3Client(once), in)
		require.ErrorContains(t, err, "not today")
	})
}

func TestAConnectionFails(t *testing.T) {
	for name, tt := range map[string]struct {
		effect s3readtest.Effect
		fails  func(error) bool
	}{
		"its name doesn't resolve": {s3readtest.Cut(s3readtest.Resolve), func(err error) bool {
			var dns *net.DNSError
			return errors.As(err, &dns) && dns.IsNotFound
		}},
		"refused": {s3readtest.Cut(s3readtest.Connect),
			func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }},
		"reset": {s3readtest.Reset(s3readtest.TLS),
			func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
		"ended": {s3readtest.Cut(s3readtest.Response), func(err error) bool { return errors.Is(err, io.EOF) }},
		"stalled": {s3readtest.Stall(s3readtest.Connect),
			func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := new(s3readtest.Server)
				srv.Put("b", "k", "v")
				srv.Inject(s3readtest.Fault{Skip: 1, Times: 1, Do: tt.effect})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				client := srv.S3Client(once)
				_, _, err := get(ctx, client, object("k"))
				require.NoError(t, err, "the first is spared")
				_, _, err = get(ctx, client, object("k"))
				assert.True(t, tt.fails(err), "%v", err)
				body, _, err := get(t.Context(), client, object("k"))
				require.NoError(t, err, "it was the only one")
				assert.Equal(t, "v", body)
			})
		})
	}
}

func TestWaitEndsWhatStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := new(s3readtest.Server)
		srv.Put("b", "k", "value")
		srv.Inject(s3readtest.Fault{Do: s3readtest.Stall(2)})
		errs := make(chan error, 1)
		go func() {
			_, _, err := get(t.Context(), srv.S3Client(once), object("k"))
			errs <- err
		}()
		synctest.Wait()
		assert.Empty(t, errs)
		srv.ClearFaults()
		srv.Wait()
		require.ErrorIs(t, <-errs, io.ErrUnexpectedEOF)
		body, _, err := get(t.Context(), srv.S3Client(once), object("k"))
		require.NoError(t, err)
		assert.Equal(t, "value", body)
	})
}

func TestTimeInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := new(s3readtest.Server)
		srv.PutObject("b", s3readtest.Object{Key: "k", Content: s3readtest.Synthetic(1), Size: 10e6})
		client := srv.S3Client(once)
		began := time.Now()
		remove := srv.Inject(s3readtest.Fault{Do: s3readtest.Delay(82 * time.Millisecond)})
		_, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("b")})
		require.NoError(t, err)
		assert.Equal(t, 82*time.Millisecond, time.Since(began))
		remove()

		began = time.Now()
		remove = srv.Inject(s3readtest.Fault{Do: s3readtest.Pace(1e6)})
		body, _, err := get(t.Context(), client, object("k"))
		require.NoError(t, err)
		assert.Equal(t, 10*time.Second, time.Since(began))
		want := make([]byte, 10e6)
		_, err = s3readtest.Synthetic(1).ReadAt(want, 0)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(want, []byte(body)))
		remove()

		for _, after := range []int64{-1, 0, 5_000_000} {
			remove = srv.Inject(s3readtest.Fault{Do: s3readtest.Stall(after)})
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			began = time.Now()
			var n int64
			out, err := client.GetObject(ctx, object("k"))
			if after < 0 {
				require.ErrorIs(t, err, context.DeadlineExceeded)
			} else {
				require.NoError(t, err)
				n, err = io.Copy(io.Discard, out.Body)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.NoError(t, out.Body.Close())
			}
			assert.Equal(t, max(0, after), n)
			assert.Equal(t, time.Hour, time.Since(began))
			cancel()
			remove()
		}
	})
}
