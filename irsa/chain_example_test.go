package irsa_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// Two ways into another account: through the pod's own role, or with the pod's token.
func ExampleAssumeRole() {
	const (
		reader  = "arn:aws:iam::111122223333:role/reader"  // the pod's own
		audit   = "arn:aws:iam::444455556666:role/audit"   // trusts reader
		archive = "arn:aws:iam::444455556666:role/archive" // trusts the cluster's issuer
	)
	service, done := podInEKS(reader, audit, archive)
	defer done()
	ctx := context.Background()

	// Chaining: reader's session asks for audit's. It lasts an hour at most.
	cfg, err := irsa.LoadConfig(ctx, config.WithHTTPClient(service.Client()))
	if err != nil {
		log.Fatal(err)
	}
	chained, err := irsa.AssumeRole(cfg, audit, func(o *stscreds.AssumeRoleOptions) {
		o.ExternalID = aws.String("contract-7")
	})
	if err != nil {
		log.Fatal(err)
	}
	show(ctx, "chained", chained)
	_, err = irsa.AssumeRole(cfg, audit, func(o *stscreds.AssumeRoleOptions) { o.Duration = 4 * time.Hour })
	fmt.Println(err)

	// Directly: the pod's token for archive, in one request. It lasts as long as the role allows.
	l := irsa.Loader{Options: irsa.Options{RoleARN: archive, Duration: 4 * time.Hour}}
	direct, err := l.LoadConfig(ctx, config.WithHTTPClient(service.Client()))
	if err != nil {
		log.Fatal(err)
	}
	show(ctx, "direct", direct)

	// Output:
	// chained: arn:aws:sts::444455556666:assumed-role/audit/payments.api-0 for 1h0m0s
	// irsa: new hop arn:aws:iam::444455556666:role/audit: duration 4h0m0s: sts ends a chained session after 1h0m0s; the direct web identity into the role's account (Options.RoleARN) lasts up to 12h0m0s
	// direct: arn:aws:sts::444455556666:assumed-role/archive/payments.api-0 for 4h0m0s
}

func show(ctx context.Context, way string, cfg aws.Config) {
	id, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	p, _ := irsa.ProviderFrom(cfg)
	lasts := time.Until(p.Status().Expires).Round(time.Minute)
	fmt.Printf("%s: %s for %v\n", way, *id.Arn, lasts)
}

// podInEKS makes this process a pod, with an STS in memory that knows the three roles.
func podInEKS(reader, audit, archive string) (*irsatest.STS, func()) {
	issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
	const subject = "system:serviceaccount:payments:api"
	service := new(irsatest.STS)
	dir, err := os.MkdirTemp("", "irsa")
	if err != nil {
		log.Fatal(err)
	}
	pod, err := irsatest.WritePod(dir, irsatest.PodOptions{Issuer: issuer, RoleARN: reader,
		Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"}})
	if err != nil {
		log.Fatal(err)
	}
	if err := service.Trust(reader, issuer, subject); err != nil {
		log.Fatal(err)
	}
	if err := service.AddRole(irsatest.Role{ARN: audit, TrustPolicy: `{"Version":"2012-10-17","Statement":{"Effect":"Allow",
		"Principal":{"AWS":"` + reader + `"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"contract-7"}}}}`}); err != nil {
		log.Fatal(err)
	}
	if err := service.AddRole(irsatest.Role{ARN: archive, MaxSessionDuration: 12 * time.Hour, TrustPolicy: `{"Version":"2012-10-17","Statement":{"Effect":"Allow",
		"Principal":{"Federated":"arn:aws:iam::444455556666:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"},"Action":"sts:AssumeRoleWithWebIdentity",
		"Condition":{"StringEquals":{"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:aud":"sts.amazonaws.com","oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:sub":"` + subject + `"}}}}`}); err != nil {
		log.Fatal(err)
	}
	before := os.Environ()
	for _, variable := range before {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			setenv(name, "")
		}
	}
	for _, variable := range append(pod.Env(), "AWS_CONFIG_FILE="+dir+"/config", "AWS_SHARED_CREDENTIALS_FILE="+dir+"/credentials") {
		name, value, _ := strings.Cut(variable, "=")
		setenv(name, value)
	}
	return service, func() {
		for _, variable := range os.Environ() {
			if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
				setenv(name, "")
			}
		}
		for _, variable := range before {
			if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
				setenv(name, value)
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			log.Print(err)
		}
	}
}

func setenv(name, value string) {
	err := os.Setenv(name, value)
	if value == "" {
		err = os.Unsetenv(name)
	}
	if err != nil {
		log.Fatal(err)
	}
}
