package irsatest_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// whoAmI is the program under test, as a job that is started again and again.
func whoAmI(ctx context.Context, optFns ...func(*config.LoadOptions) error) (string, error) {
	cfg, err := irsa.LoadConfig(ctx, optFns...)
	if err != nil {
		return "", err
	}
	me, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	if err != nil {
		return "", err
	}
	return *me.Arn, nil
}

// The kubelet swaps the token in the file, and the cluster has a new signing key.
func Example_rotation() {
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

	ctx := context.Background()
	fmt.Println(whoAmI(ctx, cloud.LoadOptions))
	cloud.Issuer.RotateKey()
	if err := cloud.Pod.Rotate(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(whoAmI(ctx, cloud.LoadOptions))
	tokens := map[string]bool{}
	for _, r := range cloud.STS.Requests("AssumeRoleWithWebIdentity") {
		tokens[r.Params.Get("WebIdentityToken")] = true
	}
	fmt.Println("tokens:", len(tokens))
	// Output:
	// arn:aws:sts::111122223333:assumed-role/service/default.default-0 <nil>
	// arn:aws:sts::111122223333:assumed-role/service/default.default-0 <nil>
	// tokens: 2
}
