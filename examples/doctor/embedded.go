package main

import (
	"context"

	"github.com/seed-15cba5db/irsa-go/examples/internal/embedded"
)

// With -embedded it needs no pod: issuer, STS and S3 run in the process, the role's trust policy is
// judged too, and -break shows a common failure (-break list names them). A copy of the program
// leaves this file out.
func init() {
	embedded.Flags(func(ctx context.Context, cloud *embedded.Cloud) int {
		if *policy == "" {
			*policy = cloud.TrustPolicyFile()
		}
		return run(ctx)
	})
}
