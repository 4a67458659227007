package irsatest_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// A program that needs no testing.T writes its own pod, and names its role and
// token file to irsa instead of setting variables.
func Example() {
	const role = "arn:aws:iam::111122223333:role/reader"
	issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
	service := new(irsatest.STS)
	if err := service.Trust(role, issuer, "system:serviceaccount:payments:api"); err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pod-")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	pod, err := irsatest.WritePod(dir, irsatest.PodOptions{
		Issuer: issuer, RoleARN: role,
		Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"},
	})
	if err != nil {
		log.Fatal(err)
	}

	cfg := aws.Config{Region: "eu-west-1", HTTPClient: service.Client()}
	provider, err := irsa.NewProvider(cfg, irsa.Options{RoleARN: role, TokenFile: pod.TokenFile()})
	if err != nil {
		log.Fatal(err)
	}
	cfg.Credentials = provider

	ctx := context.Background()
	me, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*me.Arn)
	// Output:
	// arn:aws:sts::111122223333:assumed-role/reader/payments.api-0
}
