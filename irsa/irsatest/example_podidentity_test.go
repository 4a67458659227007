package irsatest_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// countBuckets is the program under test.
func countBuckets(ctx context.Context, optFns ...func(*config.LoadOptions) error) (int, error) {
	cfg, err := irsa.LoadConfig(ctx, optFns...)
	if err != nil {
		return 0, err
	}
	out, err := s3.NewFromConfig(cfg).ListBuckets(ctx, nil)
	if err != nil {
		return 0, err
	}
	return len(out.Buckets), nil
}

// The same program in a pod whose service account has an EKS Pod Identity association.
func Example_podIdentity() {
	dir, err := os.MkdirTemp("", "pod-")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cloud, err := irsatest.WriteAWS(dir, irsatest.AWSOptions{PodIdentity: true})
	if err != nil {
		log.Fatal(err)
	}
	restore, err := cloud.Pod.Setenv()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = restore() }()
	cloud.S3.Put("reports", "2026/01.csv", "a,b")

	fmt.Println(countBuckets(context.Background(), cloud.LoadOptions))
	session := cloud.STS.Identity(cloud.S3.Requests()[0].AccessKey)
	fmt.Println(session[:strings.LastIndex(session, "/eks-")])
	fmt.Println("asked of the agent:", len(cloud.PodIdentity.Requests()))
	// Output:
	// 1 <nil>
	// arn:aws:sts::111122223333:assumed-role/service
	// asked of the agent: 1
}
