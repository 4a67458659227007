package presigneach

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

func credentialsForEachURL(ctx context.Context, p *irsa.Provider) (*s3.PresignClient, func(*s3.PresignOptions)) {
	cfg, _ := irsa.LoadConfig(ctx)
	option := s3.WithPresignClientFromClientOptions(func(o *s3.Options) { o.Credentials = p.MinLife(time.Hour) })
	return s3.NewPresignClient(s3.NewFromConfig(cfg)), option
}
