package integration_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/conformance/exchange"
)

func TestMinIOAnswersAsSTSDoesOrAsTheTableSays(t *testing.T) {
	server, issuer := startMinIO(t)
	w := exchange.World{Server: exchange.MinIO, Endpoint: server.URL, Issuer: issuer, RoleARN: server.RoleARN}
	for _, c := range exchange.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			got, err := c.Ask(t.Context(), w)
			require.NoError(t, err)
			assert.Equal(t, c.Expected(w.Server), got)
		})
	}
}
