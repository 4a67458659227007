package presignlife

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

func ofALoadedConfig(ctx context.Context) (*s3.PresignClient, error) {
	cfg, err := irsa.LoadConfig(ctx, config.WithRegion("eu-west-1"))
	if err != nil {
		return nil, err
	}
	return s3.NewPresignClient(s3.NewFromConfig(cfg)), nil // want `end with the session that signs them`
}

func ofALoaderAndAClient(ctx context.Context) *s3.PresignClient {
	var loader irsa.Loader
	cfg, _ := loader.LoadConfig(ctx)
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	return s3.NewPresignClient(client, s3.WithPresignExpires(time.Hour)) // want `end with the session that signs them`
}

func ofAClientOfItsOwn(ctx context.Context) *s3.PresignClient {
	cfg, _ := irsa.LoadConfig(ctx)
	return s3.NewPresignClient(s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }), s3.WithPresignExpires(time.Hour)) // want `end with the session that signs them`
}

func ofAConfigThatIsNamedAsTheFixNamesOptions(ctx context.Context) *s3.PresignClient {
	o, _ := irsa.LoadConfig(ctx)
	return s3.NewPresignClient(s3.NewFromConfig(o)) // want `end with the session that signs them`
}

func withAnExpiryThatIsNamedAsTheFixNamesTheProvider(ctx context.Context, p time.Duration) *s3.PresignClient {
	cfg, _ := irsa.LoadConfig(ctx)
	return s3.NewPresignClient(s3.NewFromConfig(cfg), s3.WithPresignExpires(p)) // want `end with the session that signs them`
}

func ofAHop(cfg aws.Config) *s3.PresignClient {
	other, _ := irsa.AssumeRole(cfg, "arn")
	return s3.NewPresignClient(s3.NewFromConfig(other.Copy())) // want `end with the session that signs them`
}

func ofAnAssignedProvider(cfg aws.Config, p *irsa.Provider) *s3.PresignClient {
	cfg.Credentials = p
	return s3.NewPresignClient(s3.NewFromConfig(cfg)) // want `end with the session that signs them`
}

func ofOptions(p *irsa.Provider) *s3.PresignClient {
	return s3.NewPresignClient(s3.New(s3.Options{Region: "eu-west-1", Credentials: p})) // want `end with the session that signs them`
}

func ofALiteral(p *irsa.Provider) *s3.PresignClient {
	return s3.NewPresignClient(s3.NewFromConfig(aws.Config{Credentials: p})) // want `end with the session that signs them`
}

func ofAProviderInAnOption(cfg aws.Config, p *irsa.Provider) *s3.PresignClient {
	return s3.NewPresignClient(s3.NewFromConfig(cfg, func(o *s3.Options) { o.Credentials = p })) // want `end with the session that signs them`
}

func minLifeInAnOption(ctx context.Context, p *irsa.Provider) *s3.PresignClient {
	cfg, _ := irsa.LoadConfig(ctx)
	return s3.NewPresignClient(s3.NewFromConfig(cfg, func(o *s3.Options) { o.Credentials = p.MinLife(time.Hour) }))
}

func minLifeInTheConfig(ctx context.Context) *s3.PresignClient {
	cfg, _ := irsa.LoadConfig(ctx)
	if p, ok := irsa.ProviderFrom(cfg); ok {
		cfg.Credentials = p.MinLife(time.Hour)
	}
	return s3.NewPresignClient(s3.NewFromConfig(cfg))
}

func anUnknownConfig(cfg aws.Config) *s3.PresignClient {
	return s3.NewPresignClient(s3.NewFromConfig(cfg))
}

func anUnknownClient(client *s3.Client) *s3.PresignClient {
	return s3.NewPresignClient(client)
}

func theSDKsOwnChain(ctx context.Context) *s3.PresignClient {
	cfg, _ := config.LoadDefaultConfig(ctx)
	return s3.NewPresignClient(s3.NewFromConfig(cfg))
}

func credentialsGivenInCode(ctx context.Context, keys aws.CredentialsProvider) *s3.PresignClient {
	cfg, _ := irsa.LoadConfig(ctx, config.WithCredentialsProvider(keys))
	return s3.NewPresignClient(s3.NewFromConfig(cfg))
}

func anOptionThatIsUnknown(ctx context.Context, option func(*config.LoadOptions) error) *s3.PresignClient {
	cfg, _ := irsa.LoadConfig(ctx, option)
	return s3.NewPresignClient(s3.NewFromConfig(cfg))
}

func aConfigThatOthersMayChange(ctx context.Context, change func(*aws.Config)) *s3.PresignClient {
	cfg, _ := irsa.LoadConfig(ctx)
	change(&cfg)
	return s3.NewPresignClient(s3.NewFromConfig(cfg))
}

func clientOptionsThatArePassedOn(ctx context.Context, change func(*s3.Options)) *s3.PresignClient {
	cfg, _ := irsa.LoadConfig(ctx)
	return s3.NewPresignClient(s3.NewFromConfig(cfg, func(o *s3.Options) { change(o) }))
}

func optionsOfPresigning(ctx context.Context, change func(*s3.PresignOptions)) *s3.PresignClient {
	cfg, _ := irsa.LoadConfig(ctx)
	return s3.NewPresignClient(s3.NewFromConfig(cfg), change)
}
