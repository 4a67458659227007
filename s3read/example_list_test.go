package s3read_test

import (
	"context"
	"fmt"
	"log"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func ExampleBucket_List() {
	srv := new(s3readtest.Server)
	srv.PutKeys("reports", "2025/12.csv", "2026/01.csv", "2026/02.csv", "2026/raw/01.json", "README")

	bucket := s3read.NewBucket(srv.S3Client(), "reports")
	folder := func(o *s3read.ListOptions) { o.Delimiter = "/" }
	for object, err := range bucket.List(context.Background(), "2026/", folder) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(object.Key, object.IsPrefix)
	}
	// Output:
	// 2026/01.csv false
	// 2026/02.csv false
	// 2026/raw/ true
}

// Millions of keys are listed with many requests at once, where their order doesn't matter.
func ExampleBucket_List_parallel() {
	srv := new(s3readtest.Server)
	for i := range 5000 {
		srv.PutKeys("events", fmt.Sprintf("%08x.json", i*2654435761%(1<<32)))
	}

	bucket := s3read.NewBucket(srv.S3Client(), "events")
	keys, bytes := 0, int64(0)
	for object, err := range bucket.List(context.Background(), "", func(o *s3read.ListOptions) { o.Parallel = 32 }) {
		if err != nil {
			log.Fatal(err)
		}
		keys++
		bytes += object.Size
	}
	fmt.Println(keys, "keys,", bytes, "bytes")
	// Output: 5000 keys, 65000 bytes
}

func ExampleBuckets() {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "logs", Region: "eu-west-1"})
	srv.CreateBucket(s3readtest.Bucket{Name: "reports", Region: "us-east-1"})

	for bucket, err := range s3read.Buckets(context.Background(), srv.S3Client()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(bucket.Name, bucket.Region)
	}
	// Output:
	// logs eu-west-1
	// reports us-east-1
}
