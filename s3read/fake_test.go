package s3read_test

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// content returns n bytes that don't repeat.
func content(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data) // never fails
	return data
}

// onHTTP returns the bucket of a fake served over loopback, and a check that no connection and no goroutine of its
// clients is left, to be called when everything is closed.
func onHTTP(t *testing.T, fake *s3readtest.Server) *s3read.Bucket {
	t.Helper()
	httptest.NewServer(nil).Close() // the runtime opens what it polls sockets with, once
	before, files := runtime.NumGoroutine(), descriptors()
	server := httptest.NewServer(fake)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close() // waits for connections in use
		for range 200 {
			if runtime.NumGoroutine() <= before && descriptors() <= files {
				return
			}
			runtime.Gosched()
			time.Sleep(time.Millisecond)
		}
		buf := make([]byte, 1<<16)
		t.Errorf("%d descriptors were open and %d are; goroutines left:\n%s", files, descriptors(), buf[:runtime.Stack(buf, true)])
	})
	client := fake.Client(func(o *s3.Options) {
		o.BaseEndpoint, o.UsePathStyle = &server.URL, true
		o.HTTPClient = &http.Client{Transport: transport}
	})
	return s3read.NewBucket(client, "bucket")
}

// descriptors counts this process's open files and sockets, where the system tells.
func descriptors() int {
	open, _ := os.ReadDir("/proc/self/fd") // there is none but on Linux
	return len(open)
}
