package bench_test

import (
	"context"
	"crypto/tls"
	"flag"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/minio-go/v7"
	miniocredentials "github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"

	"github.com/seed-15cba5db/irsa-go/internal/testca"
	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

const region, accessKey, secretKey = "us-east-1", "AKIDEXAMPLE", "secret"

// A server is an S3 on a loopback port, and makes clients of it. All clients share one transport
// that keeps as many idle connections as any of them uses, so that no figure depends on how many
// connections a client dials. The SDK's default of ten for each host would make those with more
// requests in flight dial all the time.
type server struct {
	*s3readtest.Server
	url        string
	transport  *http.Transport
	handshakes atomic.Int64 // of TLS
}

var overTLS = flag.Bool("tls", false, "TLS, and the SDK's default client, which keeps ten idle connections")

// newServer starts a server that ends with the test.
func newServer(tb testing.TB) *server {
	tb.Helper()
	if *overTLS {
		return newTLSServer(tb, 10)
	}
	fake := new(s3readtest.Server)
	listener := httptest.NewServer(fake)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 0, 256
	transport.DisableCompression = true
	tb.Cleanup(func() {
		transport.CloseIdleConnections()
		listener.Close()
	})
	return &server{Server: fake, url: listener.URL, transport: transport}
}

// newTLSServer starts a server with TLS that ends with the test. Its transport is that of the SDK's
// default client, but keeps so many idle connections. It counts the handshakes, whose cost on the
// server's side is small by the kind of its key: S3 has processors of its own for that.
func newTLSServer(tb testing.TB, keep int) *server {
	tb.Helper()
	s := &server{Server: new(s3readtest.Server)}
	listener := httptest.NewUnstartedServer(s.Server)
	listener.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.handshakes.Add(1)
		}
	}
	var ca testca.Authority
	listener.Listener = corkedListener{listener.Listener, &tls.Config{
		GetCertificate: ca.Certificate, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	}}
	listener.Start()
	s.url = "https://" + listener.Listener.Addr().String()
	s.transport = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.TLSClientConfig.RootCAs = ca.Pool()
		t.MaxIdleConnsPerHost = keep
	}).GetTransport()
	tb.Cleanup(func() {
		s.transport.CloseIdleConnections()
		listener.Close()
	})
	return s
}

// reportHandshakes says how many connections were dialled by all clients, with TLS.
func (s *server) reportHandshakes(b *testing.B) {
	if n := s.handshakes.Load(); n > 0 {
		b.ReportMetric(float64(n), "handshakes")
	}
}

// client returns a client of the SDK, which validates checksums as one of a loaded config does.
func (s *server) client(optFns ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{
		Region: region, BaseEndpoint: &s.url, UsePathStyle: true,
		HTTPClient: &http.Client{Transport: s.transport},

		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		Credentials:                credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
	}, optFns...)
}

// minio returns a client of minio-go.
func (s *server) minio(tb testing.TB) *minio.Client {
	tb.Helper()
	scheme, host, _ := strings.Cut(s.url, "://")
	client, err := minio.New(host, &minio.Options{
		Creds: miniocredentials.NewStaticV4(accessKey, secretKey, ""), Region: region, Secure: scheme == "https",
		Transport: s.transport, BucketLookup: minio.BucketLookupPath,
	})
	require.NoError(tb, err)
	return client
}

// gocloud opens a bucket with gocloud.dev, on an SDK client of its own.
func (s *server) gocloud(tb testing.TB, bucket string) *blob.Bucket {
	tb.Helper()
	opened, err := s3blob.OpenBucket(context.Background(), s.client(), bucket, nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, opened.Close()) })
	return opened
}

// every injects an effect into every request of an operation.
func (s *server) every(op string, effect s3readtest.Effect) (remove func()) {
	return s.Inject(s3readtest.Fault{Op: op, Do: effect})
}

// short returns full, or less with -short, which shows that a benchmark works and no figure.
func short(full, less int64) int64 {
	if testing.Short() {
		return less
	}
	return full
}

// bucketName is the bucket of all benchmarks.
const bucketName = "bench"

func bucket() *string { return aws.String(bucketName) }

// put stores an object of synthetic content, and lets the server compute its checksum, which it
// does only once, before anything is measured.
func (s *server) put(tb testing.TB, o s3readtest.Object) {
	if o.Content == nil {
		o.Content = s3readtest.Synthetic(1)
	}
	s.PutObject(bucketName, o)
	_, err := s3read.NewBucket(s.client(), bucketName).Stat(tb.Context(), o.Key)
	require.NoError(tb, err)
}
