package loadconfig

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/config"
	pod "github.com/seed-15cba5db/irsa-go/irsa"
)

func theImportHasANameOfItsOwn(ctx context.Context) error {
	if _, err := pod.LoadConfig(ctx); err != nil {
		return err
	}
	_, err := config.LoadDefaultConfig(ctx) // want `takes the node's role`
	return err
}

func theNameMeansSomethingElseHere(ctx context.Context, pod string) error {
	_, err := config.LoadDefaultConfig(ctx) // want `takes the node's role`
	return err
}
