package s3readtest_test

import (
	"context"
	"fmt"
	"io"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// A body breaks in the middle: what does the program under test make of it? Here that
// is the plain SDK, which doesn't retry bodies.
func Example() {
	srv := new(s3readtest.Server)
	srv.Put("reports", "2026/01.csv", "a,b\n1,2\n")
	srv.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(4)})

	client := srv.S3Client()
	for range 2 {
		out, err := client.GetObject(context.Background(), &s3.GetObjectInput{
			Bucket: aws.String("reports"), Key: aws.String("2026/01.csv"),
		})
		if err != nil {
			log.Fatal(err)
		}
		body, err := io.ReadAll(out.Body)
		_ = out.Body.Close() // it was only read
		fmt.Printf("%q %v\n", body, err)
	}
	for _, r := range srv.Requests("GetObject") {
		fmt.Println(r.Method, r.Bucket, r.Key, r.Status, r.Sent)
	}
	// Output:
	// "a,b\n" unexpected EOF
	// "a,b\n1,2\n" <nil>
	// GET reports 2026/01.csv 200 4
	// GET reports 2026/01.csv 200 8
}
