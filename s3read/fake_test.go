package s3read_test

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/internal/memnet"
	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// content returns n bytes that don't repeat.
func content(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data) // never fails
	return data
}

// inBubble runs a subtest in a bubble of its own, which fails if a goroutine is left in it at the
// end.
func inBubble(t *testing.T, name string, test func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

// direct returns the bucket of a fake, which its client calls without a network.
func direct(fake *s3readtest.Server, optFns ...func(*s3read.BucketOptions)) *s3read.Bucket {
	return s3read.NewBucket(fake.S3Client(), "bucket", optFns...)
}

// onHTTP returns the bucket of a fake, for a bubble: over connections in memory that are kept and
// used again. Those that nobody uses are closed at the end; one that is still in use has goroutines
// at both ends, and so fails the bubble.
func onHTTP(t *testing.T, fake *s3readtest.Server, optFns ...func(*http.Transport)) *s3read.Bucket {
	t.Helper()
	var network memnet.Network
	network.Handle("", memnet.Host{Handler: fake})
	transport := &http.Transport{DialContext: network.DialContext}
	for _, fn := range optFns {
		fn(transport)
	}
	t.Cleanup(transport.CloseIdleConnections)
	client := fake.S3Client(func(o *s3.Options) { o.HTTPClient = &http.Client{Transport: transport} })
	return s3read.NewBucket(client, "bucket")
}
