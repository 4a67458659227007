package credentials

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

type StaticCredentialsProvider struct{ Value aws.Credentials }

func (p StaticCredentialsProvider) Retrieve(context.Context) (aws.Credentials, error) {
	return p.Value, nil
}

func NewStaticCredentialsProvider(key, secret, session string) StaticCredentialsProvider {
	return StaticCredentialsProvider{}
}
