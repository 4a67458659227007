package main

import (
	"context"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// loadConfig loads the one configuration that all clients are made of, so that they share their
// credentials: one exchange an hour, however many clients there are.
//
// On a laptop the same code takes what the SDK's chain finds there; irsa.FallbackNone would refuse
// to start without the pod's own role. The observers are told of each exchange.
func loadConfig(
	ctx context.Context, log *slog.Logger, observers []func(irsa.Refresh), optFns ...func(*config.LoadOptions) error,
) (aws.Config, error) {
	l := irsa.Loader{Options: irsa.Options{
		Logger: log,
		OnRefresh: func(r irsa.Refresh) {
			for _, observe := range observers {
				observe(r)
			}
		},
	}}
	return l.LoadConfig(ctx, optFns...)
}
