package loadconfig

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/config"
)

func aTestThatComparesWithTheSDK() error {
	_, err := config.LoadDefaultConfig(context.Background())
	return err
}
