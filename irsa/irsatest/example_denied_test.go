package irsatest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// readable is the program under test: which of these buckets may it list?
func readable(ctx context.Context, buckets []string, optFns ...func(*config.LoadOptions) error) ([]string, error) {
	cfg, err := irsa.LoadConfig(ctx, optFns...)
	if err != nil {
		return nil, err
	}
	client := s3.NewFromConfig(cfg)
	var found []string
	for _, name := range buckets {
		_, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String(name)})
		var denied smithy.APIError
		switch {
		case err == nil:
			found = append(found, name)
		case !errors.As(err, &denied) || denied.ErrorCode() != "AccessDenied":
			return nil, err
		}
	}
	return found, nil
}

// A bucket that the role may not read. Who a session is, is judged by its signature; what it may do
// is up to the test.
func Example_denied() {
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
	cloud.S3.Put("reports", "k", "v")
	cloud.S3.Put("payroll", "k", "v")
	cloud.S3.Inject(s3readtest.Fault{
		Match: func(r s3readtest.Request) bool { return r.Bucket == "payroll" },
		Do:    s3readtest.Error("AccessDenied", ""),
	})

	fmt.Println(readable(context.Background(), []string{"payroll", "reports"}, cloud.LoadOptions))
	// Output:
	// [reports] <nil>
}
