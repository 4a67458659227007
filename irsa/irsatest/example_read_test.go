package irsatest_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// readReport is the program under test. In the pod it is called without options.
func readReport(ctx context.Context, optFns ...func(*config.LoadOptions) error) (string, error) {
	cfg, err := irsa.LoadConfig(ctx, optFns...)
	if err != nil {
		return "", err
	}
	out, err := s3.NewFromConfig(cfg).GetObject(ctx, &s3.GetObjectInput{
		Bucket: aws.String("reports"), Key: aws.String("2026/01.csv"),
	})
	if err != nil {
		return "", err
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	return string(body), err
}

// A service that takes its role from the pod and reads a bucket.
func Example_read() {
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
	cloud.S3.Put("reports", "2026/01.csv", "a,b")

	fmt.Println(readReport(context.Background(), cloud.LoadOptions))
	for _, r := range cloud.S3.Requests() {
		fmt.Println(r.Op, "in", r.Region, "by", cloud.STS.Identity(r.AccessKey))
	}
	// Output:
	// a,b <nil>
	// GetObject in eu-west-1 by arn:aws:sts::111122223333:assumed-role/service/default.default-0
}
