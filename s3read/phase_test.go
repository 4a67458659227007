package s3read_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/memnet"
	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// A transport sends requests by a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// refusedAfter is the fake's client, whose requests fail with err, except for the first so many.
func refusedAfter(fake *s3readtest.Server, n int32, err error) *s3.Client {
	inner := fake.Client().Transport
	var sent atomic.Int32
	return fake.S3Client(func(o *s3.Options) {
		o.HTTPClient = &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			if i := sent.Add(1); i > n && i <= n+3 {
				return nil, err
			}
			return inner.RoundTrip(r)
		})}
	})
}

func TestWhatFailsBehindASuccessIsAskedForAgain(t *testing.T) {
	for _, client := range []struct {
		name string
		of   func(*s3readtest.Server) s3read.Client
	}{
		{"our decoder", func(s *s3readtest.Server) s3read.Client { return s.S3Client() }},
		{"the SDK's", func(s *s3readtest.Server) s3read.Client { return wrapped(s.S3Client()) }},
	} {
		inBubble(t, "a page that ends at one of its first bytes, with "+client.name, func(t *testing.T) {
			srv, keys := paged(11, 10)
			b := s3read.NewBucket(client.of(srv), "bucket")
			ends := []func(int64) s3readtest.Effect{s3readtest.Cut, s3readtest.Reset, s3readtest.Truncate}
			for at := range int64(130) {
				remove := srv.Inject(s3readtest.Fault{Skip: int(at % 2), Times: 1, Do: ends[at%3](at)})
				objects, err := collect(t.Context(), b, "logs/")
				require.NoError(t, err, "at byte %d", at)
				require.True(t, slices.Equal(keys, keysOf(objects)))
				remove()
			}
		})
		inBubble(t, "a page that is malformed once, with "+client.name, func(t *testing.T) {
			srv, keys := paged(150, 100)
			b := s3read.NewBucket(client.of(srv), "bucket")
			for _, body := range []string{"<", "<?xml", "<a b=></a>", "\x00", "<!DOCTYPE", "&amp;",
				"<ListBucketResult"} {
				remove := srv.Inject(s3readtest.Fault{Skip: 1, Times: 1,
					Do: s3readtest.Reply(200, "application/xml", body)})
				objects, err := collect(t.Context(), b, "logs/")
				require.NoError(t, err, "%q", body)
				require.True(t, slices.Equal(keys, keysOf(objects)))
				remove()
			}
		})
	}
}

func TestAHostThatHasAnsweredIsWaitedFor(t *testing.T) {
	gone := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "s3", IsNotFound: true}}
	inBubble(t, "between two pages", func(t *testing.T) {
		srv, keys := numbered(1500)
		objects, err := collect(t.Context(), s3read.NewBucket(refusedAfter(srv, 1, gone), "bucket"), "")
		require.NoError(t, err)
		assert.Equal(t, keys, keysOf(objects))
	})
	inBubble(t, "but one that never has is not", func(t *testing.T) {
		srv, _ := numbered(1500)
		_, err := collect(t.Context(), s3read.NewBucket(refusedAfter(srv, 0, gone), "bucket"), "")
		require.ErrorContains(t, err, "no such host")
		assert.Empty(t, srv.Requests())
	})
}

func TestWhatThisMachineRefusesIsNotTheStores(t *testing.T) {
	for name, errno := range map[string]syscall.Errno{
		"a firewall that permits no socket": syscall.EPERM,
		"a file that is missing":            syscall.ENOENT,
	} {
		inBubble(t, name, func(t *testing.T) {
			var fake s3readtest.Server
			fake.Put("bucket", "key", "body")
			c := fake.S3Client(func(o *s3.Options) {
				o.HTTPClient = &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
					return nil, &net.OpError{Op: "dial", Err: errno}
				})}
			})
			_, err := s3read.NewBucket(c, "bucket").ReadAll(t.Context(), "key", 10)
			require.ErrorContains(t, err, errno.Error())
			assert.NotErrorIs(t, err, fs.ErrNotExist)
			assert.NotErrorIs(t, err, fs.ErrPermission)
			var e *s3read.Error
			require.ErrorAs(t, err, &e)
			assert.NoError(t, e.Reason)
			assert.Empty(t, e.Hint)
		})
	}
}

func TestAnErrorThatIsMarkedForRetryIsRetried(t *testing.T) {
	inBubble(t, "as that of credentials that are replaced", func(t *testing.T) {
		var fake s3readtest.Server
		fake.Put("bucket", "key", "body")
		fake.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Error("ExpiredToken", "")})
		b := s3read.NewBucket(marking{fake.S3Client()}, "bucket")
		got, err := b.ReadAll(t.Context(), "key", 10)
		require.NoError(t, err)
		assert.Equal(t, "body", string(got))
	})
}

// overHTTP returns the bucket of a handler, over HTTP/1.1 in memory.
func overHTTP(t *testing.T, handler http.HandlerFunc) *s3read.Bucket {
	t.Helper()
	var network memnet.Network
	network.Handle("", memnet.Host{Handler: handler})
	tr := &http.Transport{DialContext: network.DialContext}
	t.Cleanup(tr.CloseIdleConnections)
	return s3read.NewBucket(serve(nil, func(o *s3.Options) { o.HTTPClient = &http.Client{Transport: tr} }), "bucket")
}

func TestABodyWithoutALengthIsReadByItsFraming(t *testing.T) {
	data := content(3 << 20)
	// chunked sends n bytes of data in chunks, or cuts the first answer to a GET.
	chunked := func(n int, cut bool) http.HandlerFunc {
		var gets atomic.Int32
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"etag"`)
			if r.Method == http.MethodHead {
				w.Header().Set("Content-Length", fmt.Sprint(n))
				return
			}
			w.(http.Flusher).Flush()
			if cut && gets.Add(1) == 1 {
				_, _ = w.Write(data[:n/2])
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			}
			_, _ = w.Write(data[:n])
		}
	}
	for _, n := range []int{0, 5, 1<<20 - 1, 1 << 20, 3 << 20} {
		for _, cut := range []bool{false, true} {
			inBubble(t, fmt.Sprintf("of %d bytes, cut: %v", n, cut), func(t *testing.T) {
				got, err := overHTTP(t, chunked(n, cut)).ReadAll(t.Context(), "key", 4<<20)
				require.NoError(t, err)
				assert.True(t, bytes.Equal(data[:n], got))
				into := make(memory, n)
				o, err := overHTTP(t, chunked(n, cut)).Download(t.Context(), "key", into)
				require.NoError(t, err)
				assert.EqualValues(t, n, o.Size)
				assert.True(t, bytes.Equal(data[:n], into))
			})
		}
	}
	inBubble(t, "but not where the end of the connection is that of the body", func(t *testing.T) {
		b := overHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			assert.NoError(t, err)
			_, _ = io.WriteString(conn, "HTTP/1.0 200 OK\r\n\r\nbody")
			_ = conn.Close()
		})
		_, err := b.ReadAll(t.Context(), "key", 10)
		require.ErrorContains(t, err, "how long")
	})
}

func TestARedirectIsNotFollowed(t *testing.T) {
	var other, asked atomic.Int32
	var network memnet.Network
	network.Handle("", memnet.Host{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "elsewhere.test" {
			other.Add(1)
			return
		}
		asked.Add(1)
		http.Redirect(w, r, map[string]string{
			"/bucket/host": "http://elsewhere.test/bucket/key", "/bucket/loop": "/bucket/loop",
		}[r.URL.Path], http.StatusTemporaryRedirect)
	})})
	for name, client := range map[string]func(*http.Transport) s3.HTTPClient{
		"by an http.Client": func(tr *http.Transport) s3.HTTPClient { return &http.Client{Transport: tr} },
		"by the SDK's own": func(tr *http.Transport) s3.HTTPClient {
			return awshttp.NewBuildableClient().WithTransportOptions(func(own *http.Transport) {
				own.DialContext = tr.DialContext
			})
		},
	} {
		for _, key := range []string{"host", "loop"} {
			t.Run(name+", to another "+key, func(t *testing.T) {
				other.Store(0)
				asked.Store(0)
				tr := &http.Transport{DialContext: network.DialContext, DisableKeepAlives: true}
				b := s3read.NewBucket(serve(nil, func(o *s3.Options) { o.HTTPClient = client(tr) }), "bucket")
				_, err := b.ReadAll(t.Context(), key, 10)
				require.Error(t, err)
				assert.NotErrorIs(t, err, fs.ErrNotExist)
				assert.Zero(t, other.Load())
				assert.EqualValues(t, 1, asked.Load())
			})
		}
	}
}

func TestBodiesOfErrorsHaveALimit(t *testing.T) {
	var read atomic.Int64
	endless := func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 403, Header: http.Header{}, Body: io.NopCloser(endlessBody{&read})}, nil
	}
	b := s3read.NewBucket(serve(nil, func(o *s3.Options) {
		o.HTTPClient = &http.Client{Transport: transport(endless)}
	}), "bucket")
	_, err := b.ReadAll(t.Context(), "key", 10)
	require.Error(t, err)
	assert.Less(t, len(err.Error()), 2000)
	assert.Less(t, read.Load(), int64(1<<20))
}

// An endlessBody counts what is read of it.
type endlessBody struct{ read *atomic.Int64 }

func (e endlessBody) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.read.Add(int64(len(p)))
	return len(p), nil
}

func TestHeadersThatMakeNoSenseAreLeftEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fake s3readtest.Server
		fake.Put("bucket", "key", "body")
		for _, name := range []string{"Last-Modified", "x-amz-mp-parts-count", "x-amz-missing-meta", "Expires",
			"x-amz-tagging-count", "x-amz-server-side-encryption-bucket-key-enabled", "x-amz-delete-marker",
			"x-amz-object-lock-retain-until-date"} {
			fake.Inject(s3readtest.Fault{Do: s3readtest.SetHeader(name, "yesterday, or so")})
		}
		b := direct(&fake)
		got, err := b.ReadAll(t.Context(), "key", 10)
		require.NoError(t, err)
		assert.Equal(t, "body", string(got))
		o, err := b.Stat(t.Context(), "key")
		require.NoError(t, err)
		assert.Zero(t, o.LastModified)
		assert.EqualValues(t, 4, o.Size)
	})
}
