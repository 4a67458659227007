package loadconfig

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

func aPlainLoad(ctx context.Context) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx) // want `takes the node's role`
}

func optionsStayAsTheyAre(ctx context.Context) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx, config.WithRegion("eu-west-1")) // want `takes the node's role`
}

func optionsThatArePassedOn(ctx context.Context, optFns ...func(*config.LoadOptions) error) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx, optFns...) // want `takes the node's role`
}

func theFunctionAsAValue() any {
	load := config.LoadDefaultConfig // want `takes the node's role`
	return load
}

func credentialsGivenInCode(ctx context.Context, keys aws.CredentialsProvider) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx, config.WithCredentialsProvider(keys))
}

func aProfileGivenInCode(ctx context.Context) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx, config.WithRegion("eu-west-1"), config.WithSharedConfigProfile("ops"))
}

func theOptionInAVariable(ctx context.Context) (aws.Config, error) {
	option := config.WithSharedConfigProfile("ops")
	return config.LoadDefaultConfig(ctx, option)
}

type loader struct{}

func (loader) LoadDefaultConfig(context.Context) (aws.Config, error) { return aws.Config{}, nil }

func anotherFunctionOfTheName(ctx context.Context) (aws.Config, error) {
	return loader{}.LoadDefaultConfig(ctx)
}
