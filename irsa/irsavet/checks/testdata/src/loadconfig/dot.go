package loadconfig

import (
	"context"

	. "github.com/aws/aws-sdk-go-v2/config"
)

// Reported, and mended by hand.
func aDotImport(ctx context.Context) error {
	_, err := LoadDefaultConfig(ctx) // want `takes the node's role`
	return err
}
