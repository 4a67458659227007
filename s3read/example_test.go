package s3read_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// With a client of your own: s3read.NewBucket(s3.NewFromConfig(cfg), "reports").
func ExampleBucket_Open() {
	srv := new(s3readtest.Server)
	srv.Put("reports", "2026/01.csv", "day,amount\n1,17\n2,25\n")

	bucket := s3read.NewBucket(srv.S3Client(), "reports")
	r, err := bucket.Open(context.Background(), "2026/01.csv")
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	if _, err := io.Copy(os.Stdout, r); err != nil {
		log.Print(err)
	}
	// Output:
	// day,amount
	// 1,17
	// 2,25
}

func ExampleBucket_ReadAll() {
	srv := new(s3readtest.Server)
	srv.Put("reports", "2026/02.csv", "day,amount\n1,12\n")

	bucket := s3read.NewBucket(srv.S3Client(), "reports")
	data, err := bucket.ReadAll(context.Background(), "2026/02.csv", 1<<20)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", data)
	// Output:
	// day,amount
	// 1,12
}

func ExampleBucket_Stat() {
	srv := new(s3readtest.Server)
	srv.Put("reports", "2026/01.csv", "day,amount\n1,17\n2,25\n")

	bucket := s3read.NewBucket(srv.S3Client(), "reports")
	for _, key := range []string{"2026/01.csv", "2026/13.csv"} {
		object, err := bucket.Stat(context.Background(), key)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			fmt.Println(key, "does not exist")
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Println(key, "has", object.Size, "bytes")
		}
	}
	// Output:
	// 2026/01.csv has 21 bytes
	// 2026/13.csv does not exist
}

func ExampleBucket_FS() {
	srv := new(s3readtest.Server)
	srv.PutKeys("reports", "2026/01.csv", "2026/02.csv")

	fsys := s3read.NewBucket(srv.S3Client(), "reports").FS(context.Background())
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			fmt.Println(path)
		}
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// .
	// 2026
	// 2026/01.csv
	// 2026/02.csv
}

// An error names the request, and its hint says what to do.
func ExampleError() {
	srv := new(s3readtest.Server)
	srv.Put("reports", "2026/01.csv", "day,amount\n")

	bucket := s3read.NewBucket(srv.S3Client(), "report")
	_, err := bucket.ReadAll(context.Background(), "2026/01.csv", 1<<20)
	var e *s3read.Error
	if errors.As(err, &e) {
		fmt.Println(e.Op, e.Bucket, e.Key)
		fmt.Println(e.Reason)
		fmt.Println(e.Hint)
	}
	// Output:
	// readall report 2026/01.csv
	// bucket does not exist
	// check the bucket's name, and that the client's endpoint and partition are the bucket's
}
