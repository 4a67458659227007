package presigntime

import (
	"context"

	aws "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

func withoutTheNames(ctx context.Context) *aws.PresignClient {
	cfg, _ := irsa.LoadConfig(ctx)
	return aws.NewPresignClient(aws.NewFromConfig(cfg)) // want `end with the session that signs them`
}

func withTheNameTaken(ctx context.Context, time int) *aws.PresignClient {
	cfg, _ := irsa.LoadConfig(ctx)
	return aws.NewPresignClient(aws.NewFromConfig(cfg)) // want `end with the session that signs them`
}
