package irsatest_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// listReports is the program under test: it keeps one client, as services do.
type listReports struct{ client *s3.Client }

func newListReports(ctx context.Context, optFns ...func(*config.LoadOptions) error) (*listReports, error) {
	cfg, err := irsa.LoadConfig(ctx, optFns...)
	if err != nil {
		return nil, err
	}
	return &listReports{s3.NewFromConfig(cfg)}, nil
}

func (l *listReports) count(ctx context.Context) (int, error) {
	out, err := l.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("reports")})
	if err != nil {
		return 0, err
	}
	return len(out.Contents), nil
}

// STS is away: the service goes on with the session that it has. How long is seen in a
// testing/synctest bubble, where hours pass at once.
func Example_outage() {
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

	ctx := context.Background()
	service, err := newListReports(ctx, cloud.LoadOptions)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(service.count(ctx))
	cloud.STS.Inject(irsatest.Fault{Do: irsatest.Cut(irsatest.Connect)})
	fmt.Println(service.count(ctx))
	fmt.Println("exchanges:", len(cloud.STS.Requests("AssumeRoleWithWebIdentity")))
	// Output:
	// 1 <nil>
	// 1 <nil>
	// exchanges: 1
}
