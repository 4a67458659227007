package statickeys

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

func intoAConfig(ctx context.Context, cfg aws.Config, p *irsa.Provider) error {
	creds, err := p.Retrieve(ctx)
	if err != nil {
		return err
	}
	cfg.Credentials = credentials.NewStaticCredentialsProvider(creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken) // want `end with their session`
	return nil
}

func ofALoadedConfig(ctx context.Context) (*s3.Client, error) {
	cfg, err := irsa.LoadConfig(ctx)
	if err != nil {
		return nil, err
	}
	creds, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	return s3.New(s3.Options{
		Credentials: credentials.NewStaticCredentialsProvider(creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken), // want `end with their session`
	}), nil
}

func asAValue(ctx context.Context, p *irsa.Provider) (aws.CredentialsProvider, error) {
	creds, err := p.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	println(creds.AccessKeyID)
	return credentials.StaticCredentialsProvider{Value: creds}, nil // want `end with their session`
}

func fieldByField(ctx context.Context, p *irsa.Provider) (kept credentials.StaticCredentialsProvider) {
	creds, _ := p.Retrieve(ctx)
	kept = credentials.StaticCredentialsProvider{Value: aws.Credentials{ // want `end with their session`
		AccessKeyID: creds.AccessKeyID, SecretAccessKey: creds.SecretAccessKey,
	}}
	return kept
}

func asAFunction(ctx context.Context, p *irsa.Provider, cfg *aws.Config) {
	creds, _ := p.Retrieve(ctx)
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { // want `end with their session`
		return creds, nil
	})
}

func ofMinLife(ctx context.Context, p *irsa.Provider) credentials.StaticCredentialsProvider {
	creds, _ := p.MinLife(60).Retrieve(ctx)
	return credentials.StaticCredentialsProvider{Value: creds} // want `end with their session`
}

func aHop(ctx context.Context, cfg aws.Config) credentials.StaticCredentialsProvider {
	other, _ := irsa.AssumeRole(cfg, "arn")
	creds, _ := other.Credentials.Retrieve(ctx)
	return credentials.StaticCredentialsProvider{Value: creds} // want `end with their session`
}

func keysThatAreStatic() aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider("AKIA", "secret", "")
}

func ofAnUnknownProvider(ctx context.Context, p aws.CredentialsProvider) aws.CredentialsProvider {
	creds, _ := p.Retrieve(ctx)
	return credentials.StaticCredentialsProvider{Value: creds}
}

func ofAnUnknownConfig(ctx context.Context, cfg aws.Config) aws.CredentialsProvider {
	creds, _ := cfg.Credentials.Retrieve(ctx)
	return credentials.NewStaticCredentialsProvider(creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken)
}

func keysAssignedTwice(ctx context.Context, p *irsa.Provider, other aws.Credentials) aws.CredentialsProvider {
	creds, _ := p.Retrieve(ctx)
	creds = other
	return credentials.StaticCredentialsProvider{Value: creds}
}

func retrievedEachTime(p *irsa.Provider) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		return p.Retrieve(ctx)
	})
}

func onlyPrinted(ctx context.Context, p *irsa.Provider) {
	creds, _ := p.Retrieve(ctx)
	println(creds.AccessKeyID)
}
