package main

import (
	"context"
	"io"
	"os"

	"github.com/seed-15cba5db/irsa-go/examples/internal/embedded"
	"github.com/seed-15cba5db/irsa-go/irsa/diagnose"
)

func run(ctx context.Context, opts diagnose.Options, policy string, useEmbedded bool, broken string) (report *diagnose.Report, err error) {
	if policy != "" {
		if opts.TrustPolicy, err = readPolicy(policy); err != nil {
			return nil, err
		}
	}
	if useEmbedded {
		cloud, err := embedded.Start(broken)
		if err != nil {
			return nil, err
		}
		defer cloud.Close()
		ctx = cloud.Context(ctx)
		if policy == "" {
			opts.TrustPolicy = cloud.TrustPolicy()
		}
	}
	return diagnose.Run(ctx, opts), nil
}

func readPolicy(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(file)
}
