package config

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

type LoadOptions struct{ Credentials aws.CredentialsProvider }

type LoadOptionsFunc func(*LoadOptions) error

func LoadDefaultConfig(ctx context.Context, optFns ...func(*LoadOptions) error) (aws.Config, error) {
	return aws.Config{}, nil
}

func WithRegion(string) LoadOptionsFunc { return nil }

func WithSharedConfigProfile(string) LoadOptionsFunc { return nil }

func WithCredentialsProvider(aws.CredentialsProvider) LoadOptionsFunc { return nil }
