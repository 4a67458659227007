package loadconfig

import "context"
import "github.com/aws/aws-sdk-go-v2/config"

// The import of config goes, since nothing else needs it.
func theOnlyUseOfConfig(ctx context.Context) error {
	_, err := config.LoadDefaultConfig(ctx) // want `takes the node's role`
	return err
}
