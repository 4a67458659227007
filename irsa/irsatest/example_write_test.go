package irsatest_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// writeReport is the program under test: it writes an object once, and never over another.
func writeReport(ctx context.Context, optFns ...func(*config.LoadOptions) error) error {
	cfg, err := irsa.LoadConfig(ctx, optFns...)
	if err != nil {
		return err
	}
	_, err = s3.NewFromConfig(cfg).PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String("reports"), Key: aws.String("2026/02.csv"), Body: strings.NewReader("c,d"),
		ContentType: aws.String("text/csv"), IfNoneMatch: aws.String("*"),
	})
	return err
}

// A service that writes. The answer to its first request is lost, so that it is sent again: what does
// the program make of an object that is already there?
func Example_write() {
	dir, err := os.MkdirTemp("", "pod-")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cloud, err := irsatest.WriteAWS(dir, irsatest.AWSOptions{})
	if err != nil {
		log.Fatal(err)
	}
	restore, err := cloud.Pod.Setenv()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = restore() }()
	cloud.S3.CreateBucket(s3readtest.Bucket{Name: "reports"})
	cloud.S3.Inject(s3readtest.Fault{Op: "PutObject", Times: 1, Do: s3readtest.LoseAnswer()})

	err = writeReport(context.Background(), cloud.LoadOptions)
	fmt.Println(strings.Contains(err.Error(), "PreconditionFailed"))
	for _, r := range cloud.S3.Requests("PutObject") {
		fmt.Println(r.Op, r.Key, r.Status)
	}
	// Output:
	// true
	// PutObject 2026/02.csv 0
	// PutObject 2026/02.csv 412
}
