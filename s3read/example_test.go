package s3read_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// exampleBucket stands for s3read.NewBucket(s3.NewFromConfig(cfg), "reports").
func exampleBucket() *s3read.Bucket {
	fake := new(s3readtest.Server)
	fake.Put("reports", "2026/01.csv", "day,amount\n1,17\n2,25\n")
	fake.Put("reports", "2026/02.csv", "day,amount\n1,12\n")
	return s3read.NewBucket(fake.S3Client(), "reports")
}

func ExampleBucket_Open() {
	bucket := exampleBucket()
	r, err := bucket.Open(context.Background(), "2026/01.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	if _, err := io.Copy(os.Stdout, r); err != nil {
		fmt.Println(err)
	}
	// Output:
	// day,amount
	// 1,17
	// 2,25
}

func ExampleBucket_ReadAll() {
	bucket := exampleBucket()
	data, err := bucket.ReadAll(context.Background(), "2026/02.csv", 1<<20)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", data)
	// Output:
	// day,amount
	// 1,12
}

func ExampleBucket_FS() {
	fsys := exampleBucket().FS(context.Background())
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			fmt.Println(path)
		}
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// .
	// 2026
	// 2026/01.csv
	// 2026/02.csv
}
