package s3

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

type Options struct {
	Region       string
	UsePathStyle bool
	Credentials  aws.CredentialsProvider
}

type Client struct{}

func New(Options, ...func(*Options)) *Client                            { return nil }
func NewFromConfig(aws.Config, ...func(*Options)) *Client               { return nil }
func NewPresignClient(*Client, ...func(*PresignOptions)) *PresignClient { return nil }

type PresignClient struct{}

type PresignOptions struct{ Expires time.Duration }

func WithPresignExpires(time.Duration) func(*PresignOptions) { return nil }

func WithPresignClientFromClientOptions(...func(*Options)) func(*PresignOptions) { return nil }
