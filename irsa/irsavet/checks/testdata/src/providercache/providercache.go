package providercache

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

func inALoad(ctx context.Context, p *irsa.Provider) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion("eu-west-1"), config.WithCredentialsProvider(p)) // want `puts a cache around the Provider`
	if err != nil {
		return aws.Config{}, err
	}
	return cfg, nil
}

func inALoadWhoseErrorIsReturnedLater(ctx context.Context, p *irsa.Provider) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx, config.WithCredentialsProvider(p)) // want `puts a cache around the Provider`
}

func inALoadOfThisLibrary(ctx context.Context, p *irsa.Provider) error {
	cfg, err := irsa.LoadConfig(ctx, config.WithCredentialsProvider(p)) // want `puts a cache around the Provider`
	if err != nil {
		return err
	}
	_ = cfg
	return nil
}

func minLifeInALoad(ctx context.Context, p *irsa.Provider) (aws.Config, error) {
	return irsa.LoadConfig(ctx, config.WithCredentialsProvider(p.MinLife(60)))
}

func aCacheInAConfig(cfg aws.Config, p *irsa.Provider) aws.Config {
	cfg.Credentials = aws.NewCredentialsCache(p) // want `a Provider is its own cache`
	return cfg
}

func aCacheInAClient(p *irsa.Provider) *s3.Client {
	return s3.New(s3.Options{Credentials: aws.NewCredentialsCache(p)}) // want `a Provider is its own cache`
}

func aCacheOfMinLife(cfg *aws.Config, p *irsa.Provider) {
	cfg.Credentials = aws.NewCredentialsCache(p.MinLife(60))
}

func aCacheThatIsReturned(p *irsa.Provider) aws.CredentialsProvider {
	return aws.NewCredentialsCache(p) // want `a Provider is its own cache`
}

func aVariableOfTheInterface(cfg *aws.Config, p *irsa.Provider) {
	var keys aws.CredentialsProvider = p
	cfg.Credentials = aws.NewCredentialsCache(keys) // want `a Provider is its own cache`
}

func theCacheItselfIsWanted(p *irsa.Provider) *aws.CredentialsCache {
	return aws.NewCredentialsCache(p) // want `a Provider is its own cache`
}

func aCacheWithOptions(cfg *aws.Config, p *irsa.Provider) {
	cfg.Credentials = aws.NewCredentialsCache(p, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = 1 }) // want `a Provider is its own cache`
}

func theProviderItself(cfg *aws.Config, p *irsa.Provider) {
	cfg.Credentials = p
}

func anUnknownProvider(ctx context.Context, cfg *aws.Config, p aws.CredentialsProvider) {
	cfg.Credentials = aws.NewCredentialsCache(p)
	_, _ = config.LoadDefaultConfig(ctx, config.WithCredentialsProvider(p))
}

func oneOrTheOther(cfg *aws.Config, p *irsa.Provider, other aws.CredentialsProvider, local bool) {
	var keys aws.CredentialsProvider = p
	if local {
		keys = other
	}
	cfg.Credentials = aws.NewCredentialsCache(keys)
}

type provider struct{ aws.CredentialsProvider }

func aProviderAroundOne(cfg *aws.Config, p *irsa.Provider) {
	cfg.Credentials = aws.NewCredentialsCache(provider{p})
}

func keep(string, ...aws.CredentialsProvider) {}

func aCacheAsAnArgument(p *irsa.Provider) {
	keep("name", aws.NewCredentialsCache(p)) // want `a Provider is its own cache`
}

func aConversion(p *irsa.Provider) any {
	return aws.CredentialsProvider(aws.NewCredentialsCache(p)) // want `a Provider is its own cache`
}
