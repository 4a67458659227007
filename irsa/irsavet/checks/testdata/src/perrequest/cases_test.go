package perrequest

import (
	"context"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

func aTestWithManyCases(ctx context.Context) {
	for range 3 {
		_, _ = irsa.LoadConfig(ctx)
	}
}
