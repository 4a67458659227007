package s3read_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// A buffer is an io.WriterAt over memory; an *os.File is another one.
type buffer struct {
	mu   sync.Mutex // ranges arrive at the same time
	data []byte
}

func (b *buffer) WriteAt(p []byte, off int64) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if end := int(off) + len(p); end > len(b.data) {
		b.data = append(b.data, make([]byte, end-len(b.data))...)
	}
	return copy(b.data[off:], p), nil
}

func ExampleBucket_Download() {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
	srv := new(s3readtest.Server)
	srv.PutObject("models", s3readtest.Object{Key: "weights.bin", Body: content})

	bucket := s3read.NewBucket(srv.S3Client(), "models")
	var b buffer
	object, err := bucket.Download(context.Background(), "weights.bin", &b, func(o *s3read.DownloadOptions) {
		o.PartSize = 256 << 10 // of a real object, the default of 8 MiB is better
		o.Parallel = 4
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(object.Size, "bytes, equal:", bytes.Equal(content, b.data))
	// Output: 1048576 bytes, equal: true
}

func ExampleBucket_DownloadFile() {
	srv := new(s3readtest.Server)
	srv.Put("models", "weights.bin", "0123456789")
	folder, err := os.MkdirTemp("", "models")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	file := filepath.Join(folder, "weights.bin")

	bucket := s3read.NewBucket(srv.S3Client(), "models")
	_, err = bucket.DownloadFile(context.Background(), "weights.bin", file, func(o *s3read.DownloadOptions) {
		o.Progress = func(done, total int64) { fmt.Printf("%d of %d bytes\n", done, total) }
	})
	if err != nil {
		log.Print(err)
		return
	}
	data, err := os.ReadFile(file)
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Printf("%s\n", data)
	// Output:
	// 10 of 10 bytes
	// 0123456789
}
